package dev.swarmlog.sdk;

import dev.swarmlog.sdk.PublishQueue.Entry;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRefusal;
import io.grpc.Status;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A producer in one log: numbers publish groups, keeps a window of them in flight, and sends again
 * what was not answered. Pure: no input or output, no clock, no thread. Not thread-safe.
 *
 * <p><b>Order and exactly once.</b> Groups are answered in the order they were sent, and a group
 * keeps its number for as long as some attempt of it may still reach the log: after a broken stream
 * it is sent again under the same number in the same producer epoch, and what had been appended
 * gets its first answer.
 *
 * <p><b>Refusals.</b> A refused group leaves a gap, so the coordinator refuses all that are in
 * flight behind it with OUT_OF_SEQUENCE. The producer therefore stops sending, collects the answers
 * of what is in flight, and then goes on:
 *
 * <ul>
 *   <li>A refusal worth another try: after the time that {@link RetryPace} says everything is sent
 *       again under its own number, at first one group alone ({@link SendWindow}).
 *   <li>A refusal for good: its number N was not used up. The groups behind it have all been
 *       refused on this stream, so none of them is in the log; they are numbered again from N.
 *   <li>The same, but the stream broke before all of them were answered: an attempt may linger on
 *       the way, and would take effect under its old number once the gap is filled. So the gap is
 *       never filled: a new producer epoch fences the old one, and they are numbered from its
 *       start.
 *   <li>A refusal for good of what was left unanswered on a broken stream, because a limit was
 *       lowered meanwhile: the earlier attempt may have been appended, so the outcome is unknown.
 *       If the stream that is open began behind its number, it was, and the others go on. Else
 *       those behind it that are refused for it go on in a new epoch; those that linger and were
 *       not answered may have been appended with it, and their outcome is unknown, too. That is
 *       exact unless the limit is raised again while frames of the broken stream are on their way.
 * </ul>
 *
 * <p><b>Breaker.</b> A {@link PublishBreaker} counts what becomes of attempts. It adds no waits to
 * those above; while it is open they are of the longer kind, and at their end one group is tried.
 *
 * <table>
 * <caption>Transitions; any other input leaves the state as it is</caption>
 * <tr><th>in</th><th>on</th><th>to</th><th>doing</th></tr>
 * <tr><td>IDLE</td><td>offer</td><td>CONNECTING</td><td>open stream with ProducerHello</td></tr>
 * <tr><td>CONNECTING</td><td>welcome</td><td>OPEN</td><td>send from the first unanswered</td></tr>
 * <tr><td>OPEN</td><td>refusal, others in flight</td><td>RECOVERING</td><td>send nothing</td></tr>
 * <tr><td>RECOVERING</td><td>last answer, no delay asked</td><td>OPEN</td><td>number again, send</td></tr>
 * <tr><td>OPEN, RECOVERING</td><td>last answer, delay asked</td><td>PAUSED</td><td>timer</td></tr>
 * <tr><td>OPEN, RECOVERING</td><td>last answer, number again, attempts linger</td><td>CONNECTING</td><td>end stream, open one with a new epoch</td></tr>
 * <tr><td>OPEN, RECOVERING</td><td>the same, delay asked</td><td>WAITING</td><td>end stream, timer, new epoch</td></tr>
 * <tr><td>PAUSED</td><td>timer</td><td>OPEN</td><td>send</td></tr>
 * <tr><td>CONNECTING, OPEN, RECOVERING, PAUSED</td><td>retryable end of stream</td><td>WAITING</td><td>timer</td></tr>
 * <tr><td>WAITING</td><td>timer</td><td>CONNECTING</td><td>open stream with ProducerHello</td></tr>
 * <tr><td>OPEN, RECOVERING</td><td>fenced</td><td>WAITING</td><td>fail what may be in the log, timer, new epoch</td></tr>
 * <tr><td>any but CLOSED</td><td>terminal end of stream</td><td>IDLE</td><td>fail all; the next offer starts anew</td></tr>
 * <tr><td>any but CLOSED</td><td>close</td><td>CLOSED</td><td>fail all, end stream</td></tr>
 * </table>
 *
 * @param <T> what the caller knows a group by
 */
