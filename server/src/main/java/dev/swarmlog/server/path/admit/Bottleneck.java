package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The limit that something waits for, or does not fit into.
 *
 * @param topic null for the limit of the whole swarm
 * @param measure "operations" or "bytes"
 * @param waitNs in what time there should be room, with what waits before
 */
record Bottleneck(@Nullable Topic topic, String measure, Rate rate, long waitNs) {

  private static final long SHORTEST_RETRY_NS = Duration.ofMillis(10).toNanos();

  static final String OPERATIONS = "operations";
  static final String BYTES = "bytes";

  /** In words: "operations of each publisher in commands, 100 per second". */
  String inWords() {
    return "%s of %s, %,d per second"
        .formatted(
            measure,
            topic == null ? "all publishers" : "each publisher in " + name(topic),
            rate.perSecond());
  }

  /** Of what is larger than this limit ever lets through at once. */
  Refusal tooLarge(Demand demand, long amount) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
        "Expected at most %,d %s at once, which is the burst of the rate limit of %s, but got %,d."
            .formatted(rate.burst(), measure, whose(demand), amount),
        metadata(demand));
  }

  /** Of what has waited long enough. */
  Refusal beyondPatience(Demand demand, long waitedNs) {
    Duration retryAfter = Duration.ofNanos(Math.max(waitNs, SHORTEST_RETRY_NS));
    String limit =
        "at most %,d %s per second (burst %,d) from %s"
            .formatted(rate.perSecond(), measure, rate.burst(), whose(demand));
    return Refusal.of(
            ErrorReason.ERROR_REASON_RATE_LIMITED,
            "Expected %s, but there is more: this waited for %s, and there should be room in %s."
                .formatted(limit, seconds(waitedNs), seconds(retryAfter.toNanos())),
            metadata(demand))
        .withRetryAfter(retryAfter)
        .withQuota(new Refusal.Quota(subject(demand), "Rate limit: " + limit));
  }

  private String whose(Demand demand) {
    return topic == null
        ? "all publishers of swarm '%s' together".formatted(demand.swarm())
        : "publisher '%s' in topic %s of swarm '%s'"
            .formatted(demand.publisher(), name(topic), demand.swarm());
  }

  private String subject(Demand demand) {
    return topic == null
        ? "swarm:%s/%s".formatted(demand.swarm(), measure)
        : "swarm:%s/agent:%s/topic:%s/%s"
            .formatted(demand.swarm(), demand.publisher(), name(topic), measure);
  }

  private Map<String, String> metadata(Demand demand) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("scope", topic == null ? "swarm" : "agent");
    metadata.put("measure", measure);
    metadata.put("per_second", Long.toString(rate.perSecond()));
    metadata.put("burst", Long.toString(rate.burst()));
    if (topic != null) {
      metadata.put("agent", demand.publisher());
      metadata.put("topic", name(topic));
    }
    return metadata;
  }

  private static String name(Topic topic) {
    return topic.name().substring("TOPIC_".length()).toLowerCase(Locale.ROOT);
  }

  private static String seconds(long ns) {
    return String.format(Locale.ROOT, "%.2f s", ns / 1e9);
  }
}
