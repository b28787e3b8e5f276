package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerState;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.ListAgentsResponse;
import dev.swarmlog.v1.Log;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Help.Ansi;

/** Breakers, and the table of agents with what stands out of them. */
class BreakerTextTest {

  private static final long NS_PER_S = 1_000_000_000L;
  private static final long OPENED_UNIX_NS = 1_767_225_600L * NS_PER_S;
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:04Z");
  private static final AgentBreaker OPEN =
      AgentBreaker.newBuilder()
          .setAgent("survey-eu-west-1-agent-000017")
          .setState(BreakerState.BREAKER_STATE_OPEN)
          .setRetryAtUnixNano(OPENED_UNIX_NS + 10 * NS_PER_S)
          .setOpenedCount(2)
          .addHistory(
              change(BreakerState.BREAKER_STATE_OPEN, 0, "refused 17 of 20 operations within 30 s"))
          .addHistory(change(BreakerState.BREAKER_STATE_HALF_OPEN, -30, "is served on trial"))
          .addHistory(
              change(
                  BreakerState.BREAKER_STATE_OPEN, -35, "refused 20 of 20 operations within 30 s"))
          .addHistory(change(BreakerState.BREAKER_STATE_CLOSED, -50, "has done well on trial"))
          .build();
  private static final AgentBreaker CLOSED =
      AgentBreaker.newBuilder()
          .setAgent("b")
          .setState(BreakerState.BREAKER_STATE_CLOSED)
          .setOpenedCount(1)
          .addHistory(change(BreakerState.BREAKER_STATE_CLOSED, -50, "has done well on trial"))
          .build();
  private static final ConnectedAgent LIVE =
      ConnectedAgent.newBuilder()
          .setAgent("survey-eu-west-1-agent-000016")
          .addRoles("scout")
          .addRoles("mapper")
          .setSdk("swarmlog-java/0.1.0-SNAPSHOT")
          .setPeer("10.20.30.40:43210")
          .setConnectedUnixNano(OPENED_UNIX_NS - 7_500 * NS_PER_S)
          .addLanes(lane(Log.LOG_CONTROL, 12, 12, "live"))
          .addLanes(lane(Log.LOG_MAIN, 1_234_000, 1_234_567, "waiting for acks"))
          .build();
  private static final ConnectedAgent STUCK =
      LIVE.toBuilder()
          .setAgent("survey-eu-west-1-agent-000018")
          .setHandlerRunningMs(83_400)
          .build();
  private static final ConnectedAgent ON_TRIAL =
      LIVE.toBuilder()
          .setAgent("survey-eu-west-1-agent-000019")
          .setHandlerRunningMs(1_000)
          .clearLanes()
          .build();

  @Test
  void shouldTellOfABreaker() {
    assertThat(breakers(Output.UNLIMITED, false, OPEN, CLOSED))
        .containsExactly(
            "survey-eu-west-1-agent-000017: breaker open, not served",
            "  cause     nacks: refused 17 of 20 operations within 30 s",
            "  since     2026-01-01T00:00:00Z",
            "  until     2026-01-01T00:00:10Z, in 6.0 s",
            "  opened    2 times since the coordinator started",
            "  history   2026-01-01T00:00:00Z  open      refused 17 of 20 operations within 30 s",
            "            2025-12-31T23:59:30Z  on trial  is served on trial",
            "            2025-12-31T23:59:25Z  open      refused 20 of 20 operations within 30 s",
            "            … and 1 before; --history shows them",
            "",
            "b: breaker closed, served",
            "  since     2025-12-31T23:59:10Z",
            "  opened    once since the coordinator started",
            "  history   2025-12-31T23:59:10Z  closed    has done well on trial");
  }

  @Test
  void shouldShowAllOfTheHistoryWhenAskedTo() {
    assertThat(breakers(Output.UNLIMITED, true, OPEN))
        .anyMatch(line -> line.endsWith("has done well on trial"))
        .noneMatch(line -> line.contains("before"));
  }

  @Test
  void shouldFitATerminal() {
    assertThat(breakers(60, true, OPEN)).allMatch(line -> line.length() <= 60);
  }

  @ParameterizedTest
  @EnumSource
  void shouldHaveAWordForEveryState(BreakerState state) {
    AgentBreaker breaker =
        state == BreakerState.UNRECOGNIZED
            ? OPEN.toBuilder().setStateValue(99).build()
            : OPEN.toBuilder().setState(state).build();

    assertThat(breakers(Output.UNLIMITED, true, breaker).get(0))
        .startsWith(OPEN.getAgent() + ": breaker ")
        .doesNotContain("null", "STATE");
  }

