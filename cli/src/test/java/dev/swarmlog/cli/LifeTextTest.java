package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.FateCount;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class LifeTextTest {

  private static final long APPENDED_UNIX_NS = 1_767_225_600_123_000_000L;
  private static final GetOperationLifeResponse LIFE =
      GetOperationLifeResponse.newBuilder()
          .setOperation(
              Operation.newBuilder()
                  .setOpId(12)
                  .setTopic(Topic.TOPIC_COMMANDS)
                  .setTarget(Targets.all())
                  .setKey("rack/7")
                  .setPublisher("planner")
                  .setPublishTimeUnixNano(APPENDED_UNIX_NS - 1_500_000)
                  .setTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                  .setPayload(Payloads.text("", "due\u001b[2J")))
          .setReceivedUnixNano(APPENDED_UNIX_NS - 40_000)
          .setAppendedUnixNano(APPENDED_UNIX_NS)
          .setDurableUnixNano(APPENDED_UNIX_NS + 1_900_000)
          .setSupersededByOpId(17)
          .addAgents(
              AgentLife.newBuilder()
                  .setAgent("a8")
                  .setFate(AgentFate.AGENT_FATE_PARKED)
                  .setReason("parked at 10:02:12 UTC after 3 attempts: locked")
                  .setConnected(true)
                  .setHandedOutUnixNano(APPENDED_UNIX_NS + 2_400_000)
                  .setAttempts(3))
          .addAgents(
              AgentLife.newBuilder()
                  .setAgent("a9")
                  .setFate(AgentFate.AGENT_FATE_NOT_CONNECTED)
                  .setReason("not connected; last seen 10:02:11 UTC; it stands at 7 of 20")
                  .setAckedOpId(7))
          .addAgents(
              AgentLife.newBuilder()
                  .setAgent("a7")
                  .setFate(AgentFate.AGENT_FATE_ACKNOWLEDGED)
                  .setConnected(true)
                  .setHandedOutUnixNano(APPENDED_UNIX_NS + 2_400_000)
                  .setAppliedUnixNano(APPENDED_UNIX_NS + 7_200_000)
                  .setAppliedUncertaintyNano(300_000)
                  .setAcknowledgedUnixNano(APPENDED_UNIX_NS + 12_345_000_000L))
          .addFates(count(AgentFate.AGENT_FATE_PARKED, 1))
          .addFates(count(AgentFate.AGENT_FATE_NOT_CONNECTED, 1))
          .addFates(count(AgentFate.AGENT_FATE_ACKNOWLEDGED, 1_200))
          .build();

  @Test
  void shouldTellALifeAtAGlance() {
    assertThat(printed(LIFE, Output.UNLIMITED))
        .isEqualTo(
            """
            Operation 12 of main
              publisher  planner
              scope      commands, all
              key        rack/7
              payload    due\uFFFD[2J
              trace      4bf92f3577b34da6a3ce929d0e0e4736
              published  -1.5 ms, by the publisher's clock
              received   -0.04 ms
              appended   2026-01-01T00:00:00.123Z
              durable    +1.9 ms
              superseded by operation 17

            AGENT  FATE           HANDED OUT          APPLIED    ACKED  WHY
            a8     parked            +2.4 ms                -        -  parked at 10:02:12 UTC after 3 attempts: locked
            a9     not connected           -                -        -  last seen 10:02:11 UTC; it stands at 7 of 20
            a7     acknowledged      +2.4 ms  +7.2 ms ±0.3 ms  +12.3 s

            1,202 agents: 1 parked, 1 not connected, 1,200 acknowledged. The first 3 are shown.
            """);
  }

  @Test
  void shouldCutNoReasonOnANarrowTerminal() {
    String printed = printed(LIFE, 80);

    assertThat(printed.lines())
        .filteredOn(line -> line.matches("(AGENT|a\\d) .*"))
        .hasSize(4)
        .allMatch(line -> line.length() <= 80);
    assertThat(printed)
        .contains(
            "ACKED\n",
            "\na8: parked at 10:02:12 UTC after 3 attempts: locked\n",
            "\na9: last seen 10:02:11 UTC; it stands at 7 of 20\n");
  }

  @Test
  void shouldSayWhyATimeIsNotKnown() {
    GetOperationLifeResponse forgotten =
        LIFE.toBuilder().setReceivedUnixNano(0).setDurableUnixNano(0).clearAgents().build();
    GetOperationLifeResponse restarted =
        forgotten.toBuilder().setStartedUnixNano(APPENDED_UNIX_NS + 1).build();

    assertThat(printed(forgotten, Output.UNLIMITED)).contains("durable    not known any more\n");
    assertThat(printed(restarted, Output.UNLIMITED))
        .contains("received   not known: the coordinator has been started since\n");
  }

  @Test
  void shouldTellAllOfItInJson() throws Exception {
    JsonNode json =
        new ObjectMapper().readTree(Output.toJson(new LifeText(LIFE, Log.LOG_MAIN).map()));

    assertThat(json.get("operation").get("publisher").asText()).isEqualTo("planner");
    assertThat(json.get("traceId").asText()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(json.get("durable").asText()).isEqualTo("2026-01-01T00:00:00.124900Z");
    assertThat(json.get("supersededBy").asLong()).isEqualTo(17);
    assertThat(json.get("fates").get("acknowledged").asLong()).isEqualTo(1_200);
    JsonNode agent = json.get("agents").get(2);
    assertThat(agent.get("fate").asText()).isEqualTo("acknowledged");
    assertThat(agent.get("applied").asText()).isEqualTo("2026-01-01T00:00:00.130200Z");
    assertThat(agent.get("appliedUncertaintyUs").asLong()).isEqualTo(300);
    assertThat(json.get("agents").get(1).has("handedOut")).isFalse();
  }

  private static String printed(GetOperationLifeResponse life, int columns) {
    StringWriter out = new StringWriter();
    new LifeText(life, Log.LOG_MAIN)
        .print(
            new Output(
                new PrintWriter(out),
                new PrintWriter(new StringWriter()),
                Ansi.OFF,
                () -> columns));
    return out.toString();
  }

  private static FateCount count(AgentFate fate, long count) {
    return FateCount.newBuilder().setFate(fate).setCount(count).build();
  }
}
