package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.rpc.Status;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class ParkedTextTest {

  private static final long PARKED_UNIX_NS = 1_767_225_600_123_456_789L;
  private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");
  private static final ParkedOperation INSPECT =
      ParkedOperation.newBuilder()
          .setAgent("survey-eu-west-1-agent-000017")
          .setLog(Log.LOG_MAIN)
          .setOperation(
              Operation.newBuilder()
                  .setOpId(1_234_567)
                  .setTopic(Topic.TOPIC_COMMANDS)
                  .setTarget(Targets.role("scout"))
                  .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
                  .setPublisher("planner")
                  .setAppendTimeUnixNano(PARKED_UNIX_NS - 5_000_000_000L)
                  .setPayload(Payloads.text("acme.Inspect", "rack 7\nfrom the left\u001b[2J")))
          .setAttempts(5)
          .setStatus(Status.newBuilder().setCode(13).setMessage("table rows is full"))
          .setParkedUnixNano(PARKED_UNIX_NS)
          .setOperationBytes(1_187)
          .build();
  private static final ParkedOperation LEASE =
      ParkedOperation.newBuilder()
          .setAgent("b")
          .setLog(Log.LOG_CONTROL)
          .setOperation(
              Operation.newBuilder()
                  .setOpId(3)
                  .setTopic(Topic.TOPIC_CONTROL)
                  .setTarget(Targets.all())
                  .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
                  .setKey("lease/7")
                  .setTombstone(true)
                  .setPublisher("planner")
                  .setAppendTimeUnixNano(PARKED_UNIX_NS))
          .setAttempts(1)
          .setStatus(Status.newBuilder().setCode(14))
          .setRetryAtUnixNano(PARKED_UNIX_NS + 62_000_000_000L)
          .setOperationBytes(90)
          .build();
  private static final ListParkedResponse BOTH =
      ListParkedResponse.newBuilder()
          .addOperations(INSPECT)
          .addOperations(LEASE)
          .setParkedCount(1)
          .setRetryCount(1)
          .setBytes(1_277)
          .build();

  @Test
  void shouldListARowEach() {
    assertThat(
            printed(
                Output.UNLIMITED, output -> ParkedText.print(BOTH, "In the swarm", NOW, output)))
        .containsExactly(
            "AGENT                          LOG           OP  WHAT                       TRIED  PARKED                    WHY",
            "survey-eu-west-1-agent-000017  main     1234567  commands acme.Inspect          5  2026-01-01T00:00:00.123Z  INTERNAL: table rows is full",
            "b                              control        3  control lease/7 (deleted)      1  again in 2.1 s            UNAVAILABLE",
            "",
            "In the swarm: 1 parked, 1 to be tried again, 1,277 bytes.");
  }

  @Test
  void shouldFitATerminal() {
    assertThat(printed(100, output -> ParkedText.print(BOTH, "In the swarm", NOW, output)))
        .containsExactly(
            "AGENT                          LOG           OP  TRIED  PARKED          WHY",
            "survey-eu-west-1-agent-000017  main     1234567      5  1 min 0 s ago   INTERNAL: table rows is full",
            "b                              control        3      1  again in 2.1 s  UNAVAILABLE",
            "",
            "In the swarm: 1 parked, 1 to be tried again, 1,277 bytes.");
  }

  @Test
  void shouldListWhatWasGivenAgainAsSuch() throws Exception {
    // given
    ParkedOperation again =
        INSPECT.toBuilder().clearParkedUnixNano().setReleasedOpId(1_234_599).build();
    ListParkedResponse.Builder listed =
        ListParkedResponse.newBuilder().addOperations(again).addOperations(LEASE);

    // when
    ParkedText.count(listed);

    // then
    assertThat(
            printed(
                Output.UNLIMITED, output -> ParkedText.print(listed.build(), "Of a7", NOW, output)))
        .anyMatch(line -> line.contains("  given again as 1234599  INTERNAL: table rows is full"))
        .contains("Of a7: 0 parked, 2 to be tried again, 90 bytes.");
    JsonNode json = new ObjectMapper().readTree(Output.toJson(ParkedText.map(again)));
    assertThat(json.get("givenAgainAs").asLong()).isEqualTo(1_234_599);
    assertThat(json.has("parked") || json.has("retryAt")).isFalse();
  }

  @Test
  void shouldShowOneWithAllLinesOfItsPayload() {
    assertThat(printed(Output.UNLIMITED, output -> ParkedText.show(INSPECT, NOW, output)))
        .containsExactly(
            "survey-eu-west-1-agent-000017: operation 1234567 of main",
            "  parked     2026-01-01T00:00:00.123Z",
            "  tried      5 times",
            "  why        INTERNAL: table rows is full",
            "  topic      commands",
            "  target     role:scout",
            "  publisher  planner",
            "  appended   2025-12-31T23:59:55.123Z",
            "  bytes      1,187",
            "  payload    acme.Inspect rack 7",
            "             from the left\uFFFD[2J");
  }

  @Test
  void shouldShowOneThatIsToBeTriedAgain() {
    assertThat(printed(Output.UNLIMITED, output -> ParkedText.show(LEASE, NOW, output)))
        .containsExactly(
            "b: operation 3 of control",
            "  waits      until 2026-01-01T00:01:02.123Z, again in 2.1 s",
            "  tried      once",
            "  why        UNAVAILABLE",
            "  topic      control",
            "  target     all",
            "  key        lease/7 (deleted)",
            "  publisher  planner",
            "  appended   2026-01-01T00:00:00.123Z",
            "  bytes      90");
    assertThat(
            printed(
                Output.UNLIMITED, output -> ParkedText.show(LEASE, NOW.plusSeconds(60), output)))
        .contains("  waits      until 2026-01-01T00:01:02.123Z, again now");
  }

  @Test
  void shouldCountTheBytesOfAPayloadThatIsNoText() {
    Payload bytes =
        Payloads.text("acme.Plan", "x").toBuilder()
            .setContentType("application/x-protobuf")
            .build();
    ParkedOperation parked =
        INSPECT.toBuilder()
            .setOperation(INSPECT.getOperation().toBuilder().setPayload(bytes))
            .build();

    assertThat(printed(Output.UNLIMITED, output -> ParkedText.show(parked, NOW, output)))
        .contains("  payload    acme.Plan (1 bytes)");
  }

  @Test
  void shouldSayAllOfItInJson() throws Exception {
    // when
    JsonNode list = new ObjectMapper().readTree(Output.toJson(ParkedText.map(BOTH)));
    JsonNode one = new ObjectMapper().readTree(Output.toJson(ParkedText.map(INSPECT)));

    // then
    assertThat(list.get("parked").asLong()).isEqualTo(1);
    assertThat(list.get("retries").asLong()).isEqualTo(1);
    assertThat(list.get("bytes").asLong()).isEqualTo(1_277);
    JsonNode listed = list.get("operations").get(0);
    assertThat(listed.get("agent").asText()).isEqualTo("survey-eu-west-1-agent-000017");
    assertThat(listed.get("log").asText()).isEqualTo("main");
    assertThat(listed.get("opId").asLong()).isEqualTo(1_234_567);
    assertThat(listed.get("attempts").asInt()).isEqualTo(5);
    assertThat(listed.get("status").get("code").asText()).isEqualTo("INTERNAL");
    assertThat(listed.get("status").get("message").asText()).isEqualTo("table rows is full");
    assertThat(listed.get("parked").asText()).isEqualTo("2026-01-01T00:00:00.123456789Z");
    assertThat(listed.has("retryAt")).isFalse();
    assertThat(listed.get("operation").get("type").asText()).isEqualTo("acme.Inspect");
    assertThat(listed.get("operation").has("payload")).as("not listed").isFalse();
    assertThat(list.get("operations").get(1).get("retryAt").asText()).startsWith("2026-01-01");
    assertThat(list.get("operations").get(1).has("parked")).isFalse();
    assertThat(one.get("operation").get("payload").asText()).startsWith("rack 7\n");
    assertThat(one.get("operationBytes").asLong()).isEqualTo(1_187);
  }

  private static List<String> printed(int columns, Consumer<Output> print) {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    print.accept(new Output(writer, writer, Ansi.OFF, () -> columns));
    return out.toString().lines().toList();
  }
}
