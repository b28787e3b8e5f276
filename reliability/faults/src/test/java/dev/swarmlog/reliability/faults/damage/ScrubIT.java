package dev.swarmlog.reliability.faults.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file that was compacted long ago loses a bit: the coordinator starts, as it needs none of it,
 * and finds it by itself, before anybody asks for what is damaged.
 */
class ScrubIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int OPERATIONS = 6_000;
  private static final int PAYLOAD_BYTES = 500;

  /** Write buffers of 1 MiB: most of what is published lies in files before long. */
  private static final List<String> SMALL_BUFFERS = List.of("-Dswarmlog.storage.divisor=256");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void shouldFindADamagedFileWhileServing() throws Exception {
    // given
    Seed seed = Seed.of(ScrubIT.class);
    Path data = folder.resolve("data");
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator =
          Distribution.coordinator(children, data)
              .jvmOptions(SMALL_BUFFERS)
              .arguments("--shards", "1")
              .build();
      coordinator.start();
      coordinator.awaitListening();
      publish(coordinator.target(), OPERATIONS, seed.random(0));
      awaitScrub(coordinator, "Scrubbed all shards", "nothing is damaged");
      coordinator.stop();

      // when
      BitFlip.inLargest(data, "\\d+\\.sst", seed.random(1));
      coordinator.start();
      coordinator.awaitListening();

      // then
      awaitScrub(coordinator, "Shard 0 is damaged", "swarmlog verify");
      awaitScrub(coordinator, "Scrubbed all shards", "places that are damaged: 1");
      // and it serves on
      publish(coordinator.target(), 1, seed.random(2));
      coordinator.stop();
    }
  }

  private static void awaitScrub(CoordinatorProcess coordinator, String begin, String end) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(coordinator.log().lines())
                    .anySatisfy(line -> assertThat(line).contains(begin, end)));
  }

  private static void publish(String target, int count, Random random) throws Exception {
    try (SwarmPublisher publisher = SwarmPublisher.builder(target, "fleet", "planner").start()) {
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] payload = new byte[PAYLOAD_BYTES];
        random.nextBytes(payload);
        acks.add(
            publisher.publish(
                Publication.event(
                    Topic.TOPIC_COMMANDS,
                    Targets.all(),
                    Payloads.bytes(
                        "noise", "application/octet-stream", ByteString.copyFrom(payload)))));
      }
      for (var ack : acks) {
        ack.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }
}
