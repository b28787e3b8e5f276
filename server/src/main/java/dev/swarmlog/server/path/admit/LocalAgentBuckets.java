package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Token buckets in memory. Those that were used first are forgotten when there are more than
 * {@value #MAX_AGENTS}.
 */
final class LocalAgentBuckets implements AgentBuckets {

  static final int MAX_AGENTS = 20_000;

  private final long tokens;
  private final Duration period;
  private final TimeMeter meter;
  private final Map<Agent, Bucket> buckets = new LinkedHashMap<>();

  private record Agent(String swarm, String name) {}

  LocalAgentBuckets(long tokens, Duration period, TimeSource time) {
    this.tokens = tokens;
    this.period = period;
    this.meter = new MonotonicMeter(time);
  }

  @Override
  public synchronized boolean hasToken(String swarm, String agent) {
    Bucket used = buckets.get(new Agent(swarm, agent));
    return used == null || used.getAvailableTokens() > 0;
  }

  @Override
  public boolean take(String swarm, String agent) {
    return bucket(swarm, agent).tryConsume(1);
  }

  @Override
  public synchronized List<String> empty(String swarm) {
    return buckets.entrySet().stream()
        .filter(entry -> entry.getKey().swarm().equals(swarm))
        .filter(entry -> entry.getValue().getAvailableTokens() == 0)
        .map(entry -> entry.getKey().name())
        .toList();
  }

  @Override
  public synchronized void forget(String swarm, String agent) {
    buckets.remove(new Agent(swarm, agent));
  }

  private synchronized Bucket bucket(String swarm, String agent) {
    Bucket bucket =
        buckets.computeIfAbsent(
            new Agent(swarm, agent),
            absent ->
                Bucket.builder()
                    .addLimit(limit -> limit.capacity(tokens).refillGreedy(tokens, period))
                    .withCustomTimePrecision(meter)
                    .build());
    if (buckets.size() > MAX_AGENTS) {
      buckets.remove(buckets.keySet().iterator().next());
    }
    return bucket;
  }
}
