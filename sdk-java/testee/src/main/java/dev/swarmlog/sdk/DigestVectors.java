package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.VectorFields.field;
import static dev.swarmlog.sdk.VectorFields.hex;
import static dev.swarmlog.sdk.VectorFields.text;
import static dev.swarmlog.sdk.VectorFields.uint64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Vectors of what an agent holds. */
final class DigestVectors {
  private DigestVectors() {}

  static JsonNode stateDigest(JsonNode input) {
    StateDigests digests = new StateDigests();
    List<Operation> operations = new ArrayList<>();
    field(input, "operations").forEach(fields -> operations.add(operation(fields, digests)));
    LaneLedger ledger = new LaneLedger(null, true, List.of());
    LaneStep.SyncStart start =
        new LaneStep.SyncStart(
            operations.stream().map(Scopes::of).distinct().toList(), false, false);
    ArrayNode after = VectorFields.array();
    for (Operation operation : operations) {
      PreparedStep done = ledger.prepare(delivered(operation, after.isEmpty() ? start : null));
      ScopeSums sums =
          ResumePoint.reported(done.after(), true).stream()
              .filter(each -> each.getScope().equals(Scopes.of(operation)))
              .findAny()
              .orElseThrow();
      after
          .addObject()
          .put("valueDigestHex", hex(operation.getValueDigest()))
          .put("stateDigestHex", hex(sums.getStateDigest()))
          .put("eventCount", sums.getEventCount())
          .put("eventHashHex", hex(sums.getEventHash()));
    }
    return after;
  }

  private static LaneStep delivered(Operation operation, LaneStep.@Nullable SyncStart start) {
    Position to = Position.newBuilder().setLog(Log.LOG_MAIN).setOpId(operation.getOpId()).build();
    return new LaneStep(
        Log.LOG_MAIN,
        operation.getOpId() - 1,
        LogResume.newBuilder().setPosition(to).build(),
        new LaneStep.Delivered(List.of(operation), List.of(), false),
        start);
  }

  private static Operation operation(JsonNode fields, StateDigests digests) {
    Scope scope = VectorFields.scope(fields);
    Payload payload =
        Payload.newBuilder()
            .setType(text(fields, "type"))
            .setContentType(text(fields, "contentType"))
            .setSchemaVersion((int) field(fields, "schemaVersion").asLong())
            .setData(hex(fields, "dataHex"))
            .build();
    boolean tombstone = field(fields, "tombstone").asBoolean();
    Operation.Builder operation =
        Operation.newBuilder()
            .setOpId(uint64(fields, "opId"))
            .setTopic(scope.getTopic())
            .setTarget(scope.getTarget())
            .setOperationClass(OperationClass.valueOf("OPERATION_CLASS_" + text(fields, "class")))
            .setKey(text(fields, "key"))
            .setTombstone(tombstone);
    return tombstone
        ? operation.build()
        : operation.setPayload(payload).setValueDigest(digests.value(payload)).build();
  }

  static JsonNode digestParts(JsonNode input) {
    Scope scope = VectorFields.scope(field(input, "scope"));
    ScopeLedger ledger = new ScopeLedger(scope, new StateDigests(), true, true);
    hold(ledger, field(input, "held"));
    DigestQuery query =
        DigestQuery.newBuilder()
            .setScope(scope)
            .setAfterKey(text(input, "afterKey"))
            .setThroughKey(text(input, "throughKey"))
            .setMaxParts(field(input, "maxParts").asInt())
            .build();
    ArrayNode parts = VectorFields.array();
    for (DigestPart part :
        DigestParts.cut(ledger.within(query.getAfterKey(), query.getThroughKey()), query)) {
      parts
          .addObject()
          .put("throughKey", part.getThroughKey())
          .put("keyCount", part.getKeyCount())
          .put("digestHex", hex(part.getDigest()));
    }
    return parts;
  }

  static JsonNode receipt(JsonNode input) {
    Map<Scope, ScopeSums> receipt = new HashMap<>();
    for (JsonNode fields : field(input, "receipt")) {
      Scope scope = VectorFields.scope(field(fields, "scope"));
      receipt.put(
          scope,
          ScopeSums.newBuilder()
              .setScope(scope)
              .setStateDigest(hex(fields, "stateDigestHex"))
              .setEventCount(uint64(fields, "eventCount"))
              .setEventHash(hex(fields, "eventHashHex"))
              .build());
    }
    ArrayNode state = VectorFields.array();
    ArrayNode events = VectorFields.array();
    for (JsonNode fields : field(input, "held")) {
      JsonNode named = field(fields, "scope");
      ScopeLedger ledger =
          new ScopeLedger(
              VectorFields.scope(named),
              new StateDigests(),
              field(fields, "keysKnown").asBoolean(),
              false);
      hold(ledger, field(fields, "keys"));
      if (field(fields, "eventsKnown").asBoolean()) {
        ledger.takeEvents(uint64(fields, "eventCount"), hex(fields, "eventHashHex"));
      }
      StepDraft draft = new StepDraft();
      ReceiptCheck.check(
          ledger, receipt.getOrDefault(ledger.scope(), ScopeSums.getDefaultInstance()), draft);
      int ofState = draft.stateDiffers ? 1 : 0;
      if (draft.stateDiffers) {
        state.add(named);
      }
      if (draft.mismatches.size() > ofState) {
        events.add(named);
      }
    }
    return VectorFields.object()
        .put("agrees", state.isEmpty() && events.isEmpty())
        .<ObjectNode>set("stateDiffers", state)
        .set("eventsDiffer", events);
  }

  static JsonNode utf8Order(JsonNode input) {
    List<String> keys = new ArrayList<>();
    field(input, "keys").forEach(key -> keys.add(key.asText()));
    keys.sort(Utf8::compare);
    ArrayNode sorted = VectorFields.array();
    keys.forEach(sorted::add);
    return sorted;
  }

  private static void hold(ScopeLedger ledger, JsonNode keys) {
    for (JsonNode key : keys) {
      ledger.put(Utf8.bytes(text(key, "key")), hex(key, "valueDigestHex"));
    }
  }
}
