package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class AgentDiffTextTest {

  private static final Position AT_8 =
      Position.newBuilder().setLog(Log.LOG_MAIN).setOpId(8).build();
  private static final Position AT_9 = AT_8.toBuilder().setOpId(9).build();
  private static final Operation DUE =
      Operation.newBuilder()
          .setOpId(3)
          .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
          .setPayload(Payloads.text("", "due"))
          .build();
  private static final Operation DELETED =
      Operation.newBuilder().setOpId(5).setTombstone(true).build();

  @Test
  void shouldHoldOneAgentAgainstTheLog() {
    // given
    CompareAgentsResponse answer =
        CompareAgentsResponse.newBuilder()
            .addPositions(AT_9)
            .addDifferences(difference("a7", "changed", "x").setExpected(DUE))
            .addDifferences(difference("a7", "gone", "x").setExpected(DELETED))
            .addDifferences(difference("a7", "lost", "").setExpected(DUE))
            .addDifferences(difference("a7", "made-up", "x"))
            .build();

    // then
    assertThat(printed(List.of("a7"), answer).lines())
        .containsExactly(
            "TOPIC     TARGET  KEY      a7       LOG",
            "commands  all     changed  other    due",
            "commands  all     gone     extra    (none)",
            "commands  all     lost     missing  due",
            "commands  all     made-up  extra    (none)",
            "",
            "a7 stood at main:9; 4 keys differ from the log.");
  }

  @Test
  void shouldHoldTwoAgentsAgainstEachOther() throws Exception {
    // given
    CompareAgentsResponse answer =
        CompareAgentsResponse.newBuilder()
            .addPositions(AT_9)
            .addPositions(AT_9)
            .addDifferences(difference("a7", "alike", "x").setExpected(DUE))
            .addDifferences(difference("a7", "lost by both", "").setExpected(DUE))
            .addDifferences(difference("a7", "unlike", "x").setExpected(DUE))
            .addDifferences(difference("a7", "private", "x").setScope(scope(Targets.agent("a7"))))
            .addDifferences(difference("a8", "alike", "x").setExpected(DUE))
            .addDifferences(difference("a8", "lost by both", "").setExpected(DUE))
            .addDifferences(difference("a8", "unlike", "y").setExpected(DUE))
            .addDifferences(difference("a8", "only a8", "").setExpected(DUE))
            .build();
    List<String> agents = List.of("a7", "a8");

    // then
    assertThat(printed(agents, answer).lines())
        .containsExactly(
            "TOPIC     TARGET    KEY      a7     a8       LOG",
            "commands  all       unlike   other  other    due",
            "commands  agent:a7  private  extra  not its  (none)",
            "commands  all       only a8  same   missing  due",
            "",
            "a7 and a8 stood at main:9; they hold 3 keys differently, and 2 alike, but not as the log.");
    JsonNode json =
        new ObjectMapper()
            .readTree(Output.toJson(new AgentDiffText("fleet", agents, answer).map()));
    assertThat(json.get("positions").get("a8").asText()).isEqualTo("main:9");
    assertThat(json.get("alike").asInt()).isEqualTo(2);
    assertThat(json.get("cut").asBoolean()).isFalse();
    assertThat(json.get("differences")).hasSize(3);
    assertThat(json.get("differences").get(1).get("held").get("a8").asText()).isEqualTo("not_its");
    assertThat(json.get("differences").get(1).has("log")).isFalse();
    assertThat(json.get("differences").get(2).get("log").get("payload").asText()).isEqualTo("due");
  }

  @Test
  void shouldSayThatTheyStoodAtDifferentOperations() {
    // when
    String printed =
        printed(
            List.of("a7", "a8"),
            CompareAgentsResponse.newBuilder()
                .addPositions(AT_9)
                .addPositions(AT_8)
                .setCut(true)
                .build());

    // then
    assertThat(printed)
        .contains(
            "a7 stood at main:9, a8 at main:8; they hold 0 keys differently.",
            "More differs than is shown",
            "They stood at different operations",
            "swarmlog diff fleet --from main:8 --to main:9");
  }

  @Test
  void shouldSayWhoDoesNotKnowItsKeys() throws Exception {
    // given
    CompareAgentsResponse answer =
        CompareAgentsResponse.newBuilder()
            .addPositions(AT_9)
            .addPositions(AT_8)
            .addDifferences(difference("a8", "lost", "").setExpected(DUE))
            .addUnknownAgents("a7")
            .build();
    List<String> agents = List.of("a7", "a8");

    // then
    assertThat(printed(agents, answer).lines())
        .containsExactly(
            "TOPIC     TARGET  KEY   a7         a8       LOG",
            "commands  all     lost  not known  missing  due",
            "",
            "a7 keeps no key index: its keys cannot be compared.",
            "a8 stood at main:8; 1 key differs from the log.");
    assertThat(printed(List.of("a7"), answer.toBuilder().clearDifferences().build()).lines())
        .containsExactly("a7 keeps no key index: its keys cannot be compared.");
    JsonNode json =
        new ObjectMapper()
            .readTree(Output.toJson(new AgentDiffText("fleet", agents, answer).map()));
    assertThat(json.get("unknownAgents").get(0).asText()).isEqualTo("a7");
    assertThat(json.get("differences").get(0).get("held").get("a7").asText())
        .isEqualTo("not_known");
  }

  private static AgentDifference.Builder difference(String agent, String key, String held) {
    return AgentDifference.newBuilder()
        .setAgent(agent)
        .setScope(scope(Targets.all()))
        .setKey(key)
        .setHeld(!held.isEmpty())
        .setHeldDigest(ByteString.copyFromUtf8(held));
  }

  private static Scope scope(Target target) {
    return Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(target).build();
  }

  private static String printed(List<String> agents, CompareAgentsResponse answer) {
    StringWriter out = new StringWriter();
    new AgentDiffText("fleet", agents, answer)
        .print(new Output(new PrintWriter(out), new PrintWriter(out), Ansi.OFF));
    return out.toString();
  }
}
