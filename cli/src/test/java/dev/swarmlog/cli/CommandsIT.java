package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.v1.Topic;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command against one coordinator in a process of its own, each test in a swarm of its own.
 * Commands run in this process where they can; what has a standard input, an environment or a
 * signal runs as a user's.
 */
class CommandsIT {

  private static final Installation INSTALLATION = Installation.built();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static Coordinator coordinator;

  private String swarm;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.start(INSTALLATION, folder.resolve("data"));
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
  void shouldCreateListAndShowSwarms() throws Exception {
    // when
    CommandRun created = run("swarms", "create", swarm);
    CommandRun listed = run("swarms");
    JsonNode inJson = JSON.readTree(run("swarms", "--json").out());
    CommandRun shown = run("swarms", "show", swarm);
    JsonNode shownInJson = JSON.readTree(run("swarms", "show", swarm, "--json").out());

    // then
    assertThat(created.out()).isEqualToIgnoringNewLines("Created swarm " + swarm + ".");
    assertThat(listed.out()).contains("SWARM", "AGENTS", "MAIN", swarm);
    assertThat(inJson)
        .anySatisfy(
            node -> {
              assertThat(node.get("name").asText()).isEqualTo(swarm);
              assertThat(node.get("mainOpId").asLong()).isZero();
            });
    assertThat(shown.out()).contains(swarm, "main      main:0@", "slot ");
    assertThat(PositionText.parse(shownInJson.get("mainHead").asText()).getOpId()).isZero();
  }

  @Test
  void shouldRefuseToCreateASwarmTwice() throws Exception {
    // given
    run("swarms", "create", swarm);

    // when
    CommandRun run = CommandRun.of(atServer("swarms", "create", swarm));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(run.err()).contains("SWARM_EXISTS", "choose another name").doesNotContain("\tat ");
  }