final class ProducerSession<T> {
  enum State {
    IDLE,
    CONNECTING,
    OPEN,
    RECOVERING,
    PAUSED,
    WAITING,
    CLOSED
  }

  /** What the producer wants done. None of it blocks. */
  interface Output<T> extends PublishBreaker.Listener {
    /** Open a stream and send Hello. */
    void openStream(ProducerHello hello);

    /** End the stream; nothing of it may come in any more. */
    void endStream();

    /** The group is about to be written, not necessarily for the first time. */
    void sent(T token);

    void appended(T token, GroupPosition where);

    /** The group is not in the log, and will not be. */
    void failed(T token, Failure why);

    /** The group was sent, and whether it is in the log is not known. */
    void outcomeUnknown(T token, Failure why);

    /**
     * The newest groups that were appended are in the log no more.
     *
     * @param newest where the newest of them was
     */
    void acknowledgedLost(long groups, Position newest);

    /**
     * Nothing is sent for so long from now on, because of this; until {@link #resumed}, or anew.
     */
    void waits(Failure why, long forNs);

    /** What was waited for is over. */
    void resumed();

    /** Call {@link #timer} after this; replaces an earlier one. */
    void startTimer(long delayNs);
  }

  private static final String EXPECTED_NUMBER = "expected_number";
  private static final Failure LINGERS =
      Failure.local(
          Status.Code.UNKNOWN,
          "Expected an answer, but the stream broke, and whether a group before it was appended is unknown");

  private final ProducerHello identity;
  private final int maxInFlight;
  private final Output<T> output;
  private final RetryPace pace;
  private final PublishBreaker breaker;

  private State state = State.IDLE;
  private final GroupNumbers numbers = new GroupNumbers();
  // Where the group is that was appended last.
  private Position newest = Position.getDefaultInstance();
  private final SendWindow window = new SendWindow();
  // Of a group, serialized; 0 for whatever the coordinator takes.
  private int maxGroupBytes;
  private final PublishQueue<T> queue = new PublishQueue<>();
  // How long to wait once all in flight are answered.
  private long delayNs;
  // What is waited for, or will be. Not null if there is a delay, or while PAUSED or WAITING.
  private @Nullable Failure delayedBy;
  // While PAUSED or WAITING, when that is over.
  private long resumeAtNs;

  /**
   * A producer that connects when something is offered.
   *
   * @param maxInFlight groups sent and not answered, if the coordinator does not allow fewer
   */
  ProducerSession(
      String swarm,
      String publisher,
      String producerId,
      Log log,
      int maxInFlight,
      Output<T> output,
      Backoff backoff) {
    this.identity =
        ProducerHello.newBuilder()
            .setSwarm(swarm)
            .setPublisher(publisher)
            .setProducerId(producerId)
            .setLog(log)
            .build();
    this.maxInFlight = maxInFlight;
    this.output = output;
    this.pace = new RetryPace(backoff);
    this.breaker = new PublishBreaker(output);
  }

  State state() {
    return state;
  }

  /** Takes a group; its number is filled in when it is sent. */
  void offer(T token, PublishGroup group) {
    if (state == State.CLOSED) {
      output.failed(token, closed());
      return;
    }
    queue.offer(token, group);
    if (state == State.IDLE) {
      connect();
    }
  }

  /**
   * The next group to be written, or null. To be called while the stream takes more, after every
   * other call.
   */
  @Nullable PublishGroup poll() {
    failOversized();
    Entry<T> next = queue.nextUnsent();
    if (state != State.OPEN
        || next == null
        || !window.hasRoom(queue.inFlight())
        || numbers.isBehindGap(next.number)
        || isOversized(next)) {
      return null;
    }
    queue.send();
    if (next.number == 0) {
      next.number = numbers.take();
    }
    output.sent(next.token);
    return next.group.toBuilder().setNumber(next.number).build();
  }

