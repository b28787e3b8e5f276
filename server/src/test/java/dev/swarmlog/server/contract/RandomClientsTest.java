package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Twenty clients do as they like at the same time; what each agent applied is compared with a naive
 * reading of the whole log.
 *
 * <p>The seed decides what clients do, not how their threads interleave. It is printed; {@code
 * -Dswarmlog.seed=N} plays it again.
 */
class RandomClientsTest {

  private static final String SWARM = "random";
  private static final int PUBLISHERS = 6;
  private static final int GROUPS_PER_PUBLISHER = 150;

  static LongStream seeds() {
    Long given = Long.getLong("swarmlog.seed");
    return given != null ? LongStream.of(given) : LongStream.of(1, 2, System.nanoTime());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldShowEachAgentExactlyItsViewInOrderAndOnce(long seed, @TempDir Path directory)
      throws Exception {
    System.out.println("RandomClientsTest: -Dswarmlog.seed=" + seed);
    // Small bounds, so that agents fall behind, wait for acks, and get many deliveries.
    try (Coordinator coordinator =
        Coordinator.on(
            directory,
            Coordinator.limits(
                "maxGroupRecords",
                10,
                "maxUnacknowledgedOperations",
                40,
                "maxDeliveryBytes",
                2_000,
                "maxTailBatchesPerSwarm",
                4,
                "heartbeatTimeout",
                Duration.ofMinutes(10)))) {
      // given
      Progress progress = new Progress(PUBLISHERS * GROUPS_PER_PUBLISHER);
      List<RandomPublisher> publishers = new ArrayList<>();
      for (int i = 0; i < PUBLISHERS; i++) {
        Random random = new Random(seed * 1_000 + i);
        publishers.add(
            new RandomPublisher(
                coordinator, SWARM, "publisher" + i, random, GROUPS_PER_PUBLISHER, progress));
      }
      List<RandomAgent> agents = new ArrayList<>();
      for (int i = 0; i < RandomAgent.NAMES; i++) {
        Random random = new Random(seed * 1_000 + 500 + i);
        agents.add(new RandomAgent(coordinator, SWARM, "agent" + i, random, progress));
      }

      // when
      run(publishers, agents);

      // then
      List<Operation> whole = coordinator.everything(SWARM, Log.LOG_MAIN);
      Position head = coordinator.swarm(SWARM).getSwarm().getMainHead();
      assertThat(whole).hasSize((int) head.getOpId());
      RunningHash hash = RunningHash.of(whole);
      assertThat(hash.agreesWith(head)).isTrue();
      publishers.forEach(publisher -> checkAcknowledged(publisher, whole));
      assertThat(whole)
          .as("nothing is there that nobody published")
          .hasSize(
              publishers.stream()
                  .flatMap(publisher -> publisher.acknowledged().stream())
                  .mapToInt(acknowledged -> acknowledged.texts().size())
                  .sum());
      for (RandomAgent agent : agents) {
        assertThat(agent.applied())
            .as("what %s applied, redelivered %d", agent, agent.redelivered())
            .isEqualTo(whole.stream().filter(agent::shouldSee).toList());
        assertThat(agent.positions())
            .as("positions of %s", agent)
            .allSatisfy(position -> assertThat(hash.agreesWith(position)).isTrue());
      }
      assertThat(agents.stream().mapToInt(RandomAgent::redelivered).sum())
          .as("some resumed from an older position, or this test shows little")
          .isPositive();
    }
  }

  private static void checkAcknowledged(RandomPublisher publisher, List<Operation> whole) {
    Map<String, Long> opIds = new HashMap<>();
    whole.forEach(
        op -> opIds.merge(op.getPayload().getData().toStringUtf8(), op.getOpId(), (a, b) -> -1L));
    long before = 0;
    for (RandomPublisher.Acknowledged acknowledged : publisher.acknowledged()) {
      long opId = acknowledged.ack().getFirstOpId();
      assertThat(opId).as("in the order of the numbers").isGreaterThan(before);
      for (String text : acknowledged.texts()) {
        assertThat(opIds.get(text)).as("%s, once and where the ack says", text).isEqualTo(opId++);
      }
      before = opId - 1;
    }
  }

  private static void run(List<RandomPublisher> publishers, List<RandomAgent> agents)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(publishers.size() + agents.size());
    try {
      List<CompletableFuture<Void>> running = new ArrayList<>();
      publishers.forEach(p -> running.add(CompletableFuture.runAsync(p, threads)));
      agents.forEach(a -> running.add(CompletableFuture.runAsync(a, threads)));
      for (CompletableFuture<Void> client : running) {
        client.get(120, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
