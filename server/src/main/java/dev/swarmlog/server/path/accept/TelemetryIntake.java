package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Most;
import dev.swarmlog.server.path.admit.RateGate.Ticket;
import dev.swarmlog.server.path.telemetry.Telemetry;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.Topic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch of telemetry on its way in: whole, or, where a rate limit lets less through at once, by
 * parts, one after the other. When one of them is turned away, so is what comes behind it.
 *
 * <p>Begun on the event loop of its stream, gone on with by whichever thread brings the next step:
 * one at a time.
 */
final class TelemetryIntake implements RateGate.Listener {

  private final StreamContext context;
  private final TelemetryHello hello;
  private final List<PublishRecord> records;
  private final long arrivedNs;
  private final Listener listener;

  private int from;
  private int to;
  private long lastSequence;

  // Guarded by this.
  private @Nullable Ticket ticket;
  private boolean ended;

  /** Hears how a batch came in, once. */
  interface Listener {

    /**
     * So it came in.
     *
     * @param lastSequence of the last record that was taken; 0 if none was
     * @param shed how many were not taken
     * @param why null if all were
     */
    void done(long lastSequence, int shed, @Nullable Refusal why);
  }

  TelemetryIntake(
      StreamContext context, TelemetryHello hello, List<PublishRecord> records, Listener listener) {
    this.context = context;
    this.hello = hello;
    this.records = records;
    this.arrivedNs = context.time().monotonicNs();
    this.listener = listener;
  }

  void next() {
    from = to;
    if (from == records.size()) {
      listener.done(lastSequence, 0, null);
      return;
    }
    long bytes = takePart();
    Ticket given =
        context
            .rateGate()
            .ask(
                Demand.of(
                    hello.getSwarm(),
                    hello.getPublisher(),
                    Log.LOG_TELEMETRY,
                    records.subList(from, to),
                    bytes,
                    arrivedNs,
                    /* alone= */ false),
                this);
    synchronized (this) {
      ticket = given;
      if (!ended) {
        return;
      }
    }
    given.withdraw();
  }

  /** As many as pass at once, at least one; answers their bytes. */
  private long takePart() {
    Most most = context.rateGate().most(hello.getSwarm(), Topic.TOPIC_TELEMETRY);
    long bytes = 0;
    do {
      bytes += records.get(to).getSerializedSize();
      to++;
    } while (to < records.size()
        && to - from < most.operations()
        && bytes + records.get(to).getSerializedSize() <= most.bytes());
    return bytes;
  }

  @Override
  public void passed() {
    List<PublishRecord> part = records.subList(from, to);
    boolean taken =
        context
            .telemetry()
            .offer(
                new Telemetry.Batch(
                    hello.getSwarm(),
                    hello.getPublisher(),
                    part,
                    part.stream().mapToInt(PublishRecord::getSerializedSize).sum(),
                    arrivedNs,
                    stored()));
    if (!taken) {
      refused(
          Refusal.of(
                  ErrorReason.ERROR_REASON_OVERLOADED,
                  "Expected room for telemetry, but the queue of the telemetry log is full, or the publisher's share of it is.")
              .withRetryAfter(Admission.RETRY_AFTER));
    }
  }

  private Telemetry.Listener stored() {
    return new Telemetry.Listener() {
      @Override
      public void appended(long sequence) {
        lastSequence = sequence;
        next();
      }

      @Override
      public void refused(Refusal refusal) {
        TelemetryIntake.this.refused(refusal);
      }
    };
  }

  @Override
  public void refused(Refusal refusal) {
    listener.done(lastSequence, records.size() - from, refusal);
  }

  /** The stream has ended: nobody waits any more. */
  void end() {
    Ticket given;
    synchronized (this) {
      ended = true;
      given = ticket;
    }
    if (given != null) {
      given.withdraw();
    }
  }
}
