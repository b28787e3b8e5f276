/** Devices that fill up, and devices that fail: real file systems, real system calls. */
package dev.swarmlog.reliability.faults.disk;
