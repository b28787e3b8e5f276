package dev.swarmlog.server.configuration;

import java.time.Duration;

/**
 * What happens to agents that cost others.
 *
 * @param firstWait how long an agent is not served when its breaker opens first; it doubles from
 *     one opening to the next, up to 5 minutes; zero: breakers never open
 */
public record BreakerSettings(Duration firstWait) {}
