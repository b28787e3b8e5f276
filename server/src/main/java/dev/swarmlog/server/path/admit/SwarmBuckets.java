package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Amount;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Most;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The token buckets of one swarm: those it has together, and those of each publisher by topic. Says
 * what a demand lacks; who waits, and whose turn it is, {@link SwarmGate} knows, whose monitor
 * guards all of it.
 */
final class SwarmBuckets {

  /** When to look again for a place among the publishers' buckets. */
  private static final long NO_PLACE_NS = Duration.ofMillis(100).toNanos();

  private final Tokens together;
  private final AgentTokens agents;
  private SwarmTerms terms = new SwarmTerms(RateLimits.getDefaultInstance());

  SwarmBuckets(int maxBuckets, MonotonicMeter meter) {
    this.together = new Tokens(Terms.NONE, meter);
    this.agents = new AgentTokens(maxBuckets, meter);
  }

  /** Other limits are in force. */
  void change(RateLimits limits) {
    terms = new SwarmTerms(limits);
    together.change(terms.swarm());
  }

  /** The most that passes at once in a topic. */
  Most most(Topic topic) {
    Terms own = terms.agent(topic);
    return new Most(
        Math.min(burst(own.operations()), burst(terms.swarm().operations())),
        Math.min(burst(own.bytes()), burst(terms.swarm().bytes())));
  }

  private static long burst(@Nullable Rate rate) {
    return rate == null ? Long.MAX_VALUE : rate.burst();
  }

  /** Why it can never pass; null if it can. */
  @Nullable Refusal tooLarge(Demand demand) {
    for (Map.Entry<Topic, Amount> part : demand.byTopic().entrySet()) {
      Refusal refusal =
          tooLarge(demand, part.getKey(), terms.agent(part.getKey()), part.getValue());
      if (refusal != null) {
        return refusal;
      }
    }
    return demand.log() == Log.LOG_CONTROL
        ? null
        : tooLarge(demand, null, terms.swarm(), new Amount(demand.operations(), demand.bytes()));
  }

  private static @Nullable Refusal tooLarge(
      Demand demand, @Nullable Topic topic, Terms limit, Amount amount) {
    if (limit.operations() != null && amount.operations() > limit.operations().burst()) {
      return new Bottleneck(topic, Bottleneck.OPERATIONS, limit.operations(), 0)
          .tooLarge(demand, amount.operations());
    }
    if (limit.bytes() != null && amount.bytes() > limit.bytes().burst()) {
      return new Bottleneck(topic, Bottleneck.BYTES, limit.bytes(), 0)
          .tooLarge(demand, amount.bytes());
    }
    return null;
  }

  /** In what time the publisher's own buckets have enough. */
  long ownWaitNs(Demand demand) {
    long waitNs = 0;
    for (Map.Entry<Topic, Amount> part : demand.byTopic().entrySet()) {
      Terms limit = terms.agent(part.getKey());
      if (limit.limitNothing()) {
        continue;
      }
      Tokens tokens = agents.of(demand.publisher(), part.getKey(), limit);
      waitNs =
          Math.max(
              waitNs,
              tokens == null
                  ? NO_PLACE_NS
                  : tokens.waitNs(part.getValue().operations(), part.getValue().bytes()));
    }
    return waitNs;
  }

  /** In what time the swarm's buckets have enough. */
  long togetherWaitNs(Demand demand) {
    return demand.log() == Log.LOG_CONTROL
        ? 0
        : together.waitNs(demand.operations(), demand.bytes());
  }

  /** Takes from all of them. */
  void take(Demand demand) {
    demand
        .byTopic()
        .forEach(
            (topic, amount) -> {
              Terms limit = terms.agent(topic);
              Tokens tokens =
                  limit.limitNothing() ? null : agents.of(demand.publisher(), topic, limit);
              if (tokens != null) {
                tokens.take(amount.operations(), amount.bytes());
              }
            });
    if (demand.log() != Log.LOG_CONTROL) {
      together.take(demand.operations(), demand.bytes());
    }
  }

  /**
   * The limit that makes it wait longest; null if that is the bound of buckets.
   *
   * @param waitingTogether for the swarm's buckets
   */
  @Nullable Bottleneck bottleneck(Waiter waiter, Amount waitingTogether) {
    Demand demand = waiter.demand();
    Bottleneck worst =
        demand.log() == Log.LOG_CONTROL ? null : worst(null, null, together, waitingTogether);
    for (Topic topic : demand.byTopic().keySet()) {
      Terms limit = terms.agent(topic);
      Tokens tokens = limit.limitNothing() ? null : agents.of(demand.publisher(), topic, limit);
      if (tokens != null) {
        worst = worst(worst, topic, tokens, waiter.turn().waiting());
      }
    }
    return worst;
  }

  private static @Nullable Bottleneck worst(
      @Nullable Bottleneck other, @Nullable Topic topic, Tokens tokens, Amount waiting) {
    Bottleneck worst = other;
    TokenBucket operations = tokens.operations();
    if (operations != null) {
      worst =
          worse(
              worst,
              new Bottleneck(
                  topic,
                  Bottleneck.OPERATIONS,
                  operations.rate(),
                  operations.queueNs(waiting.operations())));
    }
    TokenBucket bytes = tokens.bytes();
    if (bytes != null) {
      worst =
          worse(
              worst,
              new Bottleneck(
                  topic, Bottleneck.BYTES, bytes.rate(), bytes.queueNs(waiting.bytes())));
    }
    return worst;
  }

  private static Bottleneck worse(@Nullable Bottleneck one, Bottleneck other) {
    return one != null && one.waitNs() >= other.waitNs() ? one : other;
  }
}