  void welcome(ProducerWelcome welcome, long nowNs) {
    if (state != State.CONNECTING) {
      return;
    }
    pace.welcomed(nowNs);
    maxGroupBytes = welcome.getLimits().getMaxGroupBytes();
    window.open(Math.min(maxInFlight, welcome.getMaxInFlightGroups()));
    if (queue.isEmpty()) {
      breaker.answered();
    } else if (breaker.state() == PublisherState.Breaker.HALF_OPEN) {
      window.shrink();
    }
    tellLost(welcome.getNextNumber());
    Entry<T> first = queue.nextUnsent();
    long firstUnanswered = first == null ? 0 : first.number;
    if (!numbers.opened(welcome.getProducerEpoch(), welcome.getNextNumber(), firstUnanswered)) {
      // None of what we hold is in its history.
      startNewEpoch(nowNs);
      return;
    }
    state = State.OPEN;
  }

  private void tellLost(long expected) {
    long lost = numbers.takeLost(expected);
    if (lost > 0) {
      output.acknowledgedLost(lost, newest);
    }
  }

  void acked(PublishAck ack, long nowNs) {
    Entry<T> entry = takeAnswered(ack.getNumber(), nowNs);
    if (entry == null) {
      return;
    }
    numbers.appended(ack.getNumber());
    newest = ack.getLast();
    pace.appended(nowNs);
    window.grow();
    breaker.answered();
    output.appended(
        entry.token,
        new GroupPosition(
            ack.getFirstOpId(), ack.getLast(), ack.getDurability(), ack.getDuplicate()));
    settle(nowNs);
  }

  void refused(PublishRefusal refusal, long nowNs) {
    Entry<T> entry = takeAnswered(refusal.getNumber(), nowNs);
    if (entry == null) {
      return;
    }
    Failure why = Failure.of(refusal.getStatus());
    if (why.reason() == ErrorReason.ERROR_REASON_PRODUCER_FENCED) {
      queue.giveBack(entry);
      fenced(why, nowNs);
      return;
    }
    if (why.reason() == ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE) {
      queue.giveBack(entry);
      entry.refusedBehindGap = numbers.isBehindGap(entry.number);
      if (state == State.OPEN && !noteExpected(why, entry.number)) {
        output.endStream();
        disconnect(why, nowNs);
        return;
      }
      state = State.RECOVERING;
    } else if (why.retryable()) {
      queue.giveBack(entry);
      breaker.failed(why);
      long waitNs = pace.afterRefusalNs(why, breaker.isOpen(), nowNs);
      if (delayedBy == null || waitNs > delayNs) {
        delayedBy = why;
      }
      delayNs = Math.max(delayNs, waitNs);
      window.shrink();
      state = State.RECOVERING;
    } else {
      breaker.answered();
      refusedForGood(entry, why);
    }
    settle(nowNs);
  }

  /** The stream ended, or could not be opened. */
  void streamEnded(Failure failure, long nowNs) {
    if (state == State.CLOSED || state == State.IDLE || state == State.WAITING) {
      return;
    }
    if (failure.retryable()) {
      disconnect(failure, nowNs);
    } else if (failure.reason() == ErrorReason.ERROR_REASON_EPOCH_MISMATCH
        && state == State.CONNECTING
        && numbers.epoch() != 0) {
      // It has lost that there is such an epoch, and all that was appended in it.
      tellLost(1);
      startNewEpoch(nowNs);
    } else if (failure.reason() == ErrorReason.ERROR_REASON_PRODUCER_FENCED) {
      queue.lingerInFlight();
      fenced(failure, nowNs);
    } else {
      failAll(failure);
    }
  }

