package dev.swarmlog.reliability.faults.damage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.reliability.faults.load.ReadLog;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The write-ahead log of a killed coordinator loses a bit: it refuses to start, `verify` says which
 * operations are lost, `repair` goes on without them, and the agents that had applied them are
 * told.
 */
class RepairIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SWARM = "fleet";
  private static final int BEFORE = 400;
  private static final int AFTER = 1_600;
  private static final int MORE = 50;
  private static final int DATA_DAMAGED = 13;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void shouldTellWhatIsLostAndWhoHadAppliedIt() throws Exception {
    // given an agent that has applied the beginning, and one that has applied everything
    Seed seed = Seed.of(RepairIT.class);
    Path data = folder.resolve("data");
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator = Distribution.coordinator(children, data).build();
      coordinator.start();
      coordinator.awaitListening();
      publish(coordinator.target(), 0, BEFORE);
      Recorder behind = new Recorder(coordinator.target(), "behind");
      behind.awaitApplied(BEFORE);
      behind.close();
      publish(coordinator.target(), BEFORE, AFTER);
      Recorder ahead = new Recorder(coordinator.target(), "ahead");
      ahead.awaitApplied(BEFORE + AFTER);
      ahead.close();
      coordinator.kill();

      // when
      // The write-ahead log holds all that was published.
      BitFlip.inLargest(data, "\\d+\\.log", seed.random(0));

      // then it refuses to start
      coordinator.start();
      assertThat(coordinator.awaitExitCode(PATIENCE.toMillis())).isEqualTo(DATA_DAMAGED);
      JsonNode found = run(DATA_DAMAGED, "verify", data.toString(), "--json");
      assertThat(found.get("whole").asBoolean()).isFalse();

      // when
      JsonNode repaired = run(0, "repair", data.toString(), "--json");
      run(0, "verify", data.toString(), "--json");

      // then everything up to the first loss is kept, and all behind it is accounted for
      JsonNode main = mainLog(repaired.get("found"));
      long kept = main.get("keptThroughOpId").asLong();
      assertThat(kept).isBetween((long) BEFORE, (long) BEFORE + AFTER - 1);
      assertThat(count(main.get("lost")) + count(main.get("cutOff")) + kept)
          .isEqualTo(BEFORE + AFTER);
      assertThat(cutOffLines(repaired)).isEqualTo(count(main.get("cutOff")));

      // when the swarm goes on
      coordinator.start();
      coordinator.awaitListening();
      behind.open();
      ahead.open();
      publish(coordinator.target(), 10_000, MORE);
      behind.awaitApplied(kept + MORE);
      ahead.awaitApplied(BEFORE + AFTER + MORE);

      // then who had come no further than what is kept has the log as it is, and was told nothing
      List<String> log = payloads(coordinator.target());
      assertThat(log).hasSize((int) kept + MORE);
      assertThat(behind.applied()).isEqualTo(log);
      assertThat(behind.parted).isEmpty();
      // and who had come further was told where the histories part, and has what follows there
      assertThat(ahead.parted).contains(BEFORE + AFTER + " parted at " + kept);
      assertThat(ahead.applied().subList(BEFORE + AFTER, BEFORE + AFTER + MORE))
          .isEqualTo(log.subList((int) kept, log.size()));
      behind.close();
      ahead.close();
      coordinator.stop();
    }
  }

  @Test
  void shouldSayWhatItFinishedAndWhatItCannotMend() throws Exception {
    // given a repair that was killed after it had put the damaged shard aside
    Path data = folder.resolve("data");
    try (Children children = Distribution.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator = Distribution.coordinator(children, data).build();
      coordinator.start();
      coordinator.awaitListening();
      publish(coordinator.target(), 0, BEFORE);
      coordinator.kill();
    }
    Path shard = data.resolve("shard-0000");
    Files.move(shard, data.resolve("shard-0000.repaired"));

    // when, then
    assertThat(run(DATA_DAMAGED, "verify", data.toString(), "--json").get("repairable").asBoolean())
        .isTrue();
    assertThat(run(0, "repair", data.toString(), "--json").get("finishedShards").get(0).asInt())
        .isZero();
    assertThat(run(0, "verify", data.toString(), "--json").get("whole").asBoolean()).isTrue();

    // when the list of files cannot be read
    Files.writeString(shard.resolve("rocksdb/CURRENT"), "garbage");

    // then
    JsonNode found = run(DATA_DAMAGED, "verify", data.toString(), "--json");
    assertThat(found.get("repairable").asBoolean()).isFalse();
    run(DATA_DAMAGED, "repair", data.toString());
  }

  private static void publish(String target, int first, int count) throws Exception {
    try (SwarmPublisher publisher = SwarmPublisher.builder(target, SWARM, "planner").start()) {
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = first; i < first + count; i++) {
        acks.add(
            publisher.publish(
                Publication.event(
                    Topic.TOPIC_COMMANDS,
                    Targets.all(),
                    Payloads.bytes(
                        "number",
                        "text/plain",
                        ByteString.copyFromUtf8("number " + i + " ".repeat(200))))));
      }
      for (var ack : acks) {
        ack.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  private JsonNode run(int exitCode, String... arguments) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".json");
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process =
        Distribution.command(arguments)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue())
        .as("%s: %s %s", List.of(arguments), Files.readString(out), Files.readString(err))
        .isEqualTo(exitCode);
    return new ObjectMapper().readTree(out.toFile());
  }

  private static JsonNode mainLog(JsonNode found) {
    for (JsonNode shard : found.get("shards")) {
      for (JsonNode log : shard.get("logs")) {
        if (log.get("swarm").asText().equals(SWARM) && log.get("log").asText().equals("main")) {
          return log;
        }
      }
    }
    throw new AssertionError("Expected log main of " + SWARM + ", but got " + found);
  }

  private static long count(JsonNode ranges) {
    long count = 0;
    for (JsonNode range : ranges) {
      count += range.get(1).asLong() - range.get(0).asLong() + 1;
    }
    return count;
  }

  private static long cutOffLines(JsonNode repaired) throws IOException {
    return repaired.has("cutOffFile")
        ? Files.readAllLines(Path.of(repaired.get("cutOffFile").asText())).size()
        : 0;
  }

  private static List<String> payloads(String target) {
    try (SwarmClient client = SwarmClient.connect(target)) {
      return ReadLog.read(client, SWARM, Log.LOG_MAIN).operations().stream()
          .filter(operation -> operation.getTopic() == Topic.TOPIC_COMMANDS)
          .map(RepairIT::payload)
          .toList();
    }
  }

  private static String payload(Operation operation) {
    return operation.getPayload().getData().toStringUtf8().strip();
  }

  /** An agent with a cursor on disk that notes what it applies and what it is told. */
  private final class Recorder {
    private final String target;
    private final String name;
    private final List<String> applied = Collections.synchronizedList(new ArrayList<>());
    private final List<String> parted = Collections.synchronizedList(new ArrayList<>());
    private SwarmAgent agent;

    Recorder(String target, String name) {
      this.target = target;
      this.name = name;
      this.agent = start();
    }

    void open() {
      agent = start();
    }

    void close() {
      agent.close();
    }

    List<String> applied() {
      return List.copyOf(applied);
    }

    void awaitApplied(long count) {
      await().atMost(PATIENCE).until(() -> applied.size() >= count);
    }

    private SwarmAgent start() {
      return SwarmAgent.builder(target, SWARM, name)
          .topics(Topic.TOPIC_COMMANDS)
          .cursorStore(CursorStore.onDisk(folder.resolve(name)))
          .onBatch(
              batch -> batch.operations().forEach(operation -> applied.add(payload(operation))))
          .listener(
              new AgentListener() {
                @Override
                public void parted(Position at, Optional<Position> fork) {
                  parted.add(
                      at.getOpId()
                          + " parted at "
                          + fork.map(Position::getOpId).map(Object::toString).orElse("?"));
                }
              })
          .start();
    }
  }
}
