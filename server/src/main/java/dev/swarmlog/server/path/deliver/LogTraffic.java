package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.LagQuantiles;
import dev.swarmlog.v1.Topic;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What has gone through the logs of a swarm, at one moment. Immutable.
 *
 * @param appended operations since the start
 * @param delivered the same, once for each agent that was handed one
 * @param acked of these, the acknowledged ones
 * @param appendedByTopic of {@code appended}
 * @param recentlyAppended in the last minute, or a little less
 * @param recentlyDelivered the same
 * @param deliverLag from when an operation was durable until it was handed out, in the last minute
 * @param ackLag from then until it was acknowledged
 */
public record LogTraffic(
    long appended,
    long delivered,
    long acked,
    Map<Topic, Long> appendedByTopic,
    long recentlyAppended,
    long recentlyDelivered,
    LagQuantiles deliverLag,
    LagQuantiles ackLag) {

  /** Adds up logs. */
  static LogTraffic of(List<Counts> logs) {
    Map<Topic, Long> byTopic = new EnumMap<>(Topic.class);
    logs.forEach(
        log -> log.byTopic().forEach((topic, sum) -> byTopic.merge(topic, sum, Long::sum)));
    return new LogTraffic(
        logs.stream().mapToLong(Counts::appended).sum(),
        logs.stream().mapToLong(Counts::delivered).sum(),
        logs.stream().mapToLong(Counts::acked).sum(),
        byTopic,
        logs.stream().mapToLong(Counts::recentlyAppended).sum(),
        logs.stream().mapToLong(Counts::recentlyDelivered).sum(),
        quantiles(logs.stream().map(Counts::deliverLag).toList()),
        quantiles(logs.stream().map(Counts::ackLag).toList()));
  }

  private static LagQuantiles quantiles(List<LagHistogram.Lags> logs) {
    return logs.stream()
        .reduce(LagHistogram.Lags::plus)
        .map(
            lags ->
                LagQuantiles.newBuilder()
                    .setCount(lags.total())
                    .setP50Us(lags.quantileUs(0.5))
                    .setP99Us(lags.quantileUs(0.99))
                    .setMaxUs(lags.quantileUs(1))
                    .build())
        .orElse(LagQuantiles.getDefaultInstance());
  }

  /** The same of one log, before it is added up. */
  record Counts(
      long appended,
      long delivered,
      long acked,
      Map<Topic, Long> byTopic,
      long recentlyAppended,
      long recentlyDelivered,
      LagHistogram.Lags deliverLag,
      LagHistogram.Lags ackLag) {}
}
