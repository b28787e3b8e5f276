package dev.swarmlog.reliability.faults.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The coordinator's wall clock jumps by two days, forward and back, while it runs and while it is
 * down, and strobes between the two. The monotonic clock stays as it is. Nothing may come early or
 * late, no operation ID and no logged time may go back, and no session may end. Needs libfaketime.
 */
class ClockJumpIT {
  private static final String SWARM = "fleet";
  private static final long TWO_DAYS_S = TimeUnit.DAYS.toSeconds(2);
  private static final int STROBES = Integer.getInteger("faults.strobes", 25);
  private static final int STROBE_MIN_MS = 50;
  private static final int STROBE_MS = 250;
  private static final int STAYS_MS = 2_500;
  private static final long PUBLISH_EVERY_MS = 200;

  /** From the right time to the end of all keys that are due. */
  private static final Duration SETTLES = Duration.ofSeconds(10);

  /** What the logged time may be off while nobody restarts the coordinator: slewing, and queues. */
  private static final long LOGGED_OFF_MS = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  private final Seed seed = Seed.of(ClockJumpIT.class);
  private final long beganNs = System.nanoTime();
  private final Random random = seed.random(0);
  private final ScheduledExecutorService traffic = Executors.newScheduledThreadPool(1);
  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
  private final ExpiringKeys keys = new ExpiringKeys();
  private final RetriedOperations retried = new RetriedOperations();
  private final AtomicInteger disconnections = new AtomicInteger();
  private final List<String> violations = new ArrayList<>();
  private FakeClock clock;
  private CoordinatorProcess coordinator;
  private int jumps;

  @BeforeEach
  void requireLibrary() {
    assumeThat(FakeClock.library())
        .as("libfaketime, of Debian's package faketime, to give the coordinator another clock")
        .isPresent();
  }

