package dev.swarmlog.reliability.faults.power;

/** What a name leads to. */
sealed interface DiskNode permits DiskFile, DiskFolder {}
