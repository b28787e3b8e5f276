package dev.swarmlog.reliability.faults.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.reliability.faults.TestProgram;
import dev.swarmlog.reliability.faults.sync.KilledAgent.Said;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Agents and the coordinator are killed in the middle of syncs, and again in the middle of the
 * syncs that resume these, while views change and the log goes on; afterwards everything that each
 * agent ever committed is compared with a fold of the log. The seed is printed; {@code
 * -Dfaults.seed=…} takes the same decisions again, {@code -Dfaults.sync-rounds=…} goes on for
 * longer.
 */
class SyncCrashIT {
  private static final int ROUNDS = Integer.getInteger("faults.sync-rounds", 6);
  private static final String SWARM = "fleet";
  private static final List<String> NAMES = List.of("ada", "bob", "cy", "dot");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  private final Interruptions interruptions = new Interruptions();
  private final List<KilledAgent> agents = new ArrayList<>();
  private Children children;
  private CoordinatorProcess coordinator;
  private int coordinatorKills;
  private RandomTraffic traffic;
  private RandomTraffic steadyTraffic;
  private Random random;

  @Test
  void shouldHoldWhatTheLogSaysHoweverSyncsAreKilled() throws Exception {
    // given
    Seed asked = Seed.of(SyncCrashIT.class);
    long seed = asked.value();
    random = asked.random(0);
    children = new Children(TestProgram.launch(SmallCoordinator.class), folder);
    coordinator =
        CoordinatorProcess.on(children, folder.resolve("data"))
            .inItsPlace(TestProgram.launch(SmallCoordinator.class))
            .jvmOptions(TestProgram.FAST_JVM)
            .build();
    coordinator.start();
    coordinator.awaitListening();
    traffic = traffic("bursts");
    steadyTraffic = traffic("steady");
    traffic.burst(50);
    try {
      for (int i = 0; i < NAMES.size(); i++) {
        // One agent is slow enough to fall behind live, one keeps no key index.
        agents.add(
            new KilledAgent(folder, children, NAMES.get(i), i == 0 ? 40 : 8 + 2L * i, i != 1));
        launch(agents.get(i), AgentView.random(NAMES.get(i), random));
      }
      steadyTraffic.goOn(Duration.ofMillis(20));

      // when
      for (int round = 0; round < ROUNDS; round++) {
        KilledAgent agent = agents.get(round % agents.size());
        switch (round % 6) {
          case 1, 4 -> killCoordinatorDuringSyncs(agent);
          case 2 -> killAgentDuringSnapshots(agent);
          default -> killAgentDuringSyncs(agent);
        }
      }
      steadyTraffic.stop();
      Map<Log, WholeLog> logs = awaitQuietLogs();
      awaitWhole(logs);

      // then
      verify(logs);
      verifyReports(seed, logs);
    } finally {
      for (KilledAgent agent : agents) {
        agent.abandon();
      }
      traffic.close();
      steadyTraffic.close();
      coordinator.stop();
      children.close();
    }
  }

  private RandomTraffic traffic(String name) {
    return new RandomTraffic(
        coordinator.target(), SWARM, name, NAMES, new Random(random.nextLong()));
  }

  /** Agent, agent, agent: each time in the middle of what resumes the time before. */
  private void killAgentDuringSyncs(KilledAgent agent) throws Exception {
    agent.kill(interruptions);
    traffic.burst(100 + random.nextInt(100));
    for (int nested = 1 + random.nextInt(3); nested >= 0; nested--) {
      boolean changed = random.nextInt(3) == 0;
      launch(agent, changed ? agent.view().changed(random) : agent.view());
      // Keyed state of added scopes comes behind the delta.
      agent.awaitMiddleOfSync(1 + random.nextInt(6), changed && random.nextBoolean());
      agent.kill(interruptions);
      traffic.burst(random.nextInt(40));
    }
    launch(agent, agent.view());
  }

  /** The whole view is new, so that all of it comes as keyed state; until a second one in a row. */
  private void killAgentDuringSnapshots(KilledAgent agent) throws Exception {
    agent.kill(interruptions);
    traffic.burst(100);
    int nested = interruptions.nestedSnapshots;
    boolean goesOn = false;
    for (int tries = 0; tries < 10 && interruptions.nestedSnapshots == nested; tries++) {
      int reached = interruptions.snapshots;
      launch(agent, goesOn ? agent.view() : agent.view().replaced());
      agent.awaitMiddleOfSync(1 + random.nextInt(4), true);
      agent.kill(interruptions);
      goesOn = interruptions.snapshots > reached;
    }
    launch(agent, agent.view());
  }

