package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What rate limits must look like. Stateless. */
final class RateLimitRules {

  private RateLimitRules() {}

  static @Nullable Refusal check(RateLimits limits) {
    Refusal refusal = check("swarm", limits.getSwarm());
    Set<Topic> seen = EnumSet.noneOf(Topic.class);
    for (TopicRateLimit limit : limits.getAgentList()) {
      if (refusal != null) {
        return refusal;
      }
      if (limit.getTopic() == Topic.UNRECOGNIZED) {
        return invalid(
            "Expected a topic, or none for all others, but got number %d."
                .formatted(limit.getTopicValue()));
      }
      if (!seen.add(limit.getTopic())) {
        return invalid(
            "Expected one limit of each agent per topic, but there are several for %s."
                .formatted(limit.getTopic()));
      }
      refusal = check("agent, " + limit.getTopic(), limit.getLimit());
    }
    return refusal;
  }

  private static @Nullable Refusal check(String where, RateLimit limit) {
    Refusal operations =
        check(
            where + ": operations",
            limit.hasOperationsPerSecond(),
            limit.getOperationsPerSecond(),
            limit.hasOperationsBurst(),
            limit.getOperationsBurst(),
            Rate.MIN_OPERATIONS,
            Rate.MAX_OPERATIONS);
    return operations != null
        ? operations
        : check(
            where + ": bytes",
            limit.hasBytesPerSecond(),
            limit.getBytesPerSecond(),
            limit.hasBytesBurst(),
            limit.getBytesBurst(),
            Rate.MIN_BYTES,
            Rate.MAX_BYTES);
  }

  private static @Nullable Refusal check(
      String what,
      boolean hasRate,
      long perSecond,
      boolean hasBurst,
      long burst,
      long min,
      long max) {
    if (hasBurst && !hasRate) {
      return invalid(
          "Expected %s_per_second beside the burst of %d, but it is not set."
              .formatted(what, burst));
    }
    if (hasRate && !within(perSecond, min, max)) {
      return outside(what + "_per_second", perSecond, min, max);
    }
    if (hasBurst && !within(burst, min, max)) {
      return outside(what + "_burst", burst, min, max);
    }
    if (hasBurst && burst < Rate.smallestBurst(perSecond)) {
      return invalid(
          "Expected %s_burst to be at least a tenth of a second's worth, %d, but got %d."
              .formatted(what, Rate.smallestBurst(perSecond), burst));
    }
    return null;
  }

  /** The numbers of the wire have no sign. */
  private static boolean within(long value, long min, long max) {
    return Long.compareUnsigned(value, min) >= 0 && Long.compareUnsigned(value, max) <= 0;
  }

  private static Refusal outside(String what, long value, long min, long max) {
    return invalid(
        "Expected %s to be from %d to %d, but got %s."
            .formatted(what, min, max, Long.toUnsignedString(value)));
  }
}
