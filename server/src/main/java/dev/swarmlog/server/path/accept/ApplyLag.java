package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.v1.Topic;
import org.jspecify.annotations.Nullable;

/**
 * The lag of one agent from publish to apply: two clocks, of which the heartbeats of publisher and
 * agent tell how they stand to the coordinator's. May be used by any thread.
 */
final class ApplyLag {

  private final Sessions sessions;
  private final AgentSession agent;
  private final OperationMeter.OfSwarm lag;

  ApplyLag(Instruments instruments, Sessions sessions, AgentSession agent) {
    this.sessions = sessions;
    this.agent = agent;
    this.lag = instruments.operations().of(agent.swarm());
  }

  /**
   * The agent has told when it had applied an operation.
   *
   * @param publishUnixNs by the publisher's clock; 0 if that did not say, and nothing is recorded
   * @param appliedUnixNs by the agent's clock
   */
  void applied(Topic topic, String publisher, long publishUnixNs, long appliedUnixNs) {
    if (publishUnixNs == 0) {
      return;
    }
    long asTold = appliedUnixNs - publishUnixNs;
    if (publisher.equals(agent.agent())) {
      lag.recordApply(topic, asTold, 0);
      return;
    }
    ClockReading applied = agent.clock();
    ClockReading published = clockOf(publisher);
    if (applied == null || published == null) {
      lag.recordUncorrectedApply(topic, asTold);
    } else {
      lag.recordApply(
          topic,
          asTold + applied.offsetNs() - published.offsetNs(),
          applied.uncertaintyNs() + published.uncertaintyNs());
    }
  }

  private @Nullable ClockReading clockOf(String publisher) {
    AgentSession session = sessions.ofAgent(agent.swarm(), publisher);
    return session == null ? null : session.clock();
  }
}
