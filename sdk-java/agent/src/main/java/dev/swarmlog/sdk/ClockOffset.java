package dev.swarmlog.sdk;

import java.time.Duration;

/**
 * How far the coordinator's clock is ahead of the agent's, by the heartbeat with the least delay of
 * the last eight (the clock filter of NTP, RFC 5905 section 10).
 *
 * @param offset to add to the agent's clock to read the coordinator's; negative if that is behind
 * @param uncertainty half the round trip of that heartbeat: the true offset lies within, either way
 */
public record ClockOffset(Duration offset, Duration uncertainty) {}
