package dev.swarmlog.sdk;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Position;
import org.jspecify.annotations.Nullable;

/**
 * One lane of an {@link AgentSession}: which frame may be read, and which step is with the handler;
 * what frames say, and where the lane stands, its {@link LaneReader} knows. It outlives streams: a
 * step that a handler holds when a stream breaks is finished, and only then the lane attaches
 * again, so operations are never applied by two calls at a time.
 *
 * <pre>
 *              attach               frame with content            applied
 *   DETACHED --------> READING ----------------------------> APPLYING --------> READING (or DETACHED)
 *      ^                  |                                   |     ^
 *      |  stream ended    |                    handler failed |     | retry timer
 *      +------------------+                                   v     |
 *                                                            RETRYING
 *
 *              handler refuses an operation       coordinator has taken it
 *   APPLYING -----------------------------> REFUSING -----------------------> APPLYING, behind it
 *                                              |
 *                                              | it cannot be asked, or says no for good
 *                                              v
 *                                           RETRYING
 *
 *              coordinator has taken it,
 *              the breaker is open                breaker timer
 *   REFUSING -------------------------> HOLDING ----------------> APPLYING, behind it
 * </pre>
 *
 * A stream that ends while APPLYING, RETRYING, REFUSING or HOLDING leaves the state; {@code
 * attached} tells whether there is a stream. One frame at a time is asked for, so at most one is
 * held. Pure, not thread-safe.
 *
 * <p>While REFUSING nothing of the step is committed. A Nack goes to whichever session there is: it
 * is sent when the handler stops, again with each new session, and again where no answer or "later"
 * comes. The coordinator gives the same answer however often it is asked.
 *
 * <p>A step that a handler has when Hello is sent, and what the plan then knows of it: see {@link
 * ResumePoint}.
 */
final class LaneSession implements LaneReader.Turn {
  static final long FLUSH_DELAY_NS =
      ContractConduct.nanos(ContractConduct.SESSION.getFlushDelayMs());

  /** A Nack that is not answered for so long is sent again. */
  static final long NACK_PATIENCE_NS =
      ContractConduct.nanos(ContractConduct.SESSION.getNackPatienceMs());

  enum State {
    DETACHED,
    READING,
    APPLYING,
    RETRYING,
    REFUSING,
    HOLDING
  }

  /** Who would read a Nack now. */
  private enum NackReader {
    /** There is no session. */
    NOBODY,
    /** A coordinator that does not know what it is. */
    OLDER_COORDINATOR,
    COORDINATOR
  }

  /** What a lane wants done. */
  interface Output {
    /** Ask the stream for one more frame. */
    void requestFrame(Log log);

    /** Hand the step to the handler and commit it; answered by applied or applyFailed. */
    void deliver(LaneStep step);

    /** Hand the same step over again. */
    void deliverAgain(Log log);

    /** Hand the same step over again, from behind the operation that was refused. */
    void goOn(Log log);

    /** Tell the coordinator on Control what the agent cannot apply. */
    void sendNack(Nack nack);

    /** Tell the coordinator what is durably applied. */
    void sendAck(Ack ack);

    /** Answer a query. */
    void sendDigests(Log log, DigestReport report);

    void startTimer(TimerKey key, long delayNs);
  }

  private final Log log;
  private final Output output;
  private final Backoff retryBackoff;
  private final LaneReader reader;
  private final HandlerBreaker breaker;
  private State state = State.DETACHED;
  private boolean attached;
  private boolean paused;
  private @Nullable LogPlan planToAdopt;
  // With the handler, unless DETACHED or READING.
  private @Nullable LaneStep applying;
  // Of its operations, those whose outcome the breaker knows.
  private int judged;
  // What is refused of it, while REFUSING.
  private @Nullable Nack refused;
  private long heldForNs;
  private NackReader nackReader = NackReader.NOBODY;
  // At most one frame is asked for: either it is outstanding, or held, or being applied.
  private boolean outstanding;
  private @Nullable DataResponse held;