  @Test
  void shouldShowWhatStandsOutOfAgents() {
    ListAgentsResponse listed =
        ListAgentsResponse.newBuilder()
            .addAgents(LIVE)
            .addAgents(STUCK)
            .addAgents(ON_TRIAL)
            .addBreakers(
                OPEN.toBuilder()
                    .setAgent(ON_TRIAL.getAgent())
                    .setState(BreakerState.BREAKER_STATE_HALF_OPEN))
            .build();

    assertThat(printed(100, new AgentRows(listed, NOW)::print))
        .containsExactly(
            "AGENT                          BREAKER      HANDLER  LOG      APPLIED  BEHIND  STATE",
            "survey-eu-west-1-agent-000016  closed                control       12       0  live",
            "                                                     main     1234000     567  waiting for acks",
            "survey-eu-west-1-agent-000018  closed    1 min 23 s  control       12       0  live",
            "                                                     main     1234000     567  waiting for acks",
            "survey-eu-west-1-agent-000019  on trial                                        no lane attached");
  }

  @Test
  void shouldShowThatAnAgentHoldsALane() {
    ListAgentsResponse listed =
        ListAgentsResponse.newBuilder()
            .addAgents(LIVE)
            .addAgents(ON_TRIAL.toBuilder().setHandlerHeldMs(23_400))
            .build();

    assertThat(printed(100, new AgentRows(listed, NOW)::print))
        .containsExactly(
            "AGENT                          HELD FOR  LOG      APPLIED  BEHIND  STATE",
            "survey-eu-west-1-agent-000016            control       12       0  live",
            "                                         main     1234000     567  waiting for acks",
            "survey-eu-west-1-agent-000019    23.4 s                            no lane attached");
  }

  @Test
  void shouldLeaveOutWhatIsAsItShouldBe() {
    ListAgentsResponse listed =
        ListAgentsResponse.newBuilder().addAgents(LIVE).addBreakers(CLOSED).build();

    assertThat(printed(Output.UNLIMITED, new AgentRows(listed, NOW)::print))
        .containsExactly(
            "AGENT                          ROLES         LOG      APPLIED  BEHIND  STATE             CONNECTED  SDK                           PEER",
            "survey-eu-west-1-agent-000016  scout,mapper  control       12       0  live              2 h 5 min  swarmlog-java/0.1.0-SNAPSHOT  10.20.30.40:43210",
            "                                             main     1234000     567  waiting for acks");
  }

  @Test
  void shouldSayAllOfItInJson() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Output.toJson(BreakerText.map(OPEN)));

    assertThat(json.get("agent").asText()).isEqualTo(OPEN.getAgent());
    assertThat(json.get("state").asText()).isEqualTo("open");
    assertThat(json.get("retryAt").asText()).isEqualTo("2026-01-01T00:00:10Z");
    assertThat(json.get("opened").asLong()).isEqualTo(2);
    assertThat(json.get("history")).hasSize(4);
    JsonNode change = json.get("history").get(1);
    assertThat(change.get("state").asText()).isEqualTo("half_open");
    assertThat(change.get("cause").asText()).isEqualTo("nacks");
    assertThat(change.get("at").asText()).isEqualTo("2025-12-31T23:59:30Z");
    assertThat(change.get("reason").asText()).isEqualTo("is served on trial");
  }

  private static BreakerChange change(BreakerState state, long atSeconds, String reason) {
    return BreakerChange.newBuilder()
        .setState(state)
        .setCause(BreakerCause.BREAKER_CAUSE_NACKS)
        .setAtUnixNano(OPENED_UNIX_NS + atSeconds * NS_PER_S)
        .setReason(reason)
        .build();
  }

  private static ConnectedLane lane(Log log, long acked, long head, String state) {
    return ConnectedLane.newBuilder()
        .setLog(log)
        .setAckedOpId(acked)
        .setHeadOpId(head)
        .setState(state)
        .build();
  }

  private static List<String> breakers(int columns, boolean whole, AgentBreaker... breakers) {
    return printed(columns, output -> BreakerText.print(List.of(breakers), whole, NOW, output));
  }

  private static List<String> printed(int columns, Consumer<Output> print) {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    print.accept(new Output(writer, writer, Ansi.OFF, () -> columns));
    return out.toString().lines().toList();
  }
}
