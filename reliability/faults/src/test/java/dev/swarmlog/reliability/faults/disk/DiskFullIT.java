package dev.swarmlog.reliability.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator on a disk that fills up, by itself and by others (C10): what is published is
 * refused with a reason, control and reading go on, and when there is space again it goes on by
 * itself.
 */
class DiskFullIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int DISK_MIB = 750;
  private static final int BYTES = 20_000;
  private static final int MAX_PENDING = 300;
  private static final String ADMINISTERED = "administered";
  private static final String RESERVE = "reserve";

  private final Seed seed = Seed.of(DiskFullIT.class);
  private final long startNs = System.nanoTime();
  private final List<DiskLoad> loads = new ArrayList<>();
  private Children children;
  private SmallDisk disk;
  private CoordinatorProcess coordinator;
  private ManagedChannel channel;

  @TempDir private Path folder;

  @BeforeEach
  void mount() throws Exception {
    children = Distribution.children(folder.resolve("logs"));
    disk = SmallDisk.mount(children, folder.resolve("disk"), DISK_MIB);
    coordinator =
        Distribution.coordinator(children, disk.path().resolve("data"))
            .wrapper(disk.wrapper())
            .arguments(
                "--shards",
                "2",
                "--disk-low",
                "320MiB",
                "--disk-reserve",
                "24MiB",
                "--trace-file",
                disk.path().resolve("traces.json").toString())
            .build();
  }

  @AfterEach
  void end() throws Exception {
    loads.forEach(DiskLoad::close);
    if (channel != null) {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
    children.close();
  }

  @Test
  void shouldGoOnWithControlAndReadingOnADiskThatFillsUp() throws Exception {
    // given one of which others have taken nearly as much as they may
    start();
    awaitReserve();
    disk.takeAllBut("", 330 << 20);
    for (int i = 0; i < 10; i++) {
      assertThat(Attempt.of(channel, ADMINISTERED, Topic.TOPIC_COMMANDS).accepted()).isTrue();
    }

    // when data fills it
    floodUntilLow();

    // then that is refused, and all else goes on
    assertRefused(Topic.TOPIC_COMMANDS);
    assertSafetyActionsWork();
    assertAdministrationWorks();
    checkReading();

    // when somebody else takes the rest, to the last byte
    disk.fill("");
    awaitReserveGivenUp();
    disk.leave("", 16 << 20);
    assertRefused(Topic.TOPIC_COMMANDS);
    assertSafetyActionsWork();
    checkReading();

    // when it is killed there, and started again
    restart();
    assertRefused(Topic.TOPIC_COMMANDS);
    assertSafetyActionsWork();
    checkReading();

    // when there is space
    disk.free("");

    // then all that waits goes through
    awaitRecovered();
    checkAll();
    awaitReserve();
    ResultTable.add("C10, disk full", "1 disk, 3 swarms, 1 kill", 0, seed, startNs);
  }

  @Test
  void shouldStartToBeReadWithoutAByteAndRecover() throws Exception {
    // given a disk on which not even the reserve is left
    start();
    flood(40);
    checkAll();
    disk.fill("");
    awaitReserveGivenUp();
    disk.fill("");
    assertTakenOrRefused(Topic.TOPIC_CONTROL);

    // when it is killed and started
    restart();

    // then it can be read, and says why it takes nothing
    checkReading();
    assertRefused(Topic.TOPIC_COMMANDS);
    assertTakenOrRefused(Topic.TOPIC_CONTROL);
    assertThat(coordinator.isAlive()).isTrue();

    // when there is space for a moment only, again and again
    for (int round = 0; round < 3; round++) {
      disk.free("");
      disk.fill("");
    }
    assertThat(coordinator.isAlive()).isTrue();
    checkReading();

    // when there is space
    disk.free("");
    awaitRecovered();
    assertSafetyActionsWork();
    flood(10);
    checkAll();
    ResultTable.add("C10, no byte left at the start", "1 disk, 3 swarms, 1 kill", 0, seed, startNs);
  }

  @Test
  void shouldShedTelemetryWhereThatAloneFindsNoRoom() throws Exception {
    // given
    disk.mountWithin("data/telemetry", 30);
    start();
    awaitMeasured(0, DiskLoad::measured);
    disk.fill("data/telemetry");

    // when
    awaitMeasured(0, DiskLoad::shed);

    // then
    flood(20);
    assertSafetyActionsWork();
    checkAll();
    assertThat(attempt(Topic.TOPIC_COMMANDS).accepted()).isTrue();
    assertThat(coordinator.log()).contains("no room in", "to write telemetry");

    // and it is taken again when there is space
    disk.free("data/telemetry");
    awaitMeasured(loads.get(0).measured(), DiskLoad::measured);
    ResultTable.add("C10, telemetry alone", "1 disk, 3 swarms", 0, seed, startNs);
  }

  private void awaitMeasured(long more, ToLongFunction<DiskLoad> count) {
    await("telemetry")
        .atMost(PATIENCE)
        .until(
            () -> {
              loads.get(0).measure(1_000);
              return count.applyAsLong(loads.get(0)) > more;
            });
  }

  private void start() throws Exception {
    coordinator.start();
    coordinator.awaitListening();
    channel =
        Grpc.newChannelBuilder(coordinator.target(), InsecureChannelCredentials.create()).build();
    for (int i = 0; i < 3; i++) {
      DiskLoad load = new DiskLoad(coordinator.target(), "swarm-" + i, seed.random(i));
      loads.add(load);
      var unused = load.publish(Topic.TOPIC_CONTROL, 100).get(30, TimeUnit.SECONDS);
    }
  }

  private void restart() throws Exception {
    coordinator.kill();
    coordinator.start();
    coordinator.awaitListening();
    channel.resetConnectBackoff();
  }

  private void flood(int groups) {
    for (int i = 0; i < groups; i++) {
      for (DiskLoad load : loads) {
        if (load.pending() < MAX_PENDING) {
          var unused = load.publish(Topic.TOPIC_COMMANDS, BYTES);
        }
      }
    }
  }

  private void floodUntilLow() throws Exception {
    await("low disk")
        .atMost(PATIENCE)
        .until(
            () -> {
              flood(50);
              return !attempt(Topic.TOPIC_COMMANDS).accepted();
            });
  }

  private Attempt attempt(Topic topic) throws Exception {
    return Attempt.of(channel, "swarm-0", topic);
  }

  private void assertRefused(Topic topic) throws Exception {
    Attempt attempt = attempt(topic);
    assertThat(attempt.refusedForSpace()).as("%s: %s", topic, attempt).isTrue();
  }

  /** Without a reserve what was preallocated may be room enough for control, or not. */
  private void assertTakenOrRefused(Topic topic) throws Exception {
    // The one that finds no room gets no answer: nobody knows yet what became of it.
    await("answer")
        .atMost(PATIENCE)
        .until(
            () -> {
              Attempt attempt = attempt(topic);
              return attempt.accepted() || attempt.refusedForSpace();
            });
  }

  private void awaitReserveGivenUp() {
    await("reserve given up")
        .atMost(PATIENCE)
        .until(() -> !Files.exists(disk.seen("data/" + RESERVE)));
  }

  /** A safety action is acknowledged, and delivered to an agent that is connected. */
  private void assertSafetyActionsWork() throws Exception {
    for (DiskLoad load : loads) {
      Position position = load.publish(Topic.TOPIC_CONTROL, 200).get(40, TimeUnit.SECONDS);
      assertThat(position.getLog()).isEqualTo(Log.LOG_CONTROL);
      load.awaitDelivered(position);
    }
  }

  private void assertAdministrationWorks() {
    try (SwarmClient client = SwarmClient.connect(coordinator.target())) {
      RateLimits limits =
          RateLimits.newBuilder()
              .setSwarm(RateLimit.newBuilder().setOperationsPerSecond(1_000))
              .build();
      client.setRateLimits(ADMINISTERED, limits);
      assertThat(client.compactSwarm(ADMINISTERED, Log.LOG_MAIN, 5).getHorizonOpId()).isEqualTo(5);
      assertThat(client.status().getShardsList())
          .allSatisfy(shard -> assertThat(shard.getState()).isEqualTo("disk low"));
    }
  }

  private void checkReading() throws Exception {
    for (DiskLoad load : loads) {
      load.checkReading();
    }
  }

  private void checkAll() throws Exception {
    for (DiskLoad load : loads) {
      load.checkAll();
    }
  }

  private void awaitReserve() {
    await("reserve")
        .atMost(PATIENCE)
        .until(
            () ->
                Files.exists(disk.seen("data/" + RESERVE))
                    && Files.size(disk.seen("data/" + RESERVE)) == 24 << 20);
  }

  private void awaitRecovered() {
    await("recovery").atMost(PATIENCE).until(() -> attempt(Topic.TOPIC_COMMANDS).accepted());
  }
}