  LaneSession(
      Log log,
      @Nullable LogResume stored,
      boolean lacksKeys,
      Output output,
      Backoff retryBackoff,
      HandlerBreaker breaker,
      SumsSchedule sums) {
    this.retryBackoff = retryBackoff;
    this.breaker = breaker;
    this.log = log;
    this.output = output;
    this.reader = new LaneReader(log, stored, lacksKeys, output, this, sums);
  }

  Log log() {
    return log;
  }

  State state() {
    return state;
  }

  /** Telemetry is never caught up with, nor behind. */
  boolean isCaughtUp() {
    return reader.isCaughtUp() || log == Log.LOG_TELEMETRY;
  }

  /** Whether a handler holds a step now. */
  boolean isApplying() {
    return state == State.APPLYING;
  }

  @Nullable Position position() {
    return reader.position();
  }

  /** What is applied, or with a handler that may have applied it; null if there is nothing. */
  @Nullable Position applied() {
    LaneStep step = applying;
    return step == null || log == Log.LOG_TELEMETRY ? reader.position() : step.to();
  }

  long received() {
    return reader.received();
  }

  long duplicates() {
    return reader.duplicates();
  }

  /** Operations that came again since the agent was started. */
  long ignored() {
    return reader.ignored();
  }

  /** Frames that did not follow on what the lane had since the agent was started. */
  long outOfOrder() {
    return reader.outOfOrder();
  }

  /** What Hello says of the lane; null if there is nothing to say. */
  @Nullable LogResume present() {
    return reader.present(applying);
  }

  /** Takes the coordinator's plan. */
  void plan(LogPlan plan, SessionTerms terms) {
    planToAdopt = plan;
    reader.expect(terms);
    nackReader = terms.nacks() ? NackReader.COORDINATOR : NackReader.OLDER_COORDINATOR;
    refuse();
  }

  /** Whether the lane waits to be attached to the current session. */
  boolean canAttach() {
    return planToAdopt != null && state == State.DETACHED;
  }

  /** What is to be followed once the lane is attached; empty if there is nothing to. */
  LogPlan plan() {
    LogPlan plan = planToAdopt;
    return plan == null ? LogPlan.getDefaultInstance() : plan;
  }

  /** Why the plan cannot be followed, now that no handler has a step; null if it can. */
  @Nullable String planMisfit() {
    return reader.planMisfit(plan());
  }

  /** A stream is open for the lane. */
  void attach() {
    LogPlan plan = planToAdopt;
    planToAdopt = null;
    reader.attach(plan);
    attached = true;
    paused = false;
    state = State.READING;
    outstanding = false;
    request();
  }

  /** The lane's stream is gone, or about to be. */
  void detach() {
    attached = false;
    planToAdopt = null;
    nackReader = NackReader.NOBODY;
    held = null;
    reader.detach();
    if (state == State.READING) {
      state = State.DETACHED;
    }
    if (state == State.DETACHED) {
      reader.standAtCommitted();
    }
  }

  /** Reads nothing more; what is being applied is finished and acknowledged. */
  void pause() {
    paused = true;
    held = null;
  }

  LaneOutcome frame(DataResponse frame) {
    outstanding = false;
    if (!attached || paused) {
      return LaneReader.OK; // It comes again: nothing of it was acknowledged.
    }
    if (state != State.READING) {
      held = frame;
      return LaneReader.OK;
    }
    return reader.frame(frame);
  }

  /**
   * The handler is done with the step, and it is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  LaneOutcome applied(PreparedStep done, long appliedUnixNs) {
    LaneStep step = applying;
    if (step == null) {
      throw new IllegalStateException("Expected a step with the handler, but there is none");
    }
    applying = null;
    breaker.applied(done.batch().operations().size() - judged);
    retryBackoff.reset();
    state = attached ? State.READING : State.DETACHED;
    LaneOutcome outcome = reader.applied(step, done, attached, appliedUnixNs);
    if (!attached) {
      return outcome;
    }
    if (outcome instanceof LaneOutcome.Resync || paused) {
      return outcome;
    }
    reader.report();
    DataResponse next = held;
    if (next != null && outcome == LaneReader.OK) {
      held = null;
      return frame(next);
    }
    request();
    return outcome;
  }

  void applyFailed() {
    retryInPlace();
  }

  /**
   * The handler stopped at an operation, which it cannot apply.
   *
   * @param appliedBefore operations it applied since it started or stopped last
   */
  void refused(Nack nack, int appliedBefore) {
    breaker.applied(appliedBefore);
    breaker.failed();
    judged += appliedBefore + 1;
    state = State.REFUSING;
    refused = nack;
    refuse();
  }

