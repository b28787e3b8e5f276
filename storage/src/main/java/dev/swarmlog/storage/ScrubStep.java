package dev.swarmlog.storage;

import java.util.Optional;

/**
 * One step of a scrub.
 *
 * @param next where to go on; empty if everything has been read
 * @param bytes how much was read
 * @param damage what cannot be read, or does not fit; empty if nothing was found
 */
public record ScrubStep(Optional<ScrubPoint> next, long bytes, Optional<String> damage) {}