  void timer() {
    if (state != State.WAITING && state != State.PAUSED) {
      return;
    }
    output.resumed();
    if (breaker.isOpen()) {
      breaker.probe();
      window.shrink();
    }
    if (state == State.WAITING) {
      connect();
    } else {
      state = State.OPEN;
    }
  }

  /** Fails what is left. */
  void close() {
    if (state == State.CLOSED) {
      return;
    }
    boolean streaming = state != State.IDLE && state != State.WAITING;
    state = State.CLOSED;
    if (streaming) {
      output.endStream();
    }
    giveUpAll(closed());
  }

  /**
   * Fails what the coordinator could not even read: it would end the stream instead of answering,
   * and the group be sent again for ever, with all others behind it. Waits for what is in flight,
   * so that the answers keep their order.
   */
  private void failOversized() {
    for (Entry<T> next = queue.nextUnsent();
        state == State.OPEN && queue.inFlight() == 0 && next != null && isOversized(next);
        next = queue.nextUnsent()) {
      queue.takeNextUnsent();
      output.failed(
          next.token,
          Failure.localRefusal(
              ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
              Status.Code.INVALID_ARGUMENT,
              "Expected a group of at most %d bytes, but it has %d."
                  .formatted(maxGroupBytes, next.group.getSerializedSize())));
    }
  }

  private boolean isOversized(Entry<T> entry) {
    return maxGroupBytes != 0
        && entry.number == 0
        && entry.group.getSerializedSize() > maxGroupBytes;
  }

  private void connect() {
    state = State.CONNECTING;
    if (isEverythingBehindGap()) {
      renumber();
    }
    output.openStream(identity.toBuilder().setProducerEpoch(numbers.epoch()).build());
  }

  /**
   * The entry the answer is for; null if it is for none, which is a broken contract and ends the
   * stream.
   */
  private @Nullable Entry<T> takeAnswered(long number, long nowNs) {
    if (state != State.OPEN && state != State.RECOVERING) {
      return null;
    }
    Entry<T> head = queue.oldestInFlight();
    if (head == null || head.number != number) {
      output.endStream();
      disconnect(
          Failure.local(
              Status.Code.INTERNAL,
              "Expected the answer to group %d, but got that to group %d"
                  .formatted(head == null ? 0 : head.number, number)),
          nowNs);
      return null;
    }
    return queue.takeOldestInFlight();
  }

  private void refusedForGood(Entry<T> entry, Failure why) {
    boolean numberUsed =
        why.reason() == ErrorReason.ERROR_REASON_REQUEST_TOO_OLD
            || why.reason() == ErrorReason.ERROR_REASON_REQUEST_CONFLICT
            || numbers.isUsedUp(entry.number);
    if (!numberUsed) {
      numbers.free(entry.number, entry.lingers);
      state = State.RECOVERING;
    }
    if (why.reason() == ErrorReason.ERROR_REASON_REQUEST_TOO_OLD) {
      output.outcomeUnknown(entry.token, why);
    } else if (why.reason() == ErrorReason.ERROR_REASON_REQUEST_CONFLICT) {
      output.failed(entry.token, why);
    } else {
      giveUp(entry, why);
    }
  }

  /** Of one that lingers the last attempt failed, but one before may have been appended. */
  private void giveUp(Entry<T> entry, Failure why) {
    if (entry.lingers) {
      output.outcomeUnknown(entry.token, why);
    } else {
      output.failed(entry.token, why);
    }
  }

  private void giveUpAll(Failure why) {
    queue.lingerInFlight();
    for (Entry<T> entry : queue.drain()) {
      giveUp(entry, why);
    }
  }

