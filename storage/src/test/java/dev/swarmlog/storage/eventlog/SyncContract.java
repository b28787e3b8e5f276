package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Agents with views of their own, that change, brought up to date over and over: by deltas and
 * snapshots that are cut off anywhere, while the log grows and the store is closed and opened.
 * After every sync {@link SyncingAgent} compares with {@link DeltaOracle} and with the sums.
 */
public abstract class SyncContract {

  private static final int AGENTS = 5;
  private static final int STEPS = 300;

  private EventLog log;

  /** A new, empty log. */
  protected abstract EventLog open();

  /** Closes the log and opens it again, if that form of it can. */
  protected abstract EventLog reopen(EventLog open);

  @BeforeEach
  void openLog() {
    log = open();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldConvergeWithTheFewestEntries(long seed) {
    // given
    Random random = new Random(seed);
    commit(log, createSwarm(SWARM));
    SwarmWriter writer = new SwarmWriter(random);
    Map<String, Integer> ways = new TreeMap<>();
    List<SyncingAgent> agents = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      agents.add(new SyncingAgent("seed " + seed + ", agent " + i, random, writer, ways));
    }

    for (int i = 0; i < STEPS; i++) {
      // when
      if (random.nextInt(3) == 0) {
        writer.append(log);
      }
      if (random.nextInt(40) == 0) {
        log = reopen(log);
      }
      // then it checks itself
      agents.get(random.nextInt(AGENTS)).sync(log);
    }
    for (SyncingAgent agent : agents) {
      agent.syncToHead(log);
    }
    System.out.println(getClass().getSimpleName() + ": seed " + seed + ", syncs " + ways);
    assertThat(ways)
        .containsOnlyKeys(
            "delta",
            "delta, resumed",
            "delta, resumed twice",
            "live",
            "page without what expired",
            "snapshot",
            "snapshot of some scopes",
            "snapshot, resumed");
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {21, 22, 23})
  void shouldConvergeBesideAWriter(long seed) {
    // given
    commit(log, createSwarm(SWARM));
    SwarmWriter writer = new SwarmWriter(new Random(seed));
    SyncingAgent agent =
        new SyncingAgent("seed " + seed, new Random(-seed), writer, new TreeMap<>());
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < STEPS; i++) {
                writer.append(log);
              }
            });

    // when it checks itself after each sync
    while (!writing.isDone()) {
      agent.sync(log);
    }

    // then
    writing.join();
    agent.syncToHead(log);
  }
}
