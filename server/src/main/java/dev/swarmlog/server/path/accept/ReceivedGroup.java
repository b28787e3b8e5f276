package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.LagMeter;
import dev.swarmlog.otel.Stage;
import dev.swarmlog.otel.trace.GroupTrace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.util.EnumSet;
import java.util.Set;

/**
 * A publish group from when it was received until it is settled, which is noted. May be used by any
 * thread.
 */
final class ReceivedGroup {

  private final Instruments instruments;
  private final LagMeter.OfSwarm lag;
  private final GroupTrace trace;
  private final String publisher;
  private final long receivedNs;

  private ReceivedGroup(Instruments instruments, String swarm, String publisher, GroupTrace trace) {
    this.instruments = instruments;
    this.lag = instruments.lag().of(swarm);
    this.trace = trace;
    this.publisher = publisher;
    this.receivedNs = instruments.time().monotonicNs();
  }

  /** A group that has just been received, for a swarm that exists. */
  static ReceivedGroup of(
      Instruments instruments, String swarm, String publisher, PublishGroup group) {
    return new ReceivedGroup(
        instruments, swarm, publisher, instruments.traces().received(swarm, publisher, group));
  }

  /** As it is to be appended. */
  PublishGroup group() {
    return trace.group();
  }

  GroupTrace trace() {
    return trace;
  }

  /** On the monotonic clock. */
  long receivedNs() {
    return receivedNs;
  }

  /** It is durable. */
  void appended(Outcome.Appended appended) {
    long lagNs = instruments.time().monotonicNs() - receivedNs;
    for (Topic topic : topics()) {
      if (trace.spans().isEmpty()) {
        lag.record(Stage.APPEND, topic, lagNs);
      } else {
        lag.record(Stage.APPEND, topic, lagNs, publisher, trace.spans().get(0).getSpanContext());
      }
    }
    trace.appended(appended.firstOpId(), appended.last().getOpId(), appended.duplicate());
  }

  /** Nothing of it was appended. */
  void refused(Refusal refusal) {
    if (!trace.spans().isEmpty()) {
      trace.refused(refusal.reason().name().replaceFirst("^ERROR_REASON_", ""), refusal.message());
    }
  }

  private Set<Topic> topics() {
    Set<Topic> topics = EnumSet.noneOf(Topic.class);
    for (PublishRecord record : trace.group().getRecordsList()) {
      topics.add(record.getTopic());
    }
    return topics;
  }
}
