package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.BreakerState;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.PartedReport;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import org.junit.jupiter.api.Test;

class ReportTextTest {

  private static final ParkedReport PARKED =
      ParkedReport.newBuilder()
          .setAgent("a7")
          .setLog(Log.LOG_MAIN)
          .setOpId(12)
          .setAttempts(5)
          .setStatus(Status.newBuilder().setCode(13).setMessage("disk full"))
          .setNewCount(3)
          .setParkedCount(1_007)
          .build();
  private static final BreakerReport OPENED =
      BreakerReport.newBuilder()
          .setAgent("a7")
          .setChange(
              BreakerChange.newBuilder()
                  .setState(BreakerState.BREAKER_STATE_OPEN)
                  .setCause(BreakerCause.BREAKER_CAUSE_NACKS)
                  .setAtUnixNano(1_767_225_600_000_000_000L)
                  .setReason("refused 17 of 20 operations within 30 s"))
          .setOpenedCount(1)
          .build();
  private static final DriftReport DRIFTED =
      DriftReport.newBuilder()
          .setAgent("a7")
          .setScope(Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Targets.all()))
          .setWhat(What.WHAT_STATE)
          .setHealing(Healing.HEALING_REPAIRED)
          .setHealedOpId(1_240)
          .addKeys("gate")
          .setDifferingKeysCount(2)
          .build();

  private static final PartedReport PARTED =
      PartedReport.newBuilder()
          .setAgent("a7")
          .setPosition(position(12))
          .setFork(position(9))
          .setHead(position(11))
          .setPlan(Plan.PLAN_SNAPSHOT)
          .setReason("lost")
          .build();

  private static Position position(long opId) {
    return Position.newBuilder().setLog(Log.LOG_MAIN).setOpId(opId).build();
  }

  @Test
  void shouldShowReportsAsALineForPeople() {
    assertThat(text(operation(PARTED)))
        .isEqualTo(
            "a7: at operation 12 of main, of which what is above 9 is lost; it is given the state of the log");
    assertThat(text(operation(PARTED.toBuilder().clearFork().setPlan(Plan.PLAN_REJECT).build())))
        .isEqualTo("a7: at operation 12 of main, which is of another history; it is not served");
    assertThat(text(operation(PARKED)))
        .isEqualTo(
            "a7: operation 12 of main parked, tried 5 times, INTERNAL: disk full; 3 new, 1,007 in the swarm");
    assertThat(text(operation(OPENED)))
        .isEqualTo("a7: breaker open, refused 17 of 20 operations within 30 s; opened once");
    assertThat(text(operation(DRIFTED)))
        .isEqualTo(
            "a7: drift of commands for all, 2 keys; the keys that differed were sent; agrees at 1240");
    assertThat(text(operation(DRIFTED.toBuilder().setHealing(Healing.HEALING_RELEASED).build())))
        .isEqualTo("a7: a person has it fed again after it drifted");
  }

  @Test
  void shouldShowReportsAsJson() {
    assertThat(report(PARTED).get("fork").asText()).isEqualTo("main:9");
    assertThat(report(PARTED).get("plan").asText()).isEqualTo("snapshot");
    assertThat(report(PARKED).get("opId").asLong()).isEqualTo(12);
    assertThat(report(PARKED).get("status").get("code").asText()).isEqualTo("INTERNAL");
    assertThat(report(PARKED).get("parked").asLong()).isEqualTo(1_007);
    assertThat(report(OPENED).get("change").get("cause").asText()).isEqualTo("nacks");
    assertThat(report(OPENED).get("opened").asLong()).isEqualTo(1);
    assertThat(report(DRIFTED).get("healing").asText()).isEqualTo("repaired");
  }

  @Test
  void shouldShowWhatOnlyClaimsToBeAReportAsBytes() {
    // given
    Operation forged =
        Operation.newBuilder()
            .setPayload(
                Payload.newBuilder()
                    .setType("swarmlog.v1.ParkedReport")
                    .setContentType("application/x-protobuf")
                    .setData(ByteString.copyFromUtf8("\uFFFF\uFFFF")))
            .build();

    // then
    assertThat(text(forged)).isEqualTo("swarmlog.v1.ParkedReport (6 bytes)");
    assertThat(OperationText.map(forged)).containsKey("payloadBase64").doesNotContainKey("report");
  }

  @Test
  void shouldCutALongReport() {
    assertThat(OperationText.payload(operation(PARKED), 20)).startsWith("a7: operation 12 of … (");
  }

  private static String text(Operation operation) {
    return OperationText.payload(operation, Integer.MAX_VALUE);
  }

  private static JsonNode report(Message message) {
    return new ObjectMapper().valueToTree(OperationText.map(operation(message)).get("report"));
  }

  private static Operation operation(Message message) {
    return Operation.newBuilder()
        .setPayload(
            Payload.newBuilder()
                .setType(message.getDescriptorForType().getFullName())
                .setContentType("application/x-protobuf")
                .setData(message.toByteString()))
        .build();
  }
}
