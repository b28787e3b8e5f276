package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.LagMeter;
import dev.swarmlog.otel.Stage;
import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;

/**
 * Notes when the operations of a lane were handed out and acknowledged. Owned by the lane's
 * executor.
 */
final class LaneMeter {

  private final TimeSource time;
  private final LagMeter.OfSwarm lag;
  private final String agent;

  /**
   * @param agent who acknowledges
   */
  LaneMeter(Instruments instruments, String swarm, String agent) {
    this.time = instruments.time();
    this.lag = instruments.lag().of(swarm);
    this.agent = agent;
  }

  /** What is about to be handed out, and which of it the agent is to make spans of. */
  List<Long> handedOut(List<RunOrigin> origins) {
    List<Long> chosen = List.of();
    long nowNs = time.monotonicNs();
    for (RunOrigin origin : origins) {
      record(Stage.DELIVER, origin, nowNs - origin.durableNs());
      for (DeliveryTrace trace : origin.traces()) {
        if (trace.delivered(agent, nowNs)) {
          chosen = chosen.isEmpty() ? new ArrayList<>() : chosen;
          chosen.add(trace.opId());
        }
      }
    }
    return chosen;
  }

  /** What has been acknowledged. */
  void acknowledged(List<RunOrigin> origins) {
    long nowNs = time.monotonicNs();
    for (RunOrigin origin : origins) {
      record(Stage.ACK, origin, nowNs - origin.appendedNs());
      for (DeliveryTrace trace : origin.traces()) {
        trace.acknowledged(nowNs);
      }
    }
  }

  /**
   * When the oldest operation of a page was committed: what lies on disk has a time on the logged
   * clock only, which is that of the wall.
   */
  CommitTimes times(Page page) {
    long nowNs = time.monotonicNs();
    if (page.operations().isEmpty()) {
      return new CommitTimes(nowNs, nowNs);
    }
    long appendUnixNs = StoredForm.publish(page.operations().get(0)).appendUnixNs();
    long appendedNs = nowNs - Math.max(0, time.unixNs() - appendUnixNs);
    return new CommitTimes(appendedNs, appendedNs);
  }

  private void record(Stage stage, RunOrigin origin, long lagNs) {
    for (Topic topic : origin.topics()) {
      if (origin.traces().isEmpty()) {
        lag.record(stage, topic, lagNs);
      } else {
        lag.record(stage, topic, lagNs, agent, origin.traces().get(0).publish());
      }
    }
  }
}
