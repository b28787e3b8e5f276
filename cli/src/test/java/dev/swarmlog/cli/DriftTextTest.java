package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Help.Ansi;

class DriftTextTest {

  private static final DriftReport REPAIRED =
      DriftReport.newBuilder()
          .setAgent("a7")
          .setScope(Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Targets.all()))
          .setWhat(What.WHAT_STATE)
          .setGoodOpId(1_200)
          .setFoundOpId(1_234)
          .setFoundUnixNano(1_767_225_600_123_456_789L)
          .setHealing(Healing.HEALING_REPAIRED)
          .setHealedOpId(1_240)
          .addAllKeys(List.of("gate", "rack/7"))
          .setDifferingKeysCount(2)
          .setMessagesCount(7)
          .setBytes(1_234)
          .setTimes(1)
          .build();

  @Test
  void shouldTellOfARepair() {
    assertThat(printed(REPAIRED).lines())
        .containsExactly(
            "a7: commands for all, keyed state",
            "  found     2026-01-01T00:00:00.123Z, at operation 1234; the first time",
            "  since     it agreed at operation 1200",
            "  keys      2: gate, rack/7",
            "  healing   the keys that differed were sent; agrees at 1240",
            "  cost      7 messages, 1,234 bytes");
  }

  @Test
  void shouldTellOfEventsWithoutKeys() {
    // given
    DriftReport events =
        REPAIRED.toBuilder()
            .setWhat(What.WHAT_EVENTS)
            .setHealing(Healing.HEALING_TOLD)
            .clearKeys()
            .setDifferingKeysCount(0)
            .setGoodOpId(0)
            .setTimes(4)
            .setMessagesCount(1)
            .build();

    // then
    assertThat(printed(events))
        .contains(
            "a7: commands for all, events",
            "time 4 of this agent",
            "not known",
            "events cannot be mended: the agent was told",
            "1 message, ")
        .doesNotContain("keys");
  }

  @Test
  void shouldBreakManyKeysIntoLines() {
    // given
    DriftReport many =
        REPAIRED.toBuilder()
            .clearKeys()
            .addAllKeys(IntStream.range(0, 100).mapToObj(i -> "rack/" + i).toList())
            .setDifferingKeysCount(1_024)
            .build();

    // then
    String all = printed(ListDriftResponse.newBuilder().addReports(many).build(), true);
    assertThat(all.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    assertThat(all)
        .contains("1,024: rack/0, rack/1,", " rack/99", "… and 924 more\n")
        .doesNotContain("--keys");
    assertThat(printed(many).lines())
        .contains(
            "  keys      1,024: rack/0, rack/1, rack/2, rack/3, rack/4",
            "            … and 1,019 more; --keys shows up to 100");
  }

  @Test
  void shouldShowFewKeysWithoutMore() {
    // given
    List<String> five = List.of("a", "b", "c", "d", "e");
    DriftReport few =
        REPAIRED.toBuilder().clearKeys().addAllKeys(five).setDifferingKeysCount(5).build();

    // then
    assertThat(printed(few)).contains("  keys      5: a, b, c, d, e\n").doesNotContain("more");
  }

  @ParameterizedTest
  @EnumSource
  void shouldHaveALineForEveryHealing(Healing healing) {
    // when
    DriftReport report =
        healing == Healing.UNRECOGNIZED
            ? REPAIRED.toBuilder().setHealingValue(99).build()
            : REPAIRED.toBuilder().setHealing(healing).build();

    // then
    assertThat(printed(report).lines())
        .anySatisfy(line -> assertThat(line).startsWith("  healing   "))
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
  }

  @Test
  void shouldNameWhoIsNotLookedAt() {
    assertThat(printed(ListDriftResponse.newBuilder().addUnwatchedAgents("a8").build()))
        .isEqualTo("a8 is not looked at for now: it was searched too often (drift.searches).\n");
  }

  @Test
  void shouldSayHowToReleaseWhoIsNotFed() {
    assertThat(
            printed(
                ListDriftResponse.newBuilder().addReports(REPAIRED).addStoppedAgents("a8").build()))
        .endsWith(
            """

            a8 is not fed any more.
              When you know why: swarmlog drift fleet --release a8
            """);
  }

  @Test
  void shouldSayAllOfItInJson() throws Exception {
    // when
    ListDriftResponse drift =
        ListDriftResponse.newBuilder().addReports(REPAIRED).addStoppedAgents("a8").build();
    JsonNode json = new ObjectMapper().readTree(Output.toJson(DriftText.map(drift)));

    // then
    JsonNode report = json.get("reports").get(0);
    assertThat(report.get("agent").asText()).isEqualTo("a7");
    assertThat(report.get("topic").asText()).isEqualTo("commands");
    assertThat(report.get("target").asText()).isEqualTo("all");
    assertThat(report.get("what").asText()).isEqualTo("state");
    assertThat(report.get("healing").asText()).isEqualTo("repaired");
    assertThat(report.get("goodOpId").asLong()).isEqualTo(1_200);
    assertThat(report.get("foundOpId").asLong()).isEqualTo(1_234);
    assertThat(report.get("healedOpId").asLong()).isEqualTo(1_240);
    assertThat(report.get("found").asText()).isEqualTo("2026-01-01T00:00:00.123456789Z");
    assertThat(report.get("keys")).hasSize(2);
    assertThat(report.get("differingKeys").asLong()).isEqualTo(2);
    assertThat(report.get("messages").asLong()).isEqualTo(7);
    assertThat(report.get("bytes").asLong()).isEqualTo(1_234);
    assertThat(report.get("times").asLong()).isEqualTo(1);
    assertThat(json.get("stoppedAgents").get(0).asText()).isEqualTo("a8");
  }

  private static String printed(DriftReport report) {
    return printed(ListDriftResponse.newBuilder().addReports(report).build());
  }

  private static String printed(ListDriftResponse drift) {
    return printed(drift, false);
  }

  private static String printed(ListDriftResponse drift, boolean allKeys) {
    StringWriter out = new StringWriter();
    DriftText.print(
        drift, "fleet", allKeys, new Output(new PrintWriter(out), new PrintWriter(out), Ansi.OFF));
    return out.toString();
  }
}
