package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.v1.NackReply;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an operator sees and does of operations that agents cannot apply, each test in a swarm of
 * its own.
 */
class ParkedIT {

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
  void shouldShowWhatIsParkedAndHaveItTriedAgain() throws Exception {
    // given
    publish("inspect rack 7", "inspect rack 8", "inspect rack 9");
    assertThat(run("parked", "list", swarm).err())
        .isEqualToIgnoringNewLines("Nothing is parked in swarm " + swarm + ".");
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      agent.awaitOperation(3);
      agent.park(1);
      agent.park(2);
      assertThat(agent.retry(3).getOutcome()).isEqualTo(NackReply.Outcome.OUTCOME_RETRY);

      // when
      CommandRun listed = run("parked", "list", swarm);
      JsonNode withRetries = json("parked", "list", swarm, "--agent", "a7", "--retries");
      CommandRun ofOther = run("parked", "list", swarm, "--agent", "a8");
      CommandRun shown = run("parked", "show", swarm, "a7", "main:1");
      JsonNode shownInJson = json("parked", "show", swarm, "a7", "3");

      // then
      assertThat(listed.out().lines().map(line -> line.replaceAll(" +", " ")))
          .hasSize(5)
          .startsWith("AGENT LOG OP WHAT TRIED PARKED WHY")
          .anyMatch(
              line ->
                  line.matches(
                      "a7 main 1 commands 1 [0-9T:.-]+Z FAILED_PRECONDITION: rack 7 is locked"))
          .anyMatch(
              line -> line.matches("In the swarm: 2 parked, 1 to be tried again, \\d+ bytes."));
      assertThat(listed.err())
          .contains(
              "1 to be tried again, or given again and not acknowledged yet; --retries lists");
      assertThat(withRetries.get("operations")).hasSize(3);
      assertThat(withRetries.get("operations").get(2).has("retryAt")).isTrue();
      assertThat(ofOther.err())
          .contains("Nothing is parked for a8 in swarm")
          .doesNotContain("tried again");
      assertThat(shown.out()).contains("a7: operation 1 of main", "  payload    inspect rack 7\n");
      assertThat(shownInJson.get("operation").get("payload").asText()).isEqualTo("inspect rack 9");

      // when
      CommandRun replayed = run("parked", "replay", swarm, "a7", "1");

      // then
      assertThat(replayed.out())
          .isEqualToIgnoringNewLines("Replayed 1 operation for a7 in swarm " + swarm + ".");
      assertNotParked(run("parked", "replay", swarm, "a7", "--all"), "parked", "show", "a7", "1");
      assertThat(run("parked", "replay", swarm, "a7", "--all").out())
          .isEqualToIgnoringNewLines("Nothing was parked for a7 in swarm " + swarm + ".");
      assertThat(tailed("--from", "4").stream().filter(node -> node.has("originOpId")))
          .extracting(node -> node.get("target").asText(), node -> node.get("payload").asText())
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("agent:a7", "inspect rack 7"),
              org.assertj.core.groups.Tuple.tuple("agent:a7", "inspect rack 8"));
    }
  }

  @Test
  void shouldForgetWhatWasSuperseded() throws Exception {
    // given
    assertThat(run("publish", swarm, "due", "--key", "rack/7").exitCode()).isZero();
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      agent.awaitOperation(1);
      agent.park(1);
      run("publish", swarm, "done", "--key", "rack/7");

      // when
      JsonNode replayed = json("parked", "replay", swarm, "a7", "--all");

      // then
      assertThat(replayed.get("replayed").asLong()).isZero();
      assertThat(replayed.get("superseded").asLong()).isEqualTo(1);
    }
  }

  @Test
  void shouldPurgeOneAllOfAnAgentAndAllOfASwarm() throws Exception {
    // given
    publish("1", "2", "3", "4");
    for (String name : List.of("a7", "a8")) {
      try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, name)) {
        agent.awaitOperation(4);
        for (int opId = 1; opId <= 4; opId++) {
          agent.park(opId);
        }
      }
    }

    // when
    CommandRun one = run("parked", "purge", swarm, "a7", "2");
    CommandRun twice = CommandRun.of(atServer("parked", "purge", swarm, "a7", "2"));
    CommandRun rest = run("parked", "purge", swarm, "a7", "--all");
    CommandRun ofControl = run("parked", "purge", swarm, "--all", "--log", "control");
    JsonNode everything = json("parked", "purge", swarm, "--all");

    // then
    assertThat(one.out())
        .isEqualToIgnoringNewLines(
            "Purged 1 operation that was parked for a7 in swarm " + swarm + ".");
    assertThat(twice.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
    assertThat(twice.err()).contains("NOT_PARKED", "swarmlog parked list SWARM");
    assertThat(rest.out()).contains("Purged 3 operations that were parked for a7");
    assertThat(ofControl.out()).contains("Nothing was parked for any agent in swarm");
    assertThat(everything.get("purged").asLong()).isEqualTo(4);
    assertThat(everything.has("agent")).isFalse();
    assertThat(json("parked", "list", swarm).get("parked").asLong()).isZero();
  }

  @Test
  void shouldShowAlertsAsText() throws Exception {
    // given
    publish("inspect rack 7");
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      agent.awaitOperation(1);
      agent.park(1);
      agent.awaitOperation(2);
    }

    // when
    CommandRun tail = run("tail", swarm, "--topic", "alerts", "--no-follow");
    JsonNode inJson = tailed("--topic", "alerts").get(0);

    // then
    assertThat(tail.out())
        .contains(
            "a7: operation 1 of main parked, tried once, FAILED_PRECONDITION: rack 7 is locked;"
                + " 1 new, 1 in the swarm");
    assertThat(inJson.get("type").asText()).isEqualTo("swarmlog.v1.ParkedReport");
    assertThat(inJson.get("report").get("agent").asText()).isEqualTo("a7");
    assertThat(inJson.has("payloadBase64")).isTrue();
  }

  @Test
  void shouldListAgentsWithoutBreakersWhileNobodyWasCutOff() throws Exception {
    // given
    publish("inspect rack 7");
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), swarm, "a7")) {
      agent.awaitOperation(1);

      // then
      await().untilAsserted(() -> assertThat(json("agents", swarm).get("agents")).hasSize(1));
      assertThat(json("agents", swarm).get("breakers")).isEmpty();
      assertThat(run("agents", swarm).out()).doesNotContain("BREAKER", "breaker", "HANDLER");
    }
  }

  private void assertNotParked(CommandRun before, String... words) {
    assertThat(before.exitCode()).isZero();
    CommandRun run = CommandRun.of(atServer(words[0], words[1], swarm, words[2], words[3]));
    assertThat(run.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
    assertThat(run.err())
        .contains("Expected operation 1 to be parked for agent 'a7', but it is not.", "NOT_PARKED")
        .doesNotContain("\tat ");
  }

  private void publish(String... payloads) throws Exception {
    for (String payload : payloads) {
      run("publish", swarm, payload);
    }
  }

  private List<JsonNode> tailed(String... more) throws Exception {
    String[] command = {"tail", swarm, "--no-follow", "--json"};
    String[] all = Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    return run(all).out().lines().map(ParkedIT::parsed).toList();
  }

  private static JsonNode json(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--json";
    return parsed(run(all).out());
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (java.io.IOException e) {
      throw new AssertionError("Expected JSON, but got " + line, e);
    }
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