  /** Coordinator, then either of the two in the middle of what resumes. */
  private void killCoordinatorDuringSyncs(KilledAgent agent) throws Exception {
    agent.kill(interruptions);
    traffic.burst(100 + random.nextInt(100));
    launch(agent, random.nextInt(3) == 0 ? agent.view().changed(random) : agent.view());
    agent.awaitMiddleOfSync(1 + random.nextInt(6), false);
    killCoordinator();
    agent.forgetSteps();
    traffic.burst(random.nextInt(40));
    agent.awaitMiddleOfSync(1 + random.nextInt(4), false);
    if (random.nextBoolean()) {
      agent.kill(interruptions);
      launch(agent, agent.view());
    } else {
      killCoordinator();
    }
  }

  private void killCoordinator() throws Exception {
    coordinator.kill();
    coordinatorKills++;
    coordinator.start();
    coordinator.awaitListening();
  }

  private void launch(KilledAgent agent, AgentView view) throws Exception {
    agent.launch(coordinator.target(), SWARM, view);
  }

  /** Reads both logs when nothing is appended any more, expiry included. */
  private Map<Log, WholeLog> awaitQuietLogs() {
    Map<Log, WholeLog> logs = new EnumMap<>(Log.class);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              KilledAgent.LOGS.forEach(
                  log -> logs.put(log, WholeLog.read(coordinator.target(), SWARM, log)));
              return logs.values().stream().noneMatch(WholeLog::holdsExpiringKeys);
            });
    return logs;
  }

  private void awaitWhole(Map<Log, WholeLog> logs) throws InterruptedException {
    for (KilledAgent agent : agents) {
      for (WholeLog log : logs.values()) {
        agent.awaitWhole(log.log(), log.lastOpId(agent.view().scopes(log.log())));
      }
    }
  }

  private void verify(Map<Log, WholeLog> logs) throws Exception {
    for (KilledAgent agent : agents) {
      agent.stop();
    }
    for (KilledAgent agent : agents) {
      for (WholeLog log : logs.values()) {
        assertThat(new AgentCheck(agent, log).run()).isPositive();
      }
    }
    // What the agents hold now they are asked for once more.
    for (KilledAgent agent : agents) {
      launch(agent, agent.view());
    }
    for (KilledAgent agent : agents) {
      agent.awaitSynced();
      agent.stop();
    }
  }

  private void verifyReports(long seed, Map<Log, WholeLog> logs) {
    Map<String, Integer> plans = new HashMap<>();
    int reports = 0;
    int exact = 0;
    int interruptedByCoordinator = 0;
    for (KilledAgent agent : agents) {
      int lastLaunch = agent.said().get(agent.said().size() - 1).launch();
      Map<String, Said> lastCommits = new HashMap<>();
      for (Said said : agent.said()) {
        String log = said.word(1);
        switch (said.word(0)) {
          case "at" -> lastCommits.put(log, said);
          case "plan" -> {
            plans.merge(said.word(2), 1, Integer::sum);
            Said before = lastCommits.get(log);
            boolean sameLaunch = before != null && before.launch() == said.launch();
            if (sameLaunch
                && CrashingAgent.isInTheMiddle(
                    Long.parseLong(before.word(2)), before.line().split(" ", 4)[3])) {
              interruptedByCoordinator++;
            }
          }
          case "synced" -> {
            reports++;
            assertThat(said.line()).as(agent.view().agent()).endsWith(" []");
            if (said.word(3).equals("true")) {
              exact++;
              assertThat(said.word(5)).as("redundant, of %s: %s", agent, said).isEqualTo("0");
            }
            if (said.launch() == lastLaunch) {
              assertThat(said.word(4)).as("received with nothing missing").isEqualTo("0");
            }
          }
          case "refused", "failed" ->
              throw new AssertionError("Expected an agent that goes on, but: " + said);
          default -> {}
        }
      }
    }
    System.out.printf(
        "seed %d: %s; %d kills of the coordinator, %d syncs interrupted by them; "
            + "%d syncs reported, %d of them exact, plans %s; %d operations%n",
        seed,
        interruptions,
        coordinatorKills,
        interruptedByCoordinator,
        reports,
        exact,
        plans,
        logs.values().stream().mapToInt(log -> log.operations().size()).sum());
    assertThat(interruptions.all()).as("syncs killed in the middle").isGreaterThanOrEqualTo(ROUNDS);
    assertThat(interruptions.nested()).as("resumed ones").isGreaterThanOrEqualTo(ROUNDS / 2);
    assertThat(interruptions.nestedSnapshots).as("resumed snapshots").isPositive();
    assertThat(interruptedByCoordinator).as("by the coordinator's death").isPositive();
    assertThat(plans).containsKey(Plan.PLAN_DELTA.name());
  }
}
