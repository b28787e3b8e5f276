package dev.swarmlog.cli;

import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import dev.swarmlog.v1.WaitingPublisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What rate limits, and what they do, look like to people. */
final class LimitsText {

  private static final String UNLIMITED = "none";

  private LimitsText() {}

  static void print(String swarm, RateLimits limits, RateLimitFigures figures, Output output) {
    if (limits.equals(RateLimits.getDefaultInstance())) {
      output.line("Swarm %s has no limits.".formatted(Output.printable(swarm)));
    } else {
      List<List<String>> rows = new ArrayList<>();
      rows.add(row("all together", limits.getSwarm()));
      limits.getAgentList().forEach(agent -> rows.add(row(scope(agent), agent.getLimit())));
      output.table(List.of("LIMIT OF", ">OPERATIONS/S", ">BURST", ">BYTES/S", ">BURST"), rows);
    }
    if (figures.equals(RateLimitFigures.getDefaultInstance())) {
      return;
    }
    output.line("");
    output.line(
        "Waiting now: %,d. In the last minute %,d waited%s. Since the start %,d were refused, and %,d operations of telemetry shed."
            .formatted(
                figures.getWaitingCount(),
                figures.getWaitedCount(),
                waited(figures),
                figures.getRefusedCount(),
                figures.getShedCount()));
    if (figures.getWaitingPublishersCount() > 0) {
      output.line("");
      output.table(
          List.of("PUBLISHER", "LOG", ">WAITING", ">SINCE", "FOR"),
          figures.getWaitingPublishersList().stream().map(LimitsText::row).toList());
    }
  }

  private static String waited(RateLimitFigures figures) {
    return figures.getWaitedCount() == 0
        ? ""
        : ", %s on average, %s at most"
            .formatted(
                time(figures.getWaitedTotalMs() / figures.getWaitedCount()),
                time(figures.getWaitedLongestMs()));
  }

  private static String time(long ms) {
    return DurationText.print(Duration.ofMillis(ms));
  }

  private static List<String> row(WaitingPublisher waiting) {
    return List.of(
        waiting.getPublisher(),
        PositionText.logName(waiting.getLog()),
        Integer.toString(waiting.getWaitingCount()),
        time(waiting.getWaitingMs()),
        waiting.getLimit());
  }

  private static String scope(TopicRateLimit agent) {
    return agent.getTopic() == Topic.TOPIC_UNSPECIFIED
        ? "each agent, other topics"
        : "each agent, " + ContractText.topic(agent.getTopic());
  }

  private static List<String> row(String scope, RateLimit limit) {
    return List.of(
        scope,
        limit.hasOperationsPerSecond()
            ? "%,d".formatted(limit.getOperationsPerSecond())
            : UNLIMITED,
        limit.hasOperationsPerSecond() ? "%,d".formatted(operationsBurst(limit)) : "",
        limit.hasBytesPerSecond() ? RateText.bytes(limit.getBytesPerSecond()) : UNLIMITED,
        limit.hasBytesPerSecond() ? RateText.bytes(bytesBurst(limit)) : "");
  }

  private static long operationsBurst(RateLimit limit) {
    return limit.hasOperationsBurst() ? limit.getOperationsBurst() : limit.getOperationsPerSecond();
  }

  private static long bytesBurst(RateLimit limit) {
    return limit.hasBytesBurst() ? limit.getBytesBurst() : limit.getBytesPerSecond();
  }

  static Map<String, Object> map(String swarm, RateLimits limits, RateLimitFigures figures) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("swarm", swarm);
    map.put("limits", map(limits));
    map.put("waiting", figures.getWaitingCount());
    map.put("waitedLastMinute", figures.getWaitedCount());
    map.put("waitedTotalMs", figures.getWaitedTotalMs());
    map.put("waitedLongestMs", figures.getWaitedLongestMs());
    map.put("refused", figures.getRefusedCount());
    map.put("shed", figures.getShedCount());
    map.put(
        "waitingPublishers",
        figures.getWaitingPublishersList().stream().map(LimitsText::map).toList());
    return map;
  }

  /** The limits that are set, also for other commands. */
  static Map<String, Object> map(RateLimits limits) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("swarm", map(limits.getSwarm()));
    map.put(
        "agent",
        limits.getAgentList().stream()
            .map(
                agent -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put(
                      "topic",
                      agent.getTopic() == Topic.TOPIC_UNSPECIFIED
                          ? "others"
                          : ContractText.topic(agent.getTopic()));
                  one.putAll(map(agent.getLimit()));
                  return one;
                })
            .toList());
    return map;
  }

  private static Map<String, Object> map(RateLimit limit) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (limit.hasOperationsPerSecond()) {
      map.put("operationsPerSecond", limit.getOperationsPerSecond());
      map.put("operationsBurst", operationsBurst(limit));
    }
    if (limit.hasBytesPerSecond()) {
      map.put("bytesPerSecond", limit.getBytesPerSecond());
      map.put("bytesBurst", bytesBurst(limit));
    }
    return map;
  }

  private static Map<String, Object> map(WaitingPublisher waiting) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("publisher", waiting.getPublisher());
    map.put("log", PositionText.logName(waiting.getLog()));
    map.put("waiting", waiting.getWaitingCount());
    map.put("waitingMs", waiting.getWaitingMs());
    map.put("limit", waiting.getLimit());
    return map;
  }
}
