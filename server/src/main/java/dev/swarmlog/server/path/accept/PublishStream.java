package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.trace.GroupTrace;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.Connection;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.grpc.Principals;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.Exclusion;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.OpenProducer;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRefusal;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A producer's stream: groups come in, acks go out, in the same order.
 *
 * <p>While too many groups are unanswered, a group waits for tokens ({@link RateWait}), the shard
 * has no room, or memory is scarce, the next frame is not asked for, and the stream's window fills.
 * Fields are guarded by the monitor: callbacks come on the event loop, outcomes on the shard's
 * writer thread, answers leave on the stream's serial executor.
 */
final class PublishStream implements StreamObserver<PublishStreamRequest>, OpenStreams.Draining {

  private final StreamContext context;
  private final Responder<PublishStreamResponse> responder;
  private final Principal principal;
  private final Executor executor;
  private final FirstFrame firstFrame;
  private final RateWait rateWait;
  private final AtomicBoolean flushScheduled = new AtomicBoolean();
  private final Runnable requestMore = this::requestMore;

  // Used by flush only, which runs on the stream's executor.
  private final GroupTurns turns;

  /** What keeps a swarm safe is taken in however scarce memory is. Written by Hello. */
  private volatile boolean control;

  // Guarded by this. Invariant: answers are in the order of the requests; inFlightBytes is their
  // sum.
  private final ArrayDeque<Answer> answers = new ArrayDeque<>();
  private long inFlightBytes;
  private boolean frameWanted = true;
  private boolean waitingForRoom;
  private boolean opening;
  private boolean halfClosed;
  private boolean draining;
  private @Nullable Producer producer;

  /** Who publishes, once that is settled. */
  private record Producer(ProducerHello hello, Shard shard, long epoch, PublisherConduct conduct) {}

  /** The place of one answer; filled when the outcome is known. */
  private static final class Answer {
    private final int bytes;
    private @Nullable Verdict verdict;

    Answer(int bytes) {
      this.bytes = bytes;
    }
  }

  /** What became of a group. */
  private sealed interface Verdict {
    record Accepted(PublishStreamResponse response) implements Verdict {}

    record Refused(long number, Refusal refusal) implements Verdict {}

    /** Something is wrong with the group itself, which counts if it is its turn. */
    record Unfit(long number, Refusal refusal, PublisherConduct conduct) implements Verdict {}
  }

  private PublishStream(
      StreamContext context, ServerCallStreamObserver<PublishStreamResponse> call) {
    this.context = context;
    this.responder = context.responder(call);
    this.principal = Principals.current();
    this.executor = context.serial().next();
    this.firstFrame = context.firstFrame("ProducerHello", responder);
    this.rateWait = new RateWait(context);
    this.turns = new GroupTurns(context.limits().maxInFlightGroups());
  }