  /**
   * The coordinator has answered a Nack.
   *
   * @return whether it was for what is refused now
   */
  boolean nackReply(NackReply reply) {
    Nack asked = refused;
    if (state != State.REFUSING || asked == null || asked.getOpId() != reply.getOpId()) {
      return false;
    }
    switch (reply.getOutcome()) {
      case OUTCOME_RETRY, OUTCOME_PARKED, OUTCOME_SKIPPED, OUTCOME_SUPERSEDED -> {
        retryBackoff.reset();
        refused = null;
        if (breaker.isOpen()) {
          state = State.HOLDING;
          heldForNs = breaker.waitNs();
          startTimer(TimerKey.Kind.BREAKER, heldForNs);
        } else {
          goOn();
        }
      }
      case OUTCOME_REFUSED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> {
        Failure why = Failure.of(reply.getStatus());
        if (why.retryable()) {
          startTimer(TimerKey.Kind.NACK, retryBackoff.nextDelayNs(0, why.retryAfter()));
        } else {
          retryInPlace();
        }
      }
    }
    return true;
  }

  /** For how long the breaker of the handler holds the lane; 0 if it does not. */
  long heldForNs() {
    return state == State.HOLDING ? heldForNs : 0;
  }

  /** The handler has been left alone for long enough. */
  void breakerDue() {
    if (state == State.HOLDING) {
      breaker.probe();
      goOn();
    }
  }

  /** It is time to ask again, because the coordinator said so or did not answer. */
  void nackDue() {
    refuse();
  }

  void retryDue() {
    if (state == State.RETRYING) {
      state = State.APPLYING;
      output.deliverAgain(log);
    }
  }

  /** Commits and acknowledges a position that moved without operations. */
  void flush() {
    if (state == State.READING) {
      reader.flush();
    }
  }

  /** It is time to report sums again. */
  void sumsDue() {
    reader.sumsDue();
    if (state == State.READING && !paused) {
      reader.report();
    }
  }

  /**
   * Says what is refused, if there is anything and somebody to tell. The number of an operation
   * means another one in another history.
   */
  private void refuse() {
    Nack asked = refused;
    if (state != State.REFUSING || asked == null || nackReader == NackReader.NOBODY) {
      return;
    }
    if (nackReader == NackReader.OLDER_COORDINATOR || isOfAnotherHistory()) {
      retryInPlace();
    } else {
      output.sendNack(asked);
      startTimer(TimerKey.Kind.NACK, NACK_PATIENCE_NS);
    }
  }

  private void goOn() {
    state = State.APPLYING;
    output.goOn(log);
  }

  private boolean isOfAnotherHistory() {
    LaneStep step = applying;
    LogPlan plan = planToAdopt;
    return step != null
        && plan != null
        && plan.hasStart()
        && !Deliveries.isSameHistory(step.to(), plan.getStart());
  }

  private void retryInPlace() {
    refused = null;
    state = State.RETRYING;
    startTimer(TimerKey.Kind.RETRY, retryBackoff.nextDelayNs(0, null));
  }

  private void startTimer(TimerKey.Kind kind, long delayNs) {
    output.startTimer(new TimerKey(kind, log), delayNs);
  }

  @Override
  public void hand(LaneStep step) {
    applying = step;
    judged = 0;
    state = State.APPLYING;
    output.deliver(step);
  }

  @Override
  public void request() {
    if (!outstanding) {
      outstanding = true;
      output.requestFrame(log);
    }
  }
}
