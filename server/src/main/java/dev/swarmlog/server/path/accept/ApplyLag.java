package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.Topic;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lag of one agent from publish to apply: two clocks, of which the heartbeats of publisher and
 * agent tell how they stand to the coordinator's. May be used by any thread.
 */
final class ApplyLag {

  /** Nobody waits longer for an agent; a clock that was never set is 50 years behind. */
  private static final long MAX_NS = TimeUnit.DAYS.toNanos(7);

  private final Sessions sessions;
  private final AgentSession agent;
  private final TimeSource time;
  private final OperationMeter.OfSwarm lag;

  ApplyLag(Instruments instruments, Sessions sessions, AgentSession agent, TimeSource time) {
    this.sessions = sessions;
    this.agent = agent;
    this.time = time;
    this.lag = instruments.operations().of(agent.swarm());
  }

  /**
   * The agent has told when it had applied an operation. What cannot be is no sample, so that one
   * agent or publisher whose clock is wrong does not spoil the lag of all.
   *
   * @param publishUnixNs by the publisher's clock; 0 if that did not say, and nothing is recorded
   * @param appliedUnixNs by the agent's clock; 0 if it does not say
   */
  void applied(Topic topic, String publisher, long publishUnixNs, long appliedUnixNs) {
    // Unsigned: from the year 2262 on they read negative.
    if (publishUnixNs <= 0 || appliedUnixNs <= 0) {
      return;
    }
    ClockReading applied = agent.clock();
    ClockReading published = clockOf(publisher);
    if (publisher.equals(agent.agent())) {
      long lagNs = appliedUnixNs - publishUnixNs;
      if (lagNs <= MAX_NS) {
        lag.recordApply(topic, lagNs, 0);
      }
    } else if (applied == null || published == null) {
      long lagNs = lagNs(publishUnixNs, appliedUnixNs, 0);
      if (lagNs <= MAX_NS) {
        lag.recordUncorrectedApply(topic, lagNs);
      }
    } else {
      long uncertaintyNs = applied.uncertaintyNs() + published.uncertaintyNs();
      long lagNs =
          lagNs(
              published.corrected(publishUnixNs), applied.corrected(appliedUnixNs), uncertaintyNs);
      if (lagNs <= MAX_NS) {
        lag.recordApply(topic, lagNs, uncertaintyNs);
      }
    }
  }

  /** Below zero, too, where something seems to happen later than now, when the ack is here. */
  private long lagNs(long publishedUnixNs, long appliedUnixNs, long uncertaintyNs) {
    long latestUnixNs = time.unixNs() + uncertaintyNs + ClockReading.SLACK_NS;
    return publishedUnixNs > latestUnixNs || appliedUnixNs > latestUnixNs
        ? -1
        : appliedUnixNs - publishedUnixNs;
  }

  private @Nullable ClockReading clockOf(String publisher) {
    AgentSession session = sessions.ofAgent(agent.swarm(), publisher);
    return session == null ? null : session.clock();
  }
}
