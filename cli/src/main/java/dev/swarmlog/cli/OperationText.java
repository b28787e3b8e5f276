package dev.swarmlog.cli;

import dev.swarmlog.v1.Operation;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What an operation carries, for a person, and all of it as JSON. */
final class OperationText {

  private OperationText() {}

  /** What to say of a key that was deleted; empty of any other operation. */
  static String deletion(Operation operation) {
    if (!operation.getTombstone()) {
      return "";
    }
    return hasExpired(operation) ? "(expired)" : "(deleted)";
  }

  /** Whether this is the coordinator's deletion of a key whose time was over. */
  private static boolean hasExpired(Operation operation) {
    return operation.getTombstone() && operation.hasOrigin() && operation.getPublisher().isEmpty();
  }

  /** Counted from when it was appended. */
  private static String expiry(Operation operation) {
    if (operation.getExpiresAtUnixNano() == 0) {
      return "";
    }
    long lifeNs = operation.getExpiresAtUnixNano() - operation.getAppendTimeUnixNano();
    return lifeNs <= 0
        ? " (expired before it came)"
        : " (expires after " + DurationText.print(Duration.ofNanos(lifeNs)) + ")";
  }

  /** Type, text and expiry, the text not longer than that. */
  static String payloadAndExpiry(Operation operation, int maxCharacters) {
    return (payload(operation, maxCharacters) + expiry(operation)).strip();
  }

  /** Type and text of the payload, the text not longer than that. */
  static String payload(Operation operation, int maxCharacters) {
    String type = operation.getPayload().getType();
    int bytes = operation.getPayload().getData().size();
    if (bytes == 0) {
      return type;
    }
    // Says itself what it is.
    Optional<String> report = ReportText.line(operation.getPayload());
    if (report.isPresent()) {
      type = "";
    }
    Optional<String> text = report.or(() -> ContractText.text(operation.getPayload()));
    String preview = text.orElse("(" + bytes + " bytes)").strip();
    if (preview.length() > maxCharacters) {
      preview = preview.substring(0, maxCharacters) + "… (" + bytes + " bytes)";
    }
    return type.isEmpty() ? preview : type + " " + preview;
  }

  /**
   * Everything, with the payload as {@code payload} where it is text, else as {@code
   * payloadBase64}; what a coordinator reports also as {@code report}.
   */
  static Map<String, Object> map(Operation operation) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("opId", operation.getOpId());
    map.put("groupFirst", operation.getGroupFirst());
    map.put("groupLast", operation.getGroupLast());
    map.put("topic", ContractText.topic(operation.getTopic()));
    map.put("target", TargetText.print(operation.getTarget()));
    map.put("class", ContractText.operationClass(operation.getOperationClass()));
    putIfSet(map, "key", operation.getKey());
    if (operation.getTombstone()) {
      map.put("tombstone", true);
    }
    map.put("publisher", operation.getPublisher());
    if (operation.getPublishTimeUnixNano() != 0) {
      map.put("publishTime", ContractText.instant(operation.getPublishTimeUnixNano()));
    }
    map.put("appendTime", ContractText.instant(operation.getAppendTimeUnixNano()));
    if (operation.getExpiresAtUnixNano() != 0) {
      map.put("expiresAt", ContractText.instant(operation.getExpiresAtUnixNano()));
    }
    if (operation.hasOrigin()) {
      map.put("originOpId", operation.getOrigin().getOpId());
    }
    putIfSet(map, "traceparent", operation.getTraceparent());
    putIfSet(map, "type", operation.getPayload().getType());
    putIfSet(map, "contentType", operation.getPayload().getContentType());
    if (operation.getPayload().getSchemaVersion() != 0) {
      map.put("schemaVersion", operation.getPayload().getSchemaVersion());
    }
    if (!operation.getTombstone()) {
      Optional<String> text = ContractText.text(operation.getPayload());
      if (text.isPresent()) {
        map.put("payload", text.get());
      } else {
        byte[] bytes = operation.getPayload().getData().toByteArray();
        map.put("payloadBase64", Base64.getEncoder().encodeToString(bytes));
      }
      ReportText.map(operation.getPayload()).ifPresent(report -> map.put("report", report));
      map.put("valueDigest", ContractText.hex(operation.getValueDigest()));
    }
    return map;
  }

  private static void putIfSet(Map<String, Object> map, String name, String value) {
    if (!value.isEmpty()) {
      map.put(name, value);
    }
  }
}
