package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.rocksdb.DataDirectory;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.StartEpoch;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Agents and a publisher of a coordinator that lost what it had acknowledged. */
class RealEpochTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String SWARM = "s";
  private static final long EPOCH = 0x1234_5678_9abc_def0L;

  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.onDisk();

  @TempDir private Path directory;
  private final List<Long> lostGroups = new CopyOnWriteArrayList<>();
  private final List<Position> newestLost = new CopyOnWriteArrayList<>();

  /** An agent that keeps its cursor, and what it holds. */
  private final class Keeper implements AgentListener {
    private final String name;
    final Map<String, String> state = new ConcurrentSkipListMap<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    final List<SyncReport> syncs = new CopyOnWriteArrayList<>();
    final List<Position> parted = new CopyOnWriteArrayList<>();
    final List<Optional<Position>> forks = new CopyOnWriteArrayList<>();

    Keeper(String name) {
      this.name = name;
    }

    @Override
    public void synced(SyncReport report) {
      syncs.add(report);
    }

    @Override
    public void parted(Position applied, Optional<Position> fork) {
      assertThat(events).as("told before anything is handed over").doesNotContain("new");
      parted.add(applied);
      forks.add(fork);
    }

    void comeAndGo() throws Exception {
      syncs.clear();
      try (SwarmAgent agent =
          SwarmAgent.builder(server.target(), SWARM, name)
              .onBatch(batch -> batch.operations().forEach(this::apply))
              .topics(Topic.TOPIC_COMMANDS)
              .cursorStore(CursorStore.onDisk(directory.resolve(name)))
              .listener(this)
              .start()) {
        agent.awaitCaughtUp(PATIENCE);
        await().atMost(PATIENCE).until(() -> !syncs.isEmpty());
      }
    }

    private void apply(Operation operation) {
      if (operation.getKey().isEmpty()) {
        events.add(text(operation));
      } else if (operation.getTombstone()) {
        state.remove(operation.getKey());
      } else {
        state.put(operation.getKey(), text(operation));
      }
    }
  }

  @Test
  void shouldTellWhatWasLostAndHoldWhatTheLogHas() throws Exception {
    Keeper below = new Keeper("below");
    Keeper above = new Keeper("above");
    PublisherListener listener =
        new PublisherListener() {
          @Override
          public void publishedLost(Log log, long groups, Position newest) {
            assertThat(log).isEqualTo(Log.LOG_MAIN);
            lostGroups.add(groups);
            newestLost.add(newest);
          }
        };
    try (SwarmPublisher planner =
        SwarmPublisher.builder(server.target(), SWARM, "planner").listener(listener).start()) {
      // given what is kept, and what is lost
      publish(planner, event("kept"));
      publish(planner, keyed("a", "kept"));
      Position fork = publish(planner, keyed("b", "kept"));
      below.comeAndGo();
      Path data = server.dataDirectory().orElseThrow().resolve("data");
      Path backup = directory.resolve("backup");
      server.stop();
      copy(data, backup);
      server.start();
      publish(planner, event("lost"));
      publish(planner, keyed("a", "lost"));
      Position lost = publish(planner, keyed("c", "lost"));
      above.comeAndGo();
      assertThat(above.state).containsEntry("c", "lost");

      // when
      server.stop();
      delete(data);
      copy(backup, data);
      startEpoch(data);
      server.start();
      Position behind = publish(planner, event("new"));
      publish(planner, keyed("b", "new"));

      // then the publisher is told, and what it publishes comes once
      assertThat(behind.getOpId()).isEqualTo(fork.getOpId() + 1);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(lostGroups).containsExactly(3L));
      assertThat(newestLost).containsExactly(lost);

      // and the agent above the fork is told, and holds what the log has
      above.comeAndGo();
      assertThat(above.parted).containsExactly(lost);
      assertThat(above.forks).containsExactly(Optional.of(fork));
      assertThat(above.syncs.get(0).plan()).isEqualTo(Plan.PLAN_SNAPSHOT);
      assertThat(above.syncs.get(0).mismatches()).isEmpty();
      assertThat(above.state).isEqualTo(Map.of("a", "kept", "b", "new"));
      assertThat(above.events).as("what it did stays").containsExactly("kept", "lost", "new");

      // and the one at the fork goes on, with all that it has counted
      below.comeAndGo();
      assertThat(below.parted).isEmpty();
      assertThat(below.syncs.get(0).plan()).isEqualTo(Plan.PLAN_DELTA);
      assertThat(below.syncs.get(0).mismatches()).isEmpty();
      assertThat(below.state).isEqualTo(above.state);
      assertThat(below.events).containsExactly("kept", "new");

      // and both are of the new epoch for good
      publish(planner, event("later"));
      above.comeAndGo();
      below.comeAndGo();
      assertThat(above.parted).hasSize(1);
      assertThat(above.syncs.get(0).plan()).isEqualTo(Plan.PLAN_DELTA);
      assertThat(above.syncs.get(0).mismatches()).isEmpty();
      assertThat(below.syncs.get(0).mismatches()).isEmpty();
      assertThat(above.events).endsWith("later");
      assertThat(below.events).endsWith("later");
    }
  }

  private static void startEpoch(Path data) {
    try (DataDirectory store = DataDirectory.open(data, StorageOptions.defaults());
        EventLog log = store.openShard(Slots.shardOf(SWARM, store.shardCount()))) {
      Entry entry =
          Entry.newBuilder()
              .setVersion(EventLog.ENTRY_VERSION)
              .setIndex(log.appliedIndex() + 1)
              .setLoggedUnixNano(log.loggedUnixNs())
              .addCommands(
                  Command.newBuilder()
                      .setStartEpoch(StartEpoch.newBuilder().setSwarm(SWARM).setEpoch(EPOCH)))
              .build();
      assertThat(log.apply(entry).outcomes()).hasOnlyElementsOfType(Outcome.EpochStarted.class);
      log.sync();
    }
  }

  private static Position publish(SwarmPublisher publisher, Publication publication)
      throws Exception {
    return publisher.publish(publication).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Publication event(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("t", text));
  }

  private static Publication keyed(String key, String text) {
    return Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), key, Payloads.text("t", text));
  }

  private static String text(Operation operation) {
    return operation.getPayload().getData().toStringUtf8();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
