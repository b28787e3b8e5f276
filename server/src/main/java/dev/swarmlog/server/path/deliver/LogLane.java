package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SnapshotPage;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A reader's cursor into one log.
 *
 * <p>A lane that syncs begins with the sync its plan says, and goes on live; when it falls behind
 * the tail, another sync brings it to the head. One that does not is given every operation, from
 * disk where the tail does not have it.
 *
 * <p>States: {@code LIVE} (reads the tail), {@code CATCHING_UP} (reads from disk), and why it does
 * not move: {@code COMPARING} (the agent is asked what it holds), {@code WAITING_FOR_READER} (the
 * stream's window is closed), {@code WAITING_FOR_ACKS} (too much is unacknowledged), {@code ASLEEP}
 * (nothing is there for it).
 *
 * <p>Lanes that share a thread take turns: after one page from disk, or {@code maxDeliveryBytes} or
 * {@link #MAX_TURN_FRAMES} frames of the tail, a lane goes to the end of its executor's queue.
 *
 * <p><b>Threads.</b> All fields belong to the lane's serial executor; {@link #wake}, {@link
 * #acknowledged}, {@link #bookmark} and {@link #close} may be called from any thread and hop there.
 * {@link #progress} may be read by any thread.
 */
final class LogLane implements Lane {

  /** Frames of a turn; small ones cost their sending, whatever their size. */
  static final int MAX_TURN_FRAMES = 16;

  private final SwarmTail tail;
  private final PageReader pages;
  private final LaneThread thread;
  private final LaneSink sink;
  private final LongAdder operationsDelivered;
  private final String swarm;
  private final Log log;
  private final View view;
  private final int maxDeliveryBytes;
  private final boolean syncs;
  private final boolean stopAtHead;
  private final AtomicBoolean pumpScheduled = new AtomicBoolean();
  private final AtomicBoolean bookmarkWanted = new AtomicBoolean();
  private final AtomicLong ackReceived = new AtomicLong();
  // The newest that came with an ack. Acks come one after the other.
  private volatile Applied appliedReceived = new Applied(0, 0);
  private final Queue<LaneInsertion> insertions = new ConcurrentLinkedQueue<>();
  private final Unacknowledged unacknowledged;
  // Null where nobody acknowledges.
  private final @Nullable LaneMeter meter;
  private final FrameTimes times;
  private final TimeSource time;

  // Owned by the executor. Invariants: told <= examined, and nothing in the view lies between them.
  // Within a sync examined stands at told, whatever the course has read beyond: what it left out is
  // accounted for by the delivery that reaches the target.
  private Position told;
  private long examined;
  private long catchUpTarget;
  private @Nullable SyncCourse course;
  // The course goes on when it is known what the reader holds.
  private boolean comparing;
  private boolean caughtUpSent;
  private boolean closed;
  private long acked;

  // Written under the tail's monitor while this lane is asleep, read by the executor.
  private volatile long quietThrough;
  private volatile Progress progress;

  /** When the agent had applied an operation, by its clock. */
  private record Applied(long opId, long unixNs) {}

  LogLane(
      LaneRequest request,
      SwarmTail tail,
      PageReader pages,
      Executor executor,
      LaneSink sink,
      Limits limits,
      Instruments instruments,
      LaneFigures figures,
      FrameMemory frameMemory,
      LongAdder operationsDelivered) {
    this.tail = tail;
    this.pages = pages;
    this.thread = new LaneThread(executor, pages, this::fail);
    this.sink = sink;
    this.operationsDelivered = operationsDelivered;
    this.swarm = request.swarm();
    this.log = request.log();
    this.view = request.plan().view();
    this.syncs = request.syncs();
    this.stopAtHead = request.stopAtHead();
    this.maxDeliveryBytes = limits.maxDeliveryBytes();
    this.unacknowledged =
        request.agent() != null
            ? new Unacknowledged(
                limits.maxUnacknowledgedOperations(),
                limits.maxUnacknowledgedBytes(),
                tail.figures())
            : new Unacknowledged(Integer.MAX_VALUE, Long.MAX_VALUE, tail.figures());
    this.meter =
        request.agent() != null
            ? new LaneMeter(instruments, figures, request.swarm(), request.log(), request.agent())
            : null;
    this.told = request.plan().start();
    this.examined = told.getOpId();
    this.acked = examined;
    this.course = syncs ? new SyncCourse(request.plan(), swarm, log) : null;
    this.catchUpTarget = tail.head().getOpId();
    this.time = instruments.time();
    this.times = new FrameTimes(examined, frameMemory);
    this.progress = new Progress(State.LIVE, time.monotonicNs(), examined, acked, 0);
    if (meter != null) {
      if (syncs) {
        LaneRequest.AgentTrace traced = request.trace();
        meter.syncBegins(request.plan(), traced.traceparent(), traced.tracestate());
      }
      tail.agentCame();
    }
  }

  /** The scopes it sees. */
  View view() {
    return view;
  }

  @Override
  public void wake() {
    if (pumpScheduled.compareAndSet(false, true)) {
      thread.run(
          () -> {
            pumpScheduled.set(false);
            pump();
          });
    }
  }

  @Override
  public void acknowledged(long opId, long appliedUnixNs) {
    times.acknowledged(opId, appliedUnixNs, time.unixNs());
    if (appliedUnixNs != 0) {
      appliedReceived = new Applied(opId, appliedUnixNs);
    }
    ackReceived.accumulateAndGet(opId, Math::max);
    wake();
  }

  @Override
  public void bookmark() {
    bookmarkWanted.set(true);
    wake();
  }

  @Override
  public void insert(LaneInsertion insertion) {
    insertions.add(insertion);
    wake();
  }

  @Override
  public void compared(DifferingKeys differing) {
    thread.run(
        () -> {
          SyncCourse waiting = course;
          if (comparing && waiting != null && !closed) {
            comparing = false;
            waiting.compared(differing);
            pump();
          }
        });
  }

  @Override
  public void close() {
    tail.remove(this);
    // Again there, since it may go to sleep between the two.
    thread.run(this::stop);
  }

  @Override
  public Progress progress() {
    return progress;
  }

  @Override
  public long headOpId() {
    return tail.head().getOpId();
  }

  @Override
  public @Nullable HandOut handOut(long opId) {
    return times.find(opId);
  }

  /** Nothing for this lane lies up to here. Under the tail's monitor. */
  void quietThrough(long opId) {
    quietThrough = opId;
  }

  private void pump() {
    int turnFrames = 0;
    long turnBytes = 0;
    while (!closed && !comparing && !thread.reading()) {
      takeAcks();
      if (!sink.isReady()) {
        state(State.WAITING_FOR_READER);
        return;
      }
      if (unacknowledged.full()) {
        state(State.WAITING_FOR_ACKS);
        return;
      }
      SyncCourse underWay = course;
      if (underWay != null) {
        readStep(underWay);
        return;
      }
      LaneInsertion insertion = caughtUpSent ? insertions.poll() : null;
      if (insertion != null) {
        Position at = told;
        read(eventLog -> insertion.read(eventLog, at), Runnable::run);
        return;
      }
      examined = Math.max(examined, quietThrough);
      SwarmTail.Next next = tail.next(this, view, examined, maxDeliveryBytes);
      if (next instanceof SwarmTail.Next.Batches batches) {
        state(State.LIVE);
        turnBytes += deliver(batches);
        if (++turnFrames >= MAX_TURN_FRAMES || turnBytes >= maxDeliveryBytes) {
          wake();
          return;
        }
      } else if (next instanceof SwarmTail.Next.Behind behind) {
        fallBehind(behind.head());
      } else if (next instanceof SwarmTail.Next.Asleep asleep) {
        state(State.ASLEEP);
        // A plan is made from the durable head, which the tail may not have heard of yet.
        long head = asleep.head().getOpId();
        examined = Math.max(examined, head);
        boolean bookmark = bookmarkWanted.getAndSet(false) || !caughtUpSent;
        if (bookmark && told.getOpId() < head) {
          tell(DeliveryFrame.bookmark(told.getOpId(), asleep.head()));
        }
        if (!caughtUpSent) {
          tellCaughtUp();
        }
        return;
      }
    }
  }

  /** An ack may be ahead of what was sent here, of an agent that got it from an earlier stream. */
  private void takeAcks() {
    acked = Math.max(acked, Math.min(ackReceived.get(), told.getOpId()));
    long before = unacknowledged.acknowledgedFirst();
    unacknowledged.acknowledged(acked, time.monotonicNs(), this::arrived);
    if (unacknowledged.acknowledgedFirst() > before) {
      sink.acknowledged(unacknowledged.acknowledgedFirst());
    }
  }

  private void arrived(List<RunOrigin> origins) {
    if (meter != null) {
      meter.acknowledged(origins);
      RunOrigin last = origins.get(origins.size() - 1);
      Applied applied = appliedReceived;
      if (applied.opId() == last.lastOpId()) {
        sink.applied(
            last.lastTopic(), last.lastPublisher(), last.lastPublishUnixNs(), applied.unixNs());
      }
    }
  }

  /** Answers how many bytes that were. */
  private int deliver(SwarmTail.Next.Batches next) {
    long afterExclusive = examined;
    examined = next.to().getOpId();
    DeliveryFrame frame =
        DeliveryFrame.of(told.getOpId(), next, view, afterExclusive, pages.loggedUnixNs());
    tell(frame);
    return frame.runBytes();
  }

  private void fallBehind(Position head) {
    if (syncs) {
      caughtUpSent = false;
      sink.fellBehind(told, head);
      begin(new SyncCourse(SyncPlan.between(told, head, view), swarm, log));
      return;
    }
    if (caughtUpSent) {
      caughtUpSent = false;
      catchUpTarget = head.getOpId();
      sink.fellBehind(told, head);
    }
    long from = examined;
    read(
        eventLog -> eventLog.read(swarm, log, view, from, head.getOpId(), maxDeliveryBytes),
        this::pageRead);
  }

  private void begin(SyncCourse next) {
    course = next;
    if (meter != null) {
      meter.syncBegins(next.plan(), "", "");
    }
  }

  private void readStep(SyncCourse underWay) {
    read(
        eventLog -> underWay.read(eventLog, maxDeliveryBytes),
        step -> {
          underWay.took(step);
          stepRead(underWay.plan(), step);
        });
  }

  private <T> void read(Function<EventLog, T> read, Consumer<T> next) {
    state(State.CATCHING_UP);
    thread.read(
        read,
        page -> {
          if (!closed) {
            next.accept(page);
            pump();
          }
        });
  }

  private void stepRead(SyncPlan plan, SyncStep step) {
    if (step instanceof SyncStep.Run run) {
      Page page = run.page();
      boolean worthTelling = !page.operations().isEmpty() || !page.skipped().isEmpty();
      if (worthTelling || page.toInclusive() == plan.target().getOpId()) {
        pageRead(page);
      }
    } else if (step instanceof SyncStep.Keys keys) {
      SnapshotPage page = keys.page().toProto(plan.target(), keys.scope());
      if (meter != null) {
        meter.syncSent(page.getSerializedSize());
      }
      sink.snapshot(page);
    } else if (step instanceof SyncStep.Compare compare) {
      comparing = true;
      state(State.COMPARING);
      sink.compare(compare.scope(), compare.keys(), told);
    } else if (step instanceof SyncStep.End end) {
      course = null;
      if (meter != null) {
        meter.synced(plan.kind(), end.receipt());
      }
      sink.receipt(end.receipt());
      tellCaughtUp();
    }
  }

  private void pageRead(Page page) {
    examined = page.toInclusive();
    CommitTimes times = meter == null ? CommitTimes.UNKNOWN : meter.times(page);
    tell(DeliveryFrame.of(told, page, times));
  }

  private void tell(DeliveryFrame frame) {
    told = frame.to();
    DeliveryFrame sent = frame;
    if (meter != null) {
      if (course != null) {
        meter.syncSent(frame.runBytes());
      }
      unacknowledged.sent(frame);
      noteHandedOut(frame);
      sent = frame.tracing(meter.handedOut(frame));
    }
    // Before the frame leaves: what the agent says of it may be here at once.
    state(progress.state());
    sink.deliver(sent);
    operationsDelivered.add(frame.operationCount());
    if (course == null && !caughtUpSent && told.getOpId() >= catchUpTarget) {
      tellCaughtUp();
    }
  }

  private void noteHandedOut(DeliveryFrame frame) {
    if (frame.operationCount() > 0) {
      long syncTarget = course == null ? 0 : course.plan().target().getOpId();
      times.handedOut(told.getOpId(), syncTarget, time.unixNs());
      tail.figures().handedOut(frame.operationCount(), frame.origins(), time.monotonicNs());
    }
  }

  private void tellCaughtUp() {
    caughtUpSent = true;
    sink.caughtUp(told);
    if (stopAtHead) {
      stop();
    }
  }

  private void fail(Refusal refusal) {
    if (!closed) {
      stop();
      boolean mayComeAgain = syncs && meter != null;
      sink.failed(
          mayComeAgain && refusal.reason() == ErrorReason.ERROR_REASON_BELOW_HORIZON
              ? planIsGone(refusal)
              : refusal);
    }
  }

  /**
   * An agent that was slow has been passed by the horizon. That is no end: another plan begins at
   * the horizon, and names what is lost.
   */
  private static Refusal planIsGone(Refusal belowHorizon) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
        "Expected to go on with the plan of this session, but the log was compacted meanwhile: open another one. %s"
            .formatted(belowHorizon.message()));
  }

  private void stop() {
    if (!closed) {
      times.close();
      if (meter != null) {
        meter.closed();
        tail.agentWent();
      }
    }
    closed = true;
    state(State.CLOSED);
    tail.remove(this);
  }

  private void state(State next) {
    Progress before = progress;
    boolean changes = before.state() != next;
    long nowNs = changes ? time.monotonicNs() : before.sinceNs();
    if (changes && meter != null) {
      meter.left(before.state(), nowNs - before.sinceNs());
    }
    progress = new Progress(next, nowNs, told.getOpId(), acked, unacknowledged.sentFirst());
  }
}