  /**
   * An OUT_OF_SEQUENCE nobody here can explain: believe the coordinator's number, if it makes
   * sense.
   */
  private boolean noteExpected(Failure why, long number) {
    try {
      long expected = Long.parseLong(why.metadata().getOrDefault(EXPECTED_NUMBER, ""));
      if (expected <= 0 || expected >= number || numbers.isUsedUp(expected)) {
        return false;
      }
      numbers.free(expected, /* lingers= */ false);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Goes on once everything in flight has been answered. */
  private void settle(long nowNs) {
    if (queue.inFlight() > 0 || (state == State.OPEN && !numbers.hasGap())) {
      return;
    }
    queue.rewind();
    state = State.OPEN;
    if (isEverythingBehindGap()) {
      if (mustFence()) {
        startNewEpoch(nowNs);
        return;
      }
      renumber();
    }
    if (delayNs > 0) {
      waitIn(State.PAUSED, delayNs, nowNs);
    }
  }

  private boolean isEverythingBehindGap() {
    Entry<T> next = queue.nextUnsent();
    return numbers.isBehindGap(next == null ? 0 : next.number);
  }

  private boolean mustFence() {
    return numbers.gapLingers() || queue.anyLingers();
  }

  /**
   * Numbers what lies behind the gap from the gap on, or in a new epoch where an old attempt could
   * fill it.
   */
  private void renumber() {
    if (mustFence()) {
      beginEpoch();
    } else {
      numbers.goOnAtGap();
      queue.forgetNumbers();
    }
  }

  /**
   * Fences all earlier attempts. What was not seen to lie behind the gap may have been appended
   * with the group that left it, and would be there twice.
   */
  private void beginEpoch() {
    if (numbers.gapLingers()) {
      for (Entry<T> entry : queue.takeLingering()) {
        output.outcomeUnknown(entry.token, LINGERS);
      }
    }
    numbers.beginEpoch();
    queue.forgetNumbers();
  }

  /**
   * Only where nothing unanswered can be in the log, but for what {@link #beginEpoch} takes out.
   */
  private void startNewEpoch(long nowNs) {
    beginEpoch();
    output.endStream();
    if (delayNs > 0) {
      waitIn(State.WAITING, delayNs, nowNs);
    } else {
      connect();
    }
  }

  private void disconnect(Failure why, long nowNs) {
    queue.lingerInFlight();
    queue.rewind();
    boolean lost = state != State.CONNECTING;
    long askedNs = state == State.PAUSED ? resumeAtNs - nowNs : delayNs;
    // That a stream ends on which nothing waits costs nobody anything.
    if (why.retryable() && !(lost && queue.isEmpty())) {
      breaker.failed(why);
    }
    long comeBackNs = pace.afterEndNs(why, lost, breaker.isOpen(), nowNs);
    if (delayedBy == null || comeBackNs > askedNs) {
      delayedBy = why;
    }
    waitIn(State.WAITING, Math.max(askedNs, comeBackNs), nowNs);
  }

  /** Sends nothing for so long. */
  private void waitIn(State waiting, long forNs, long nowNs) {
    state = waiting;
    delayNs = 0;
    resumeAtNs = nowNs + forNs;
    output.startTimer(forNs);
    output.waits(Objects.requireNonNull(delayedBy), forNs);
    breaker.waits(forNs);
  }

  /**
   * The producer ID is ours alone, so what fences us is our own: a Hello of an earlier stream that
   * lingered on its way. What has attempts that linger may or may not be in the log; the rest is
   * not, and goes on in a new epoch.
   */
  private void fenced(Failure why, long nowNs) {
    output.endStream();
    List<Entry<T>> entries = queue.drain();
    numbers.beginEpoch();
    for (Entry<T> entry : entries) {
      if (entry.lingers) {
        output.outcomeUnknown(entry.token, why);
      } else {
        entry.number = 0;
        queue.putBack(entry);
      }
    }
    disconnect(why, nowNs);
  }

  private void failAll(Failure why) {
    state = State.IDLE;
    output.endStream();
    numbers.beginEpoch();
    delayNs = 0;
    output.resumed();
    breaker.answered();
    giveUpAll(why);
  }

  private static Failure closed() {
    return Failure.local(
        Status.Code.CANCELLED, "Expected the publisher to be open, but it was closed");
  }
}
