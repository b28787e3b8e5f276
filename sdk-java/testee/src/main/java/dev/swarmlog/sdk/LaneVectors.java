package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.VectorFields.field;
import static dev.swarmlog.sdk.VectorFields.text;
import static dev.swarmlog.sdk.VectorFields.uint64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Vectors of what an agent does with frames, and says of itself. */
final class LaneVectors {
  private static final Position START =
      Position.newBuilder()
          .setIncarnation(0x0fedcba987654321L)
          .setEpoch(0x0123456789abcdefL)
          .setLog(Log.LOG_MAIN)
          .setOpId(10)
          .build();

  private LaneVectors() {}

  static JsonNode dedupe(JsonNode input) {
    Position stands = position(field(input, "position"));
    LogPlan.Builder plan = LogPlan.newBuilder().setPlan(Plan.PLAN_CURRENT);
    boolean inSync = input.has("target");
    if (inSync) {
      plan.setPlan(Plan.PLAN_DELTA)
          .setStart(stands)
          .setBaseOpId(stands.getOpId())
          .setTarget(stands.toBuilder().setOpId(uint64(input, "target")));
    }
    ProbedSession session = new ProbedSession(stands, plan.build(), inSync);
    long ignoredBefore = session.ignored();
    for (JsonNode fields : field(input, "deliveries")) {
      Delivery.Builder delivery =
          Delivery.newBuilder()
              .setFromOpId(uint64(fields, "fromOpId"))
              .setTo(position(field(fields, "to")));
      field(fields, "opIds").forEach(opId -> delivery.addOperations(event(uint64(opId))));
      session.data(DataResponse.newBuilder().setDelivery(delivery).build());
    }
    ObjectNode answer = VectorFields.object();
    ArrayNode applied = answer.putArray("applied");
    session.applied().forEach(operation -> applied.add(unsigned(operation.getOpId())));
    return answer
        .put("ignored", session.ignored() - ignoredBefore)
        .put("fits", session.outOfOrder() == 0)
        .put("opId", unsigned(session.readUpTo()));
  }

  static JsonNode unknown(JsonNode input) throws InvalidProtocolBufferException {
    ProbedSession session = new ProbedSession(START, LogPlan.getDefaultInstance(), false);
    boolean control = text(input, "stream").equals("control");
    for (JsonNode hex : field(input, "framesHex")) {
      byte[] frame = HexFormat.of().parseHex(hex.asText());
      if (control) {
        session.control(ControlResponse.parseFrom(frame));
      } else {
        session.data(DataResponse.parseFrom(frame));
      }
    }
    ObjectNode answer = VectorFields.object();
    ArrayNode handled = answer.putArray("handled");
    session.handled().forEach(operation -> handled.add(unsigned(operation.getOpId())));
    return answer.put("opId", unsigned(session.readUpTo())).put("ends", session.hasEnded());
  }

  static JsonNode resume(JsonNode input) throws IOException {
    Log log = Log.valueOf(text(input, "log"));
    JsonNode stored = field(input, "stored");
    ResumePoint point =
        new ResumePoint(
            log,
            stored.isNull() ? null : VectorFields.read(stored, LogResume.newBuilder()).build(),
            field(input, "lacksKeys").asBoolean());
    LogResume said = point.present(applying(log, field(input, "applying")));
    return said == null ? VectorFields.NODES.nullNode() : VectorFields.json(said);
  }

  private static @Nullable LaneStep applying(Log log, JsonNode fields) throws IOException {
    if (fields.isNull()) {
      return null;
    }
    Position to = VectorFields.read(field(fields, "to"), Position.newBuilder()).build();
    LaneStep.Content content =
        switch (text(fields, "content")) {
          case "delivery" ->
              new LaneStep.Delivered(
                  List.of(
                      field(fields, "keyed").asBoolean()
                          ? event(to.getOpId()).toBuilder()
                              .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
                              .setKey("k")
                              .build()
                          : event(to.getOpId())),
                  List.of(),
                  false);
          case "page" -> new LaneStep.Paged(SnapshotPage.getDefaultInstance(), List.of());
          case "repair" -> new LaneStep.Repaired(Repair.getDefaultInstance());
          default ->
              throw new IllegalArgumentException(
                  "Expected content of delivery, page or repair, but got " + fields);
        };
    return new LaneStep(log, 0, LogResume.newBuilder().setPosition(to).build(), content, null);
  }

  private static Position position(JsonNode fields) {
    return Position.newBuilder()
        .setIncarnation(uint64(fields, "incarnation"))
        .setEpoch(uint64(fields, "epoch"))
        .setLog(Log.LOG_MAIN)
        .setOpId(uint64(fields, "opId"))
        .build();
  }

  private static Operation event(long opId) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(Targets.all())
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setValueDigest(ByteString.copyFrom(new byte[StateDigests.BYTES]))
        .build();
  }

  private static String unsigned(long number) {
    return Long.toUnsignedString(number);
  }
}