  @Test
  void shouldKeepTimeWhateverTheWallClockDoes() throws Exception {
    clock = new FakeClock(folder);
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess.Builder builder =
          Distribution.coordinator(children, folder.resolve("data"));
      clock.environment().forEach(builder::environment);
      coordinator = builder.build();
      coordinator.start();
      coordinator.awaitListening();
      try (SwarmConnection connection = SwarmConnection.to(coordinator.target());
          SwarmPublisher publisher = SwarmPublisher.builder(connection, SWARM, "planner").start();
          SwarmAgent agent = startAgent(connection)) {
        agent.awaitCaughtUp(PATIENCE);
        // when, then
        long lastOpId = jumpWhileItRuns(publisher);
        jumpWhileItIsDown(publisher, agent);
        await().atMost(PATIENCE).until(() -> retried.waitingCount() == 0);
        violations.addAll(retried.findings());
        checkLog(lastOpId);
      } finally {
        traffic.shutdownNow();
        timer.shutdownNow();
      }
    }
    ResultTable.add(
        "C13, clocks",
        "%d jumps of two days, 3 of them while down; %d keys expired, %d retries"
            .formatted(jumps, keys.deletedCount(), retried.givenCount()),
        violations.size(),
        seed,
        beganNs);
    assertThat(violations).as("violations; again: %s", seed.replay()).isEmpty();
  }

  private SwarmAgent startAgent(SwarmConnection connection) {
    return SwarmAgent.builder(connection, SWARM, "agent")
        .on(RetriedOperations.TOPIC, RetriedOperations.TYPE, retried::apply)
        .on(ExpiringKeys.TOPIC, operation -> {})
        .onDelete(ExpiringKeys.TOPIC, keys::deleted)
        .listener(
            new AgentListener() {
              @Override
              public void disconnected(RetryableException why, Duration retryIn) {
                disconnections.incrementAndGet();
              }
            })
        .start();
  }

  /**
   * Forward, back to the right time, back, forward to it, and strobes.
   *
   * @return the last operation before the coordinator is stopped for the first time
   */
  private long jumpWhileItRuns(SwarmPublisher publisher) throws Exception {
    try (LimitedPublisher limited = new LimitedPublisher(coordinator.target())) {
      var publishing =
          traffic.scheduleAtFixedRate(
              () -> {
                keys.publish(publisher);
                retried.publish(publisher);
              },
              0,
              PUBLISH_EVERY_MS,
              TimeUnit.MILLISECONDS);
      stay(STAYS_MS);
      for (long aheadS : new long[] {TWO_DAYS_S, 0, -TWO_DAYS_S, 0, TWO_DAYS_S, -TWO_DAYS_S}) {
        jump(aheadS);
        stay(STAYS_MS);
      }
      for (int strobe = 0; strobe < STROBES; strobe++) {
        jump(random.nextInt(3) * TWO_DAYS_S - TWO_DAYS_S);
        stay(STROBE_MIN_MS + random.nextInt(STROBE_MS));
      }
      jump(0);
      stay(STAYS_MS);
      publishing.cancel(false);
      traffic.submit(() -> {}).get();
      // Nothing is late: what is due goes once the clocks agree.
      await().atMost(SETTLES).until(() -> keys.overdue() == 0 && retried.waitingCount() == 0);
      limited.stop().ifPresent(violations::add);
    }
    violations.addAll(keys.early());
    assertThat(keys.deletedCount()).as("keys that expired").isPositive();
    assertThat(retried.givenCount()).as("operations that came again").isPositive();
    if (disconnections.get() > 0) {
      violations.add(
          "Expected the agent to stay connected, but it was not, %d times"
              .formatted(disconnections.get()));
    }
    return publishOne(publisher).getOpId();
  }

  /** Starts at another time, three times: behind, ahead, and at the right time again. */
  private void jumpWhileItIsDown(SwarmPublisher publisher, SwarmAgent agent) throws Exception {
    retried.excuse();
    for (long aheadS : new long[] {-TWO_DAYS_S, TWO_DAYS_S, 0}) {
      coordinator.kill();
      jump(aheadS);
      coordinator.start();
      coordinator.awaitListening();
      retried.publish(publisher);
      publishOne(publisher);
      await().atMost(PATIENCE).until(() -> agent.state() == AgentState.LIVE);
      await().atMost(PATIENCE).until(() -> retried.waitingCount() == 0);
    }
  }

  private static Position publishOne(SwarmPublisher publisher) throws Exception {
    return publisher.publish(RetriedOperations.other()).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private void jump(long aheadS) throws IOException {
    clock.set(aheadS);
    jumps++;
  }

  /** Lets time pass: that is what is tested. */
  private void stay(int ms) throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    timer.schedule(over::countDown, ms, TimeUnit.MILLISECONDS);
    assertThat(over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Operation IDs and logged times of both swarms, from the first to the last. */
  private void checkLog(long lastOpIdBeforeKills) {
    for (String swarm : List.of(SWARM, LimitedPublisher.SWARM)) {
      long lastOpId = 0;
      long lastNs = 0;
      for (Operation operation : read(swarm)) {
        if (operation.getOpId() != lastOpId + 1) {
          violations.add(
              "Expected operation %d of %s, but got %d"
                  .formatted(lastOpId + 1, swarm, operation.getOpId()));
        }
        if (operation.getAppendTimeUnixNano() < lastNs) {
          violations.add(
              "Expected logged time not to go back, but it did by %d ns at operation %d of %s"
                  .formatted(
                      lastNs - operation.getAppendTimeUnixNano(), operation.getOpId(), swarm));
        }
        if (swarm.equals(SWARM) && operation.getOpId() <= lastOpIdBeforeKills) {
          jumped(operation).ifPresent(violations::add);
        }
        lastOpId = operation.getOpId();
        lastNs = operation.getAppendTimeUnixNano();
      }
      assertThat(lastOpId).as("operations of %s", swarm).isPositive();
    }
  }

  /** Whether the logged time is far from the publisher's, whose clock is right. */
  private static Optional<String> jumped(Operation operation) {
    long publishedNs = operation.getPublishTimeUnixNano();
    long offMs = TimeUnit.NANOSECONDS.toMillis(operation.getAppendTimeUnixNano() - publishedNs);
    return publishedNs == 0 || Math.abs(offMs) <= LOGGED_OFF_MS
        ? Optional.empty()
        : Optional.of(
            "Expected the logged time of operation %d to be about the publisher's, but it is %d ms ahead"
                .formatted(operation.getOpId(), offMs));
  }

  private List<Operation> read(String swarm) {
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(Log.LOG_MAIN)
            .setAfterOpId(0)
            .setStopAtHead(true)
            .build();
    List<Operation> operations = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(coordinator.target());
        FrameStream<TailResponse> frames = client.tail(request)) {
      while (frames.hasNext()) {
        operations.addAll(frames.next().getDelivery().getOperationsList());
      }
    }
    return operations;
  }
}
