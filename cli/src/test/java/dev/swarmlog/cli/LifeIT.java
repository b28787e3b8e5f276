package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.v1.Position;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of one operation, of one agent's state, and of all swarms. */
class LifeIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static Coordinator coordinator;

  private String swarm;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.start(Installation.built(), folder.resolve("data"));
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @BeforeEach
  void nameSwarm(TestInfo test) {
    swarm = test.getTestMethod().orElseThrow().getName();
  }

  @Test
  void shouldTraceAnOperationToItsAgents() throws Exception {
    // given
    run("publish", swarm, "inspect rack 7");
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      agent.awaitOperation(1);
      CommandRun delivered = run("trace", swarm, "1");
      agent.park(1);

      // when
      CommandRun parked = run("trace", swarm, "main:1");
      JsonNode json = json("trace", swarm, "1", "--agent", "a7");

      // then
      assertThat(delivered.out())
          .contains("Operation 1 of main\n", "payload    inspect rack 7\n")
          .containsPattern("durable +\\+\\d")
          .containsPattern("a7 +delivered +\\+\\d[^\n]* it has not acknowledged it")
          .contains("1 agent: 1 delivered.");
      assertThat(parked.out())
          .containsPattern("a7 +parked .* parked at .* UTC after 1 attempt: rack 7 is locked");
      assertThat(json.get("agents").get(0).get("fate").asText()).isEqualTo("parked");
      assertThat(json.get("agents").get(0).get("attempts").asInt()).isEqualTo(1);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        json("trace", swarm, "1").get("agents").get(0).get("connected").asBoolean())
                    .isFalse());
  }

  @Test
  void shouldReplayTheStateOfAnAgentExactly() throws Exception {
    // given
    run("publish", swarm, "due", "--key", "rack/7");
    run("publish", swarm, "free", "--key", "rack/8");
    run("publish", swarm, "inspect rack 7");
    run("publish", swarm, "for scouts", "--key", "scouts", "--target", "role:scout");
    run("publish", swarm, "done", "--key", "rack/7");
    run("publish", swarm, "too late");

    // when
    CommandRun then = run("replay", swarm, "a7", "--at", "4");
    CommandRun scout = run("replay", swarm, "a7", "--at", "4", "--role", "scout", "--key", "sc");
    CommandRun later = run("replay", swarm, "a7", "--at", "main:5");
    CommandRun json = run("replay", swarm, "a7", "--at", "4", "--json");

    // then
    assertThat(then.out())
        .contains("a7 at operation 4 of main\n", "no agent of this name has been seen")
        .containsPattern("commands +all +rack/7 +1 +due\n")
        .containsPattern("commands +all +rack/8 +2 +free\n")
        .contains("inspect rack 7")
        .doesNotContain("done", "scouts", "too late");
    assertThat(scout.out()).containsPattern("role:scout +scouts +4 +for scouts\n");
    assertThat(scout.out()).doesNotContain("rack/8");
    assertThat(later.out()).containsPattern("rack/7 +5 +done\n");
    JsonNode state = JSON.readTree(json.out().lines().reduce((a, b) -> b).orElseThrow());
    assertThat(state.get("state").get("keys").asInt()).isEqualTo(2);
    assertThat(state.get("state").get("known").asBoolean()).isFalse();
    assertThat(state.get("state").get("sums")).isNotEmpty();
    assertThat(json.out().lines()).hasSize(4);
  }

  @Test
  void shouldReplayWhatAnAgentSeesAndSayWhatItRefused() throws Exception {
    // given an agent that reads commands and alerts, and refuses the first
    run("publish", swarm, "inspect rack 7");
    run("publish", swarm, "somewhere", "--topic", "reconciliation", "--key", "route");
    run("publish", swarm, "inspect rack 8");
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      Position at = agent.awaitOperation(3);
      agent.park(1);

      // when
      CommandRun before = run("replay", swarm, "a7", "--at", "3");
      agent.acknowledge(at, 0);
      await()
          .untilAsserted(
              () ->
                  assertThat(run("replay", swarm, "a7", "--at", "3").out())
                      .contains("applied  all but what it refused: 1\n"));
      CommandRun after = run("replay", swarm, "a7", "--at", "3");
      CommandRun json = run("replay", swarm, "a7", "--at", "3", "--json");

      // then
      assertThat(before.out())
          .contains("applied  no: it has not acknowledged it; it stands at 0 of ");
      assertThat(after.out())
          .contains("view     commands, alerts\n", "It holds no key.", "inspect rack 8")
          .doesNotContain("reconciliation");
      JsonNode state = JSON.readTree(json.out().lines().reduce((a, b) -> b).orElseThrow());
      assertThat(state.get("state").get("refused").get(0).asLong()).isEqualTo(1);
    }
    CommandRun absent = run("replay", swarm, "nobody", "--at", "3");
    assertThat(absent.out())
        .contains(
            "view     commands, reconciliation, alerts; which of them it reads is not known, as it"
                + " is not connected\n")
        .containsPattern("reconciliation +all +route +2 +somewhere\n");
  }

  @Test
  void shouldReplayFromTheHorizonOnAndSayWhatIsGone() throws Exception {
    // given
    for (int i = 1; i <= 6; i++) {
      run("publish", swarm, "event " + i);
    }
    run("publish", swarm, "due", "--key", "rack/7");
    run("publish", swarm, "event 8");
    run("publish", swarm, "done", "--key", "rack/7");
    run("compact", swarm, "--up-to", "7");

    // when
    CommandRun horizon = run("replay", swarm, "a7", "--at", "7");
    CommandRun above = run("replay", swarm, "a7", "--at", "9");
    CommandRun json = run("replay", swarm, "a7", "--at", "8", "--json");
    run("compact", swarm, "--up-to", "9");
    CommandRun head = run("replay", swarm, "a7", "--at", "9");

    // then
    assertThat(horizon.out())
        .contains("a7 at operation 7 of main\n")
        .containsPattern("commands +all +rack/7 +7 +due\n")
        .contains(
            "Of 6 events up to there none is left: 6 events up to the horizon, operation 7, are"
                + " gone.");
    assertThat(above.out())
        .containsPattern("commands +all +rack/7 +9 +done\n")
        .contains("The last 1 of 7 events up to there:")
        .contains("event 8", "6 events up to the horizon, operation 7, are gone.")
        .doesNotContain("event 6");
    JsonNode state = JSON.readTree(json.out().lines().reduce((a, b) -> b).orElseThrow());
    assertThat(state.get("state").get("events").asInt()).isEqualTo(7);
    assertThat(state.get("state").get("goneEvents").asInt()).isEqualTo(6);
    assertThat(state.get("state").get("horizonOpId").asInt()).isEqualTo(7);
    assertThat(head.out())
        .containsPattern("commands +all +rack/7 +9 +done\n")
        .contains("Of 7 events up to there none is left");
  }

  @Test
  void shouldSayWhatIsNotThere() {
    run("publish", swarm, "one");
    run("publish", swarm, "two");
    run("publish", swarm, "three");
    run("compact", swarm, "--up-to", "2");

    for (String[] command :
        new String[][] {{"trace", swarm, "7"}, {"replay", swarm, "a7", "--at", "7"}}) {
      CommandRun beyond = CommandRun.of(atServer(command));
      assertThat(beyond.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
      assertThat(beyond.err())
          .contains(
              "Expected an operation up to the head of main of swarm '"
                  + swarm
                  + "', 3, but got 7.",
              "swarmlog swarms show");
    }
    for (String[] command :
        new String[][] {
          {"trace", swarm, "1"}, {"trace", swarm, "2"}, {"replay", swarm, "a7", "--at", "1"}
        }) {
      CommandRun below = CommandRun.of(atServer(command));
      assertThat(below.exitCode()).isEqualTo(ExitCode.REFUSED.number());
      assertThat(below.err()).contains("has been compacted", "BELOW_HORIZON", "2, but got ");
    }
    assertThat(CommandRun.of(atServer("trace", "nowhere", "1")).exitCode())
        .isEqualTo(ExitCode.NOT_FOUND.number());
    assertThat(CommandRun.of(atServer("trace", swarm, "0")).exitCode())
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(CommandRun.of(atServer("replay", swarm, "a7")).exitCode())
        .isEqualTo(ExitCode.USAGE.number());
  }

  @Test
  void shouldShowAllSwarmsOnce() throws Exception {
    run("publish", swarm, "one");

    CommandRun table = run("top", "--once", "--interval", "200ms", "--sort", "name");
    JsonNode json = json("top", "--once", "--interval", "200ms");

    assertThat(table.out())
        .contains("commit p50", "SWARM", "NOTICE")
        .containsPattern(swarm + " +0 +0 +0 +0 +0 ");
    assertThat(json.get("swarms").findValuesAsText("name")).contains(swarm);
    assertThat(json.get("swarms").get(0).has("appendedPerS")).isTrue();
  }

  @Test
  void shouldGoOnWhenTheCoordinatorComesBack() throws Exception {
    // given
    Path data = folder.resolve("again");
    Path remarks = folder.resolve("remarks");
    Installation installation = Installation.built();
    Coordinator first = Coordinator.start(installation, data);
    int port = first.port();
    Process top =
        installation
            .builder(Map.of(), "top", "--json", "--interval", "100ms", "--server", first.target())
            .redirectError(remarks.toFile())
            .start();
    try {
      BufferedReader shown = top.inputReader();
      String started = JSON.readTree(shown.readLine()).get("started").asText();

      // when
      first.kill();
      await().untilAsserted(() -> assertThat(Files.readString(remarks)).contains("went away"));
      try (Coordinator second = Coordinator.startOn(installation, port, data)) {
        // then
        String again = started;
        while (again.equals(started)) {
          again = JSON.readTree(shown.readLine()).get("started").asText();
        }
        assertThat(second.port()).isEqualTo(port);
      }
    } finally {
      top.destroyForcibly();
    }
  }

  private static JsonNode json(String... arguments) throws Exception {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--json";
    return JSON.readTree(run(all).out());
  }

  /** Runs a command that must succeed. */
  private static CommandRun run(String... arguments) {
    CommandRun run = CommandRun.of(atServer(arguments));
    assertThat(run.exitCode()).as(Arrays.toString(arguments) + run.err()).isZero();
    return run;
  }

  private static String[] atServer(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--server";
    all[arguments.length + 1] = coordinator.target();
    return all;
  }
}