  static PublishStream open(
      StreamContext context, ServerCallStreamObserver<PublishStreamResponse> call) {
    PublishStream stream = new PublishStream(context, call);
    call.disableAutoRequest();
    stream.responder.whenReady(stream::scheduleFlush);
    stream.responder.whenClosed(stream::closed);
    context.openStreams().opened(stream);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(PublishStreamRequest request) {
    switch (request.getFrameCase()) {
      case HELLO -> hello(request.getHello());
      case GROUP -> group(request.getGroup());
      case FRAME_NOT_SET -> responder.refuse(Frames.unknown());
    }
  }

  @Override
  public void onError(Throwable failure) {
    closed();
  }

  @Override
  public synchronized void onCompleted() {
    halfClosed = true;
    scheduleFlush();
  }

  @Override
  public synchronized void drain() {
    draining = true;
    scheduleFlush();
  }

  private void hello(ProducerHello hello) {
    if (!firstFrame.came()) {
      return;
    }
    synchronized (this) {
      opening = true;
    }
    control = hello.getLog() == Log.LOG_CONTROL;
    Refusal refusal = context.admission().checkProducer(hello);
    if (refusal == null) {
      Exclusion exclusion = context.breakers().exclusion(hello.getSwarm(), hello.getPublisher());
      if (exclusion != null) {
        context.heldCalls().refuse(exclusion, responder);
        return;
      }
      Connection.serves(hello.getSwarm(), hello.getPublisher());
    }
    if (refusal == null && !control) {
      refusal = context.withoutRoomForData();
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    context
        .admission()
        .enter(
            hello.getSwarm(),
            responder.orRefuse(
                (shard, swarm) -> {
                  openProducer(hello, shard);
                }));
  }

  private void openProducer(ProducerHello hello, Shard shard) {
    Command command =
        Command.newBuilder()
            .setOpenProducer(
                OpenProducer.newBuilder()
                    .setSwarm(hello.getSwarm())
                    .setProducerId(hello.getProducerId())
                    .setPrincipal(principal.name())
                    .setLog(hello.getLog())
                    .setResumeEpoch(hello.getProducerEpoch()))
            .build();
    ShardWriter.Reception reception =
        shard
            .writer()
            .propose(
                new Proposal(
                    flow(hello),
                    command,
                    command.getSerializedSize(),
                    new Proposal.Listener() {
                      @Override
                      public void settled(Outcome outcome, Durability durability) {
                        producerSettled(hello, shard, outcome);
                      }

                      @Override
                      public void abandoned() {
                        responder.refuse(Admission.shuttingDown());
                      }
                    }));
    if (reception != ShardWriter.Reception.TAKEN) {
      responder.refuse(Admission.notTaken(reception));
    }
  }

  private void producerSettled(ProducerHello hello, Shard shard, Outcome outcome) {
    if (outcome instanceof Outcome.ProducerOpened opened) {
      synchronized (this) {
        producer =
            new Producer(
                hello,
                shard,
                opened.epoch(),
                context.conduct(hello.getSwarm(), hello.getPublisher()));
      }
      responder.send(
          PublishStreamResponse.newBuilder()
              .setWelcome(
                  ProducerWelcome.newBuilder()
                      .setProducerEpoch(opened.epoch())
                      .setNextNumber(opened.nextNumber())
                      .setMaxInFlightGroups(context.limits().maxInFlightGroups())
                      .setLimits(context.limits().toProto()))
              .build());
      synchronized (this) {
        opening = false;
      }
      scheduleFlush();
      responder.requestOne();
    } else {
      responder.refuse(Outcomes.refusal(outcome));
    }
  }

  private void group(PublishGroup group) {
    Producer current;
    Answer answer = new Answer(group.getSerializedSize());
    synchronized (this) {
      if (draining) {
        // Not taken in: the producer sends again what has no answer.
        return;
      }
      current = producer;
      answers.addLast(answer);
      inFlightBytes += answer.bytes;
      frameWanted = false;
      // Before anything else: an answer that leaves now asks for the next frame, and a group that
      // comes while this one waits for tokens could overtake it.
      waitingForRoom = true;
    }
    if (current == null) {
      responder.refuse(Admission.violation("Expected ProducerHello first, but got a group."));
      return;
    }
    Refusal notServed = current.conduct().refusal();
    if (notServed != null) {
      responder.refuse(notServed);
      return;
    }
    Refusal refusal = context.admission().checkGroup(group, current.hello().getLog());
    if (refusal == null && group.getNumber() == 0) {
      refusal = Admission.violation("Expected groups to be numbered from 1, but got number 0.");
    }
    if (refusal != null) {
      settle(answer, new Verdict.Unfit(group.getNumber(), refusal, current.conduct()));
      roomFound();
      return;
    }
    ReceivedGroup received =
        context.received(current.hello().getSwarm(), current.hello().getPublisher(), group);
    rateWait.ask(
        current.hello(),
        group,
        new RateWait.Listener() {
          @Override
          public void passed() {
            received.passed();
            propose(current, received, answer);
          }

          @Override
          public void refused(Refusal refusal, boolean lawful) {
            received.refused(refusal);
            turnedAway(current, group, answer, refusal, lawful);
          }
        });
    received.waits();
  }

  private void turnedAway(
      Producer current, PublishGroup group, Answer answer, Refusal refusal, boolean lawful) {
    if (refusal.reason() == ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE) {
      settle(answer, new Verdict.Unfit(group.getNumber(), refusal, current.conduct()));
    } else {
      current.conduct().turnedAway(refusal, lawful);
      settle(answer, new Verdict.Refused(group.getNumber(), refusal));
    }
    roomFound();
  }

  private void propose(Producer current, ReceivedGroup received, Answer answer) {
    PublishGroup group = received.group();
    Command command =
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(current.hello().getSwarm())
                    .setLog(current.hello().getLog())
                    .setPublisher(current.hello().getPublisher())
                    .setPrincipal(principal.name())
                    .setProducerId(current.hello().getProducerId())
                    .setProducerEpoch(current.epoch())
                    .setGroup(group))
            .build();
    Proposal proposal =
        new Proposal(
            flow(current.hello()),
            command,
            answer.bytes,
            new Proposal.Listener() {
              @Override
              public void settled(Outcome outcome, Durability durability) {
                if (outcome instanceof Outcome.Appended appended) {
                  received.appended(appended);
                  current
                      .shard()
                      .deliveries()
                      .received(current.hello().getSwarm(), appended, received.receivedNs());
                  current.conduct().accepted();
                  settle(
                      answer,
                      new Verdict.Accepted(accepted(group.getNumber(), appended, durability)));
                } else {
                  Refusal refusal = Outcomes.refusal(outcome);
                  received.refused(refusal);
                  current.conduct().refused(refusal);
                  settle(answer, new Verdict.Refused(group.getNumber(), refusal));
                }
              }

              @Override
              public GroupTrace trace() {
                return received.trace();
              }

              @Override
              public void abandoned() {
                received.refused(Admission.shuttingDown());
                settle(answer, new Verdict.Refused(group.getNumber(), Admission.shuttingDown()));
              }
            });
    switch (current.shard().writer().propose(proposal, this::roomFound)) {
      case TAKEN -> roomFound();
      case HOLD_BACK -> {
        // No other frame is asked for until roomFound is called: one per stream waits without room.
      }
      case FULL -> throw new IllegalStateException("Expected the mailbox to keep the group");
      case DISK_FULL -> {
        Refusal refusal = DiskSpace.noRoom();
        received.refused(refusal);
        rateWait.refused(group.getNumber(), refusal);
        settle(answer, new Verdict.Refused(group.getNumber(), refusal));
        roomFound();
      }
      case STOPPING -> proposal.listener().abandoned();
    }
  }

  private void roomFound() {
    synchronized (this) {
      waitingForRoom = false;
    }
    requestMore();
  }

  private static Flow flow(ProducerHello hello) {
    return new Flow(hello.getSwarm(), hello.getPublisher());
  }

  private void settle(Answer answer, Verdict verdict) {
    synchronized (this) {
      answer.verdict = verdict;
    }
    scheduleFlush();
  }

  private void scheduleFlush() {
    if (flushScheduled.compareAndSet(false, true)) {
      try {
        executor.execute(
            () -> {
              flushScheduled.set(false);
              flush();
            });
      } catch (RejectedExecutionException e) {
        responder.refuse(Admission.shuttingDown());
      }
    }
  }

  private void flush() {
    while (responder.isReady()) {
      Verdict verdict;
      synchronized (this) {
        Answer oldest = answers.peekFirst();
        if (oldest == null || oldest.verdict == null) {
          break;
        }
        answers.removeFirst();
        inFlightBytes -= oldest.bytes;
        verdict = oldest.verdict;
      }
      responder.send(inTurn(verdict));
    }
    boolean allAnswered;
    boolean finished;
    boolean goneSoon;
    synchronized (this) {
      allAnswered = answers.isEmpty() && !opening;
      finished = halfClosed;
      goneSoon = draining;
    }
    if (allAnswered && finished) {
      responder.complete();
    } else if (allAnswered && goneSoon) {
      responder.refuse(Admission.shuttingDown());
    } else {
      requestMore();
    }
  }

  private PublishStreamResponse inTurn(Verdict verdict) {
    if (verdict instanceof Verdict.Unfit unfit) {
      Refusal judged = turns.judge(unfit.number(), unfit.refusal());
      unfit.conduct().refused(judged);
      return refused(unfit.number(), judged);
    }
    if (verdict instanceof Verdict.Refused refused) {
      turns.refused(refused.number(), refused.refusal());
      return refused(refused.number(), refused.refusal());
    }
    turns.appended();
    return ((Verdict.Accepted) verdict).response();
  }

  /** Asks for the next frame, if one was taken in and there is room for another. */
  private void requestMore() {
    if (!control && !context.memory().admits(requestMore)) {
      return;
    }
    synchronized (this) {
      if (frameWanted
          || waitingForRoom
          || answers.size() >= context.limits().maxInFlightGroups()
          || inFlightBytes >= context.limits().maxInFlightBytesPerStream()) {
        return;
      }
      frameWanted = true;
    }
    responder.requestOne();
  }

  private void closed() {
    context.openStreams().closed(this);
    context.memory().forget(requestMore);
    firstFrame.forget();
    rateWait.end();
    responder.cancelled();
  }

  private static PublishStreamResponse accepted(
      long number, Outcome.Appended appended, Durability durability) {
    return PublishStreamResponse.newBuilder()
        .setAck(Outcomes.ack(number, appended, durability))
        .build();
  }

  private static PublishStreamResponse refused(long number, Refusal refusal) {
    return PublishStreamResponse.newBuilder()
        .setRefusal(
            PublishRefusal.newBuilder().setNumber(number).setStatus(ErrorStatus.of(refusal)))
        .build();
  }
}
