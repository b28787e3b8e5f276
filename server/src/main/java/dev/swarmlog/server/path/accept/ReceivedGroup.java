package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.OperationMeter;
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
  private final OperationMeter.OfSwarm meter;
  private final GroupTrace trace;
  private final String publisher;
  private final long receivedNs;
  // Set after the rate limits were asked: what they let through at once has not waited.
  private volatile boolean waiting;

  private ReceivedGroup(Instruments instruments, String swarm, String publisher, GroupTrace trace) {
    this.instruments = instruments;
    this.meter = instruments.operations().of(swarm);
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
        meter.record(Stage.APPEND, topic, lagNs);
      } else {
        meter.record(Stage.APPEND, topic, lagNs, publisher, trace.spans().get(0).getSpanContext());
      }
    }
    if (appended.duplicate()) {
      meter.deduplicated();
    }
    trace.appended(appended.firstOpId(), appended.last().getOpId(), appended.duplicate());
  }

  /** Nothing of it was appended. */
  void refused(Refusal refusal) {
    String reason = Label.bare(refusal.reason(), "ERROR_REASON_");
    meter.refused(reason);
    trace.refused(reason, refusal.message());
  }

  /** The rate limits were asked, and have not answered yet. */
  void waits() {
    waiting = true;
  }

  /** The rate limits let it through. */
  void passed() {
    if (waiting) {
      meter.waited(instruments.time().monotonicNs() - receivedNs);
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
