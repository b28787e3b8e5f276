package dev.swarmlog.reliability.faults.load;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A producer that numbers its groups by itself, on the bare contract. Whenever its stream breaks,
 * it opens another, sends again what was not answered, and also some of what was: each must get its
 * first answer.
 *
 * <p>One thread of its own runs it. A broken promise goes to {@link Violations}.
 */
public final class NumberedProducer {
  private static final int MAX_IN_FLIGHT = 16;
  private static final int MAX_ASKED_AGAIN = 24;
  private static final long LOOK_EVERY_MS = 100;

  private final ManagedChannel channel;
  private final String swarm;
  private final String name;
  private final PlannedGroups plan;
  private final Violations violations;
  private final Random random;
  private final AckJournal journal = new AckJournal();
  private final Thread thread;
  private volatile boolean publishing = true;
  private volatile boolean abandoned;
  private long epoch;
  private volatile long askedAgain;

  public NumberedProducer(
      ManagedChannel channel,
      String swarm,
      String name,
      Log log,
      String agent,
      long seed,
      Violations violations) {
    this.channel = channel;
    this.swarm = swarm;
    this.name = name;
    this.plan = new PlannedGroups(seed, name, log, agent);
    this.violations = violations;
    this.random = new Random(seed);
    this.thread = new Thread(this::run, "producer " + swarm + "/" + name);
    this.thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  public String swarm() {
    return swarm;
  }

  public String name() {
    return name;
  }

  public Log log() {
    return plan.log();
  }

  public AckJournal journal() {
    return journal;
  }

  /** How many groups that had an answer were sent again. */
  public long askedAgain() {
    return askedAgain;
  }

  PlannedGroups plan() {
    return plan;
  }

  /** Sends nothing new, and returns when all that was sent is answered. */
  public void finish(long timeoutMs) throws InterruptedException {
    publishing = false;
    thread.join(timeoutMs);
    if (thread.isAlive()) {
      violations.add(
          "Expected %s/%s to be answered within %d ms, but group %d of %d is not",
          swarm, name, timeoutMs, journal.answered() + 1, journal.asked());
      abandon();
    }
  }

  /** Ends it, whatever was answered. */
  public void abandon() {
    abandoned = true;
    thread.interrupt();
  }

  private boolean goesOn() {
    return !abandoned && (publishing || journal.answered() < journal.asked());
  }

  private void run() {
    try {
      while (goesOn()) {
        new Stream().run();
      }
    } catch (InterruptedException e) {
      // Somebody has abandoned it.
      return;
    } catch (RuntimeException e) {
      violations.add("Expected %s/%s to go on, but: %s", swarm, name, e);
    }
  }

  /** One stream, from its hello to its end. Its observer runs on gRPC's threads. */
  private final class Stream implements StreamObserver<PublishStreamResponse> {
    private final BlockingQueue<PublishStreamResponse> frames = new LinkedBlockingQueue<>();
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;
    private long next;
    private long resentThrough;

    void run() throws InterruptedException {
      StreamObserver<PublishStreamRequest> requests =
          PublishServiceGrpc.newStub(channel).withWaitForReady().publishStream(this);
      requests.onNext(
          PublishStreamRequest.newBuilder()
              .setHello(
                  ProducerHello.newBuilder()
                      .setSwarm(swarm)
                      .setPublisher(name)
                      .setProducerId(swarm + "/" + name)
                      .setProducerEpoch(epoch)
                      .setLog(plan.log()))
              .build());
      while (goesOn() && !(ended && frames.isEmpty())) {
        PublishStreamResponse frame = frames.poll(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        if (frame != null) {
          took(frame);
        }
        if (next > 0 && !ended) {
          send(requests);
        }
      }
      complain();
      if (!ended) {
        requests.onCompleted();
      }
    }

    private void took(PublishStreamResponse frame) {
      switch (frame.getFrameCase()) {
        case WELCOME -> welcomed(frame.getWelcome());
        case ACK -> acknowledged(frame.getAck());
        case REFUSAL ->
            violations.add(
                "Expected group %d of %s/%s to be taken, but it was refused: %s",
                frame.getRefusal().getNumber(),
                swarm,
                name,
                frame.getRefusal().getStatus().getMessage());
        default -> violations.add("Expected an answer, but got %s", frame);
      }
    }

    private void welcomed(ProducerWelcome welcome) {
      if (epoch != 0 && welcome.getProducerEpoch() != epoch) {
        violations.add(
            "Expected %s/%s to go on in its epoch %d, but got %d",
            swarm, name, epoch, welcome.getProducerEpoch());
      }
      epoch = welcome.getProducerEpoch();
      long expected = welcome.getNextNumber();
      if (expected <= journal.answered() || expected > journal.asked() + 1) {
        violations.add(
            "Expected the next number of %s/%s to be %d to %d, but the coordinator expects %d",
            swarm, name, journal.answered() + 1, journal.asked() + 1, expected);
      }
      next = Math.max(1, journal.answered() + 1 - random.nextInt(MAX_ASKED_AGAIN));
      resentThrough = journal.answered();
    }

    private void acknowledged(PublishAck ack) {
      Answer answer = Answer.of(ack);
      Answer first = journal.keep(ack.getNumber(), answer);
      if (first != null) {
        askedAgain++;
        if (!first.saysTheSame(answer) || !ack.getDuplicate()) {
          violations.add(
              "Expected group %d of %s/%s to get its first answer %s again, but got %s, duplicate=%s",
              ack.getNumber(), swarm, name, first, answer, ack.getDuplicate());
        }
      }
    }

    private void send(StreamObserver<PublishStreamRequest> requests) {
      long last = publishing ? journal.answered() + MAX_IN_FLIGHT : journal.asked();
      for (; next <= Math.max(last, resentThrough); next++) {
        journal.sent(next);
        requests.onNext(PublishStreamRequest.newBuilder().setGroup(plan.group(next)).build());
      }
    }

    /**
     * A coordinator that goes breaks streams; one that ends them with a refusal breaks a promise.
     */
    private void complain() {
      Throwable thrown = failure;
      if (thrown == null) {
        return;
      }
      switch (io.grpc.Status.fromThrowable(thrown).getCode()) {
        case UNAVAILABLE, CANCELLED -> {}
        default -> {
          violations.add("Expected %s/%s to be served, but: %s", swarm, name, thrown.getMessage());
          abandoned = true;
        }
      }
    }

    @Override
    public void onNext(PublishStreamResponse frame) {
      frames.add(frame);
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
      ended = true;
    }

    @Override
    public void onCompleted() {
      ended = true;
    }
  }
}
