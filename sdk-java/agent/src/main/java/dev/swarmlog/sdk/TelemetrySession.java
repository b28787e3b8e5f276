package dev.swarmlog.sdk;

import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A publisher's telemetry: cut into batches, a few of them in flight, never sent twice. What a
 * broken stream leaves unanswered counts as dropped. Pure: no input or output, no clock, no thread.
 * Not thread-safe.
 *
 * <table>
 * <caption>Transitions; any other input leaves the state as it is</caption>
 * <tr><th>in</th><th>on</th><th>to</th><th>doing</th></tr>
 * <tr><td>IDLE</td><td>offer</td><td>CONNECTING</td><td>open stream with TelemetryHello</td></tr>
 * <tr><td>CONNECTING</td><td>welcome</td><td>OPEN</td><td>send</td></tr>
 * <tr><td>CONNECTING, OPEN</td><td>end of stream</td><td>WAITING</td><td>drop what is in flight, timer</td></tr>
 * <tr><td>WAITING</td><td>timer</td><td>CONNECTING</td><td>open stream with TelemetryHello</td></tr>
 * <tr><td>any</td><td>close</td><td>CLOSED</td><td>drop all, end stream</td></tr>
 * </table>
 */
final class TelemetrySession {
  static final int MAX_BATCH_RECORDS = ContractConduct.PUBLISHER.getMaxTelemetryBatchRecords();
  static final int MAX_BATCH_BYTES = ContractConduct.PUBLISHER.getMaxTelemetryBatchBytes();
  static final int MAX_IN_FLIGHT_BATCHES =
      ContractConduct.PUBLISHER.getMaxTelemetryBatchesInFlight();

  enum State {
    IDLE,
    CONNECTING,
    OPEN,
    WAITING,
    CLOSED
  }

  /** What the session wants done. None of it blocks. */
  interface Output {
    void openStream(TelemetryHello hello);

    void endStream();

    /** These many records are settled: taken and shed by the coordinator, or dropped here. */
    void settled(long taken, long shed, long dropped, long bytes);

    void startTimer(long delayNs);
  }

  private record Sent(long number, int records, long bytes) {}

  private final TelemetryHello identity;
  private final Output output;
  private final Backoff backoff;
  private final Deque<PublishRecord> unsent = new ArrayDeque<>();
  private final Deque<Sent> awaiting = new ArrayDeque<>();
  private State state = State.IDLE;
  private long lastNumber;

  TelemetrySession(String swarm, String publisher, Output output, Backoff backoff) {
    this.identity = TelemetryHello.newBuilder().setSwarm(swarm).setPublisher(publisher).build();
    this.output = output;
    this.backoff = backoff;
  }

  State state() {
    return state;
  }

  void offer(PublishRecord record) {
    if (state == State.CLOSED) {
      output.settled(0, 0, 1, record.getSerializedSize());
      return;
    }
    unsent.add(record);
    if (state == State.IDLE) {
      connect();
    }
  }

  /**
   * The next batch to be written, or null. To be called while the stream takes more, after every
   * other call.
   */
  @Nullable TelemetryBatch poll() {
    if (state != State.OPEN || unsent.isEmpty() || awaiting.size() >= MAX_IN_FLIGHT_BATCHES) {
      return null;
    }
    TelemetryBatch.Builder batch = TelemetryBatch.newBuilder().setNumber(++lastNumber);
    long bytes = 0;
    for (PublishRecord next = unsent.peek();
        next != null
            && batch.getRecordsCount() < MAX_BATCH_RECORDS
            && (bytes == 0 || bytes + next.getSerializedSize() <= MAX_BATCH_BYTES);
        next = unsent.peek()) {
      bytes += next.getSerializedSize();
      batch.addRecords(next);
      unsent.remove();
    }
    awaiting.add(new Sent(lastNumber, batch.getRecordsCount(), bytes));
    return batch.build();
  }

  void welcome(long nowNs) {
    if (state == State.CONNECTING) {
      backoff.succeeded(nowNs);
      state = State.OPEN;
    }
  }

  void acked(TelemetryAck ack) {
    // Answers come in order; a batch that was passed over got none, so it counts as dropped.
    while (!awaiting.isEmpty() && awaiting.element().number() <= ack.getNumber()) {
      Sent sent = awaiting.remove();
      if (sent.number() == ack.getNumber()) {
        long shed = Math.min(ack.getShedCount(), sent.records());
        output.settled(sent.records() - shed, shed, 0, sent.bytes());
      } else {
        output.settled(0, 0, sent.records(), sent.bytes());
      }
    }
  }

  /** The stream ended, or could not be opened. Telemetry goes on trying whatever the reason was. */
  void streamEnded(Failure why, long nowNs) {
    if (state == State.CONNECTING || state == State.OPEN) {
      dropInFlight();
      boolean lost = state == State.OPEN;
      state = State.WAITING;
      output.startTimer(
          lost
              ? backoff.delayAfterLossNs(nowNs, why.retryAfter())
              : backoff.nextDelayNs(nowNs, why.retryAfter()));
    }
  }

  void timer() {
    if (state == State.WAITING) {
      if (unsent.isEmpty()) {
        state = State.IDLE;
      } else {
        connect();
      }
    }
  }

  void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    output.endStream();
    dropInFlight();
    for (PublishRecord record : unsent) {
      output.settled(0, 0, 1, record.getSerializedSize());
    }
    unsent.clear();
  }

  private void connect() {
    state = State.CONNECTING;
    output.openStream(identity);
  }

  private void dropInFlight() {
    for (Sent sent : awaiting) {
      output.settled(0, 0, sent.records(), sent.bytes());
    }
    awaiting.clear();
  }
}