  @Test
  void shouldReportAnUnknownSwarm() throws Exception {
    for (String[] command :
        new String[][] {
          {"swarms", "show", "nowhere"},
          {"agents", "nowhere"},
          {"sync", "nowhere"},
          {"sync", "nowhere", "--explain"},
          {"diff", "nowhere", "--from", "0"},
          {"compact", "nowhere", "--up-to", "0"},
          {"diff", "nowhere", "--agents", "a7"},
          {"limits", "nowhere"},
          {"limits", "nowhere", "--swarm-rate", "5/s"},
          {"drift", "nowhere"},
          {"parked", "list", "nowhere"},
          {"parked", "show", "nowhere", "a7", "1"},
          {"parked", "replay", "nowhere", "a7", "1"},
          {"parked", "replay", "nowhere", "a7", "--all"},
          {"parked", "purge", "nowhere", "--all"},
          {"drift", "nowhere", "--release", "a7"},
          {"tail", "nowhere", "--no-follow"}
        }) {
      // when
      CommandRun run = CommandRun.of(atServer(command));

      // then
      assertThat(run.exitCode())
          .as(Arrays.toString(command) + run.err())
          .isEqualTo(ExitCode.NOT_FOUND.number());
      assertThat(run.err())
          .contains("swarmlog: ", "nowhere", "SWARM_NOT_FOUND", "Create the swarm")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void shouldShowAndChangeRateLimits() throws Exception {
    // given
    run("swarms", "create", swarm);
    assertThat(run("limits", swarm).out())
        .isEqualToIgnoringNewLines("Swarm " + swarm + " has no limits.");

    // when
    run("limits", swarm, "--swarm-rate", "2000/s", "--agent-rate", "100/s", "--agent-burst", "300");
    run("limits", swarm, "--topic", "telemetry", "--agent-bytes", "1MiB/s");
    run("limits", swarm, "--swarm-bytes", "10MB/s", "--swarm-rate", "none");
    String shown = run("limits", swarm).out();
    JsonNode inJson = JSON.readTree(run("limits", swarm, "--json").out());
    JsonNode ofSwarm = JSON.readTree(run("swarms", "show", swarm, "--json").out());

    // then
    assertThat(shown)
        .containsPattern("all together +none +10,000,000 B +10,000,000 B")
        .containsPattern("each agent, other topics +100 +300 +none")
        .containsPattern("each agent, telemetry +none +1 MiB +1 MiB");
    assertThat(inJson.get("limits").get("swarm").get("bytesPerSecond").asLong())
        .isEqualTo(10_000_000);
    assertThat(inJson.get("limits").get("agent").get(0).get("topic").asText()).isEqualTo("others");
    assertThat(inJson.get("waiting").asInt()).isZero();
    assertThat(ofSwarm.get("rateLimits")).isEqualTo(inJson.get("limits"));
    assertThat(run("swarms", "show", swarm).out()).contains("swarmlog limits " + swarm);
    CommandRun refused =
        CommandRun.of(atServer("limits", swarm, "--agent-rate", "100/s", "--agent-burst", "9"));
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(refused.err()).contains("a tenth of a second's worth, 10 for 100/s, but got 9");

    // and
    run("limits", swarm, "--topic", "telemetry", "--clear");
    assertThat(run("limits", swarm).out()).doesNotContain("telemetry").contains("other topics");
    run("limits", swarm, "--clear");
    assertThat(run("limits", swarm).out()).contains("has no limits");
  }

  @Test
  void shouldPublishAndShowWhatWasPublished() throws Exception {
    // when
    CommandRun published = run("publish", swarm, "inspect rack 7", "--type", "inspect");
    JsonNode keyed =
        JSON.readTree(
            run(
                    "publish",
                    swarm,
                    "{\"due\":1}",
                    "--key",
                    "rack/7",
                    "--target",
                    "role:scout",
                    "--json")
                .out());
    run("publish", swarm, "--key", "rack/7", "--target", "role:scout", "--delete");
    List<JsonNode> tail = lines(run("tail", swarm, "--from", "1", "--no-follow", "--json"));

    // then
    assertThat(published.out()).isEqualToIgnoringNewLines("Published main:1 to " + swarm + ".");
    assertThat(keyed.get("opId").asLong()).isEqualTo(2);
    assertThat(keyed.get("durability").asText()).isEqualTo("always");
    assertThat(keyed.get("duplicate").asBoolean()).isFalse();
    assertThat(tail).hasSize(3);
    assertThat(tail.get(0).get("payload").asText()).isEqualTo("inspect rack 7");
    assertThat(tail.get(0).get("class").asText()).isEqualTo("event");
    assertThat(tail.get(0).get("type").asText()).isEqualTo("inspect");
    assertThat(tail.get(1).get("key").asText()).isEqualTo("rack/7");
    assertThat(tail.get(1).get("target").asText()).isEqualTo("role:scout");
    assertThat(tail.get(2).get("tombstone").asBoolean()).isTrue();
  }

  @Test
  void shouldPublishTheSameIdempotencyKeyOnce() throws Exception {
    // when
    JsonNode first =
        JSON.readTree(run("publish", swarm, "x", "--idempotency-key", "k", "--json").out());
    JsonNode second =
        JSON.readTree(run("publish", swarm, "x", "--idempotency-key", "k", "--json").out());

    // then
    assertThat(second.get("position")).isEqualTo(first.get("position"));
    assertThat(first.get("duplicate").asBoolean()).isFalse();
    assertThat(second.get("duplicate").asBoolean()).isTrue();
  }

  @Test
  void shouldPublishEachLineOfItsInput() throws Exception {
    // given
    int count = 2_500;
    String input =
        IntStream.range(0, count).mapToObj(i -> "line " + i).collect(Collectors.joining("\n"));

    // when
    CommandRun run =
        INSTALLATION.run(Map.of(), input, atServer("publish", swarm, "--lines", "--json"));

    // then
    JsonNode answer = JSON.readTree(run.out());
    assertThat(answer.get("count").asInt()).isEqualTo(count);
    assertThat(answer.get("firstOpId").asInt()).isEqualTo(1);
    assertThat(PositionText.parse(answer.get("position").asText()).getOpId()).isEqualTo(count);
    List<JsonNode> tail = lines(run("tail", swarm, "--from", "1", "--no-follow", "--json"));
    for (int i = 0; i < count; i++) {
      assertThat(tail.get(i).get("payload").asText()).isEqualTo("line " + i);
    }
  }

  @Test
  void shouldPublishAFileAsItIs() throws Exception {
    // given
    byte[] bytes = {0, 1, (byte) 0xFF, 10, 13};
    Path file = Files.write(folder.resolve("payload.bin"), bytes);

    // when
    run("publish", swarm, "--file", file.toString());

    // then
    JsonNode operation = lines(run("tail", swarm, "--no-follow", "--json")).get(0);
    assertThat(operation.get("payloadBase64").binaryValue()).isEqualTo(bytes);
    assertThat(operation.get("contentType").asText()).isEqualTo("application/octet-stream");
  }

  @Test
  void shouldRefuseAPayloadOverTheLimit() throws Exception {
    // given
    long limit =
        JSON.readTree(run("status", "--json").out()).get("limits").get("maxPayloadBytes").asLong();
    String input = "x".repeat(Math.toIntExact(limit + 1));

    // when
    CommandRun run = INSTALLATION.run(Map.of(), input, atServer("publish", swarm));

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(run.err()).contains("PAYLOAD_TOO_LARGE").doesNotContain("\tat ");
  }

  @Test
  void shouldFilterWhatItShows() throws Exception {
    // given
    run("publish", swarm, "1", "--key", "rack/1");
    run("publish", swarm, "2", "--key", "door/1", "--topic", "alerts");
    run("publish", swarm, "3", "--type", "acme.Plan", "--target", "agent:a7");
    run("publish", swarm, "4", "--publisher", "a7");

    // when, then
    assertThat(payloads("--key-prefix", "rack/")).containsExactly("1");
    assertThat(payloads("--topic", "alerts")).containsExactly("2");
    assertThat(payloads("--type", "acme.Plan")).containsExactly("3");
    assertThat(payloads("--agent", "a7")).containsExactly("3", "4");
    assertThat(payloads("--last", "2")).containsExactly("3", "4");
    assertThat(payloads("--from", "3")).containsExactly("3", "4");
  }

  @Test
  void shouldShowWhatComesWhileItRuns() throws Exception {
    // given
    run("swarms", "create", swarm);
    Process tail = INSTALLATION.builder(Map.of(), atServer("tail", swarm, "--json")).start();
    try {
      // when
      run("publish", swarm, "now");

      // then
      BufferedReader shown = tail.inputReader();
      assertThat(JSON.readTree(shown.readLine()).get("payload").asText()).isEqualTo("now");
      new ProcessBuilder("kill", "-INT", Long.toString(tail.pid())).start().waitFor();
      assertThat(tail.waitFor()).isEqualTo(ExitCode.INTERRUPTED.number());
    } finally {
      tail.destroyForcibly();
    }
  }

  @Test
  void shouldSyncOnlyWhatChanged() throws Exception {
    // given
    run("publish", swarm, "old", "--key", "a");
    run("publish", swarm, "same", "--key", "b");
    run("publish", swarm, "event");

    // when
    List<JsonNode> all = lines(run("sync", swarm, "--json"));
    String position = all.get(all.size() - 1).get("receipt").get("target").asText();
    run("publish", swarm, "newer", "--key", "a");
    run("publish", swarm, "newest", "--key", "a");
    List<JsonNode> delta = lines(run("sync", swarm, "--from", position, "--json"));
    CommandRun forPeople = run("sync", swarm, "--from", position);

    // then
    assertThat(operations(all)).containsExactly("old", "same", "event");
    assertThat(operations(delta)).containsExactly("newest");
    JsonNode receipt = delta.get(delta.size() - 1).get("receipt");
    assertThat(receipt.get("examined").asInt()).isEqualTo(2);
    assertThat(receipt.get("sent").asInt()).isEqualTo(1);
    assertThat(receipt.get("superseded").asInt()).isEqualTo(1);
    assertThat(forPeople.out())
        .contains(
            "newest", "1 of 2 operations sent, 1 superseded", "Now at main:5@", "STATE DIGEST");
  }

  @Test
  void shouldExplainASyncAndSendNothing() throws Exception {
    // given
    run("publish", swarm, "1", "--key", "a");
    run("publish", swarm, "1", "--key", "b");
    String position =
        JSON.readTree(run("swarms", "show", swarm, "--json").out()).get("mainHead").asText();
    run("publish", swarm, "2", "--key", "a");
    run("publish", swarm, "3", "--key", "a");
    run("publish", swarm, "2", "--key", "b");
    run("publish", swarm, "1", "--key", "b");
    run("publish", swarm, "secret");

    // when
    CommandRun forPeople = run("sync", swarm, "--from", position, "--explain");
    CommandRun shortened = run("sync", swarm, "--from", position, "--explain", "--elisions", "1");
    JsonNode explained =
        JSON.readTree(run("sync", swarm, "--from", position, "--explain", "--json").out());

    // then
    assertThat(forPeople.out())
        .contains("Plan: delta, 5 operations behind. Same history.", "chosen", "replay")
        .contains("Per key, under the reason why its newest operation is sent or not:")
        .contains("leaves out 3 of 5 operations:", "  2 superseded", "  1 bringing back")
        .doesNotContain("secret");
    assertThat(forPeople.out().lines().toList())
        .anyMatch(line -> line.matches(" 4 +1  superseded  commands  all     a"))
        .anyMatch(line -> line.matches(" 6 +2  net zero    commands  all     b"));
    assertThat(shortened.err()).contains("2 more are left out; --elisions N names more.");
    assertThat(explained.get("plan").get("plan").asText()).isEqualTo("delta");
    assertThat(explained.get("delta").get("keys").asInt()).isEqualTo(1);
    assertThat(explained.get("delta").get("events").asInt()).isEqualTo(1);
    assertThat(explained.get("snapshot").get("keys").asInt()).isEqualTo(2);
    assertThat(explained.get("replay").get("keys").asInt()).isEqualTo(4);
    assertThat(explained.get("elisions")).hasSize(2);
    assertThat(explained.get("elisions").get(1).get("reason").asText()).isEqualTo("net_zero");
  }

  @Test
  void shouldSendTheStateWhereNothingIsLeftOfIt() throws Exception {
    // given
    run("publish", swarm, "value", "--key", "a");
    String position =
        JSON.readTree(run("swarms", "show", swarm, "--json").out()).get("mainHead").asText();
    run("publish", swarm, "--key", "a", "--delete");

    // when
    CommandRun forPeople = run("sync", swarm, "--from", position, "--explain");
    JsonNode explained =
        JSON.readTree(run("sync", swarm, "--from", position, "--explain", "--json").out());

    // then
    assertThat(forPeople.out())
        .contains("Plan: snapshot, 1 operation behind.")
        .doesNotContain("would be smaller");
    assertThat(explained.get("delta").get("keys").asInt()).isZero();
    assertThat(explained.get("delta").get("tombstones").asInt()).isEqualTo(1);
  }

  @Test
  void shouldSyncBySnapshotWhereThatIsSmaller() throws Exception {
    // given
    String values = IntStream.range(0, 80).mapToObj(i -> "k" + i).collect(Collectors.joining("\n"));
    for (String key : values.lines().toList()) {
      run("publish", swarm, "value", "--key", key);
    }
    String position =
        JSON.readTree(run("swarms", "show", swarm, "--json").out()).get("mainHead").asText();
    for (String key : values.lines().limit(78).toList()) {
      run("publish", swarm, "--key", key, "--delete");
    }

    // when
    CommandRun forPeople = run("sync", swarm, "--from", position);
    CommandRun explained = run("sync", swarm, "--from", position, "--explain");
    List<JsonNode> frames = lines(run("sync", swarm, "--from", position, "--json"));

    // then
    assertThat(forPeople.out())
        .contains("Plan: snapshot, 78 operations behind. The keyed state is smaller")
        .contains("Keyed state at operation 158 follows")
        .contains("k78", "k79", "0 of 78 operations sent, 2 keys of the state; 78 superseded");
    assertThat(explained.out().lines())
        .anyMatch(line -> line.matches("snapshot +2 .*chosen"))
        .anyMatch(line -> line.matches("delta +78 .*[0-9]"));
    assertThat(frames.get(1).get("snapshot").get("operations")).hasSize(2);
    assertThat(frames.get(frames.size() - 1).get("receipt").get("inSnapshot").asInt()).isEqualTo(2);
  }

  @Test
  void shouldShowWhatChangedBetweenTwoOperations() throws Exception {
    // given
    run("publish", swarm, "due", "--key", "rack/7");
    run("publish", swarm, "closed", "--key", "gate");
    run("publish", swarm, "done", "--key", "rack/7");
    run("publish", swarm, "inspect " + "x".repeat(100));
    run("publish", swarm, "--key", "gate", "--delete");
    run("publish", swarm, "free", "--key", "rack/9", "--topic", "alerts");
    run("publish", swarm, "later", "--key", "rack/7");

    // when
    CommandRun forPeople = run("diff", swarm, "--from", "2", "--to", "6");
    List<JsonNode> inJson = lines(run("diff", swarm, "--from", "2", "--to", "6", "--json"));
    CommandRun nothing = run("diff", swarm, "--from", "7");
    CommandRun beyond = CommandRun.of(atServer("diff", swarm, "--from", "8"));
    CommandRun toBeyond =
        CommandRun.of(atServer("diff", swarm, "--from", "main:2", "--to", "main:99"));

    // then
    assertThat(forPeople.out().lines().skip(1).map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "~ 3 commands all rack/7: due -> done",
            "! 4 commands all inspect " + "x".repeat(100),
            "- 5 commands all gate: closed",
            "+ 6 alerts all rack/9: free",
            "",
            "From main:2 to 6: 1 event; keys: 1 created, 1 changed, 1 deleted, 0 net zero.");
    assertThat(inJson).hasSize(5);
    assertThat(inJson.get(0).get("change").get("kind").asText()).isEqualTo("changed");
    assertThat(inJson.get(0).get("change").get("before").get("payload").asText()).isEqualTo("due");
    assertThat(inJson.get(4).get("summary").get("deleted").asInt()).isEqualTo(1);
    assertThat(nothing.out()).startsWith("From main:7 to 7: 0 events;");
    assertThat(beyond.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(beyond.err()).contains("Expected --from", "head, operation 7", "got 8");
    assertThat(toBeyond.err())
        .contains("Expected --to", "Leave --to out")
        .doesNotContain("to_op_id");
  }

  @Test
  void shouldCompactALog() throws Exception {
    // given
    run("publish", swarm, "due", "--key", "rack/7");
    run("publish", swarm, "inspect");
    run("publish", swarm, "done", "--key", "rack/7");
    run("publish", swarm, "later");

    // when
    CommandRun compacted = run("compact", swarm, "--up-to", "3");
    CommandRun again = run("compact", swarm, "--up-to", "2");
    JsonNode inJson = lines(run("compact", swarm, "--up-to", "main:4", "--json")).get(0);
    CommandRun beyond = CommandRun.of(atServer("compact", swarm, "--up-to", "5"));
    CommandRun below = CommandRun.of(atServer("diff", swarm, "--from", "2"));

    // then
    assertThat(compacted.out())
        .isEqualToIgnoringNewLines(
            "Compacted 3 operations: the horizon of main of " + swarm + " is at operation 3.");
    assertThat(again.out())
        .isEqualToIgnoringNewLines("The horizon of main of " + swarm + " stays at operation 3.");
    assertThat(inJson.get("horizonOpId").asLong()).isEqualTo(4);
    assertThat(inJson.get("compactedOperations").asLong()).isEqualTo(1);
    assertThat(run("swarms", "show", swarm).out()).contains("compacted up to 4");
    assertThat(run("sync", swarm).out())
        .contains(
            "The log was compacted: events up to operation 4 are gone.",
            "rack/7",
            "done",
            "superseded by a later one on their key or compacted.")
        .doesNotContain("inspect");
    assertThat(run("sync", swarm, "--explain").out())
        .contains("Plan: delta", "events up to operation 4 are gone.", "snapshot", "replay")
        .contains("3 superseded by a later one on their key or compacted");
    assertThat(beyond.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(beyond.err()).contains("Expected --up-to", "operation 4", "got 5");
    assertThat(below.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(below.err()).contains("BELOW_HORIZON");
  }

  @Test
  void shouldRefuseAPositionBeyondTheHead() throws Exception {
    // given
    run("publish", swarm, "one");
    List<JsonNode> all = lines(run("sync", swarm, "--json"));
    String position = all.get(all.size() - 1).get("receipt").get("target").asText();

    // when
    CommandRun run =
        CommandRun.of(atServer("sync", swarm, "--from", position.replace("main:1@", "main:1000@")));

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DATA_LOSS.number());
    assertThat(run.err()).contains("POSITION_BEYOND_HEAD").doesNotContain("\tat ");
  }

  @Test
  void shouldShowConnectedAgentsAndHowFarTheyHaveCome() throws Exception {
    // given
    run("publish", swarm, "one");
    assertThat(run("agents", swarm).err()).contains("No agent is connected");
    List<String> applied = new ArrayList<>();
    try (SwarmAgent agent =
        SwarmAgent.builder(coordinator.target(), swarm, "a7")
            .role("scout")
            .on(
                Topic.TOPIC_COMMANDS,
                operation -> applied.add(operation.getPayload().getData().toStringUtf8()))
            .start()) {
      agent.awaitCaughtUp(Duration.ofSeconds(10));

      // when, then: acknowledgements are coalesced
      await()
          .untilAsserted(
              () -> {
                JsonNode shown =
                    JSON.readTree(run("agents", swarm, "--json").out()).get("agents").get(0);
                assertThat(shown.get("agent").asText()).isEqualTo("a7");
                assertThat(shown.get("roles").get(0).asText()).isEqualTo("scout");
                assertThat(shown.get("lanes"))
                    .anySatisfy(
                        lane -> {
                          assertThat(lane.get("log").asText()).isEqualTo("main");
                          assertThat(lane.get("ackedOpId").asLong()).isEqualTo(1);
                        });
              });
      assertThat(run("agents", swarm).out()).contains("AGENT", "a7", "scout", "live");
      assertThat(applied).containsExactly("one");
    }
  }

  @Test
  void shouldSayThatNothingDrifted() throws Exception {
    // given
    run("swarms", "create", swarm);

    // when
    CommandRun forPeople = run("drift", swarm);
    JsonNode inJson = JSON.readTree(run("drift", swarm, "--json").out());
    CommandRun released = CommandRun.of(atServer("drift", swarm, "--release", "a7"));

    // then
    assertThat(forPeople.out()).isEmpty();
    assertThat(forPeople.err()).contains("No agent of swarm " + swarm + " held another state");
    assertThat(inJson.get("reports")).isEmpty();
    assertThat(inJson.get("stoppedAgents")).isEmpty();
    assertThat(released.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(released.err())
        .contains(
            "Expected an agent that is not fed",
            "'a7'",
            "`swarmlog drift " + swarm,
            "lists the agents that are not fed");
  }

  @Test
  void shouldNotCompareAnAgentThatIsNotThere() throws Exception {
    // given
    run("swarms", "create", swarm);

    // when
    CommandRun run = CommandRun.of(atServer("diff", swarm, "--agents", "a7"));

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.NOT_FOUND.number());
    assertThat(run.err())
        .contains("Expected agent 'a7' to be connected", "AGENT_NOT_CONNECTED")
        .doesNotContain("\tat ");
  }

  @Test
  void shouldShowTheCoordinator() throws Exception {
    // when
    CommandRun run = run("status", "--configuration");
    JsonNode status = JSON.readTree(run("status", "--json").out());

    // then
    assertThat(run.out())
        .contains(
            "swarmlog ", folder.resolve("data").toString(), "SHARD", "serving", "flag --port");
    assertThat(status.get("dataDirectory").asText()).endsWith("data");
    assertThat(status.get("shards").get(0).get("state").asText()).isEqualTo("serving");
  }

  @Test
  void shouldTakeTheServerFromTheEnvironment() throws Exception {
    // when
    CommandRun run =
        INSTALLATION.run(Map.of("SWARMLOG_SERVER", coordinator.target()), "", "status", "--json");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @Test
  void shouldEndQuietlyWhenNobodyReadsOn() throws Exception {
    // given
    String input = "x\n".repeat(5_000);
    INSTALLATION.run(Map.of(), input, atServer("publish", swarm, "--lines"));
    String command =
        String.join(" ", atServer(INSTALLATION.launcher().toString(), "tail", swarm, "--from", "1"))
            + " --no-follow | head -n 2";

    // when
    Process shell = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String said = Installation.text(shell.getInputStream().readAllBytes());

    // then
    assertThat(said.lines()).hasSize(2);
    assertThat(shell.waitFor()).isZero();
  }

  private List<String> payloads(String... filter) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("tail", swarm, "--no-follow", "--json"));
    arguments.addAll(List.of(filter));
    return lines(run(arguments.toArray(String[]::new))).stream()
        .map(node -> node.get("payload").asText())
        .toList();
  }

  private static List<String> operations(List<JsonNode> frames) {
    return frames.stream()
        .filter(frame -> frame.has("operation"))
        .map(frame -> frame.get("operation").get("payload").asText())
        .toList();
  }

  /** Runs a command that must succeed. */
  private static CommandRun run(String... arguments) throws Exception {
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

  private static List<JsonNode> lines(CommandRun run) throws Exception {
    List<JsonNode> nodes = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      nodes.add(JSON.readTree(line));
    }
    return nodes;
  }
}
