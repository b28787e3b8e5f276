package dev.swarmlog.otel.testing;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A span as a collector gets it.
 *
 * @param service {@code service.name} of the process that sent it
 * @param span all of it
 */
public record ReceivedSpan(String service, Span span) {

  public String name() {
    return span.getName();
  }

  public Span.SpanKind kind() {
    return span.getKind();
  }

  /** 32 hexadecimal digits. */
  public String traceId() {
    return hex(span.getTraceId());
  }

  /** 16 hexadecimal digits. */
  public String spanId() {
    return hex(span.getSpanId());
  }

  /** 16 hexadecimal digits; empty if it is the root of its trace. */
  public String parentId() {
    return hex(span.getParentSpanId());
  }

  public boolean isRoot() {
    return span.getParentSpanId().isEmpty();
  }

  public long durationNs() {
    return span.getEndTimeUnixNano() - span.getStartTimeUnixNano();
  }

  public boolean failed() {
    return span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR;
  }

  /** Its attributes, as text. */
  public Map<String, String> attributes() {
    return attributes(span.getAttributesList());
  }

  /** The spans it is linked to, as {@code trace/span}. */
  public List<String> links() {
    return span.getLinksList().stream()
        .map(link -> hex(link.getTraceId()) + "/" + hex(link.getSpanId()))
        .toList();
  }

  /** As others link to it: {@code trace/span}. */
  public String id() {
    return traceId() + "/" + spanId();
  }

  private static Map<String, String> attributes(List<KeyValue> list) {
    return list.stream().collect(Collectors.toMap(KeyValue::getKey, kv -> text(kv.getValue())));
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> Long.toString(value.getIntValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream()
              .map(ReceivedSpan::text)
              .collect(Collectors.joining(","));
      default -> value.toString();
    };
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  @Override
  public String toString() {
    return "%s %s %s (%s) below %s %s"
        .formatted(service, kind(), name(), id(), isRoot() ? "none" : parentId(), attributes());
  }
}
