package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.VectorFields.hex;
import static dev.swarmlog.sdk.VectorFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Status;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ScopeSums;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.util.List;

/** Vectors of what stands in messages. */
final class WireVectors {
  private static final List<Message> MESSAGES =
      List.of(
          Operation.getDefaultInstance(),
          Position.getDefaultInstance(),
          Hello.getDefaultInstance(),
          Heartbeat.getDefaultInstance(),
          Delivery.getDefaultInstance(),
          LogResume.getDefaultInstance(),
          ScopeSums.getDefaultInstance());

  private WireVectors() {}

  static JsonNode errors(JsonNode input) throws InvalidProtocolBufferException {
    Failure failure = Failure.of(Status.parseFrom(hex(input, "statusHex")));
    ObjectNode read =
        VectorFields.object()
            .put("reason", FailureForms.name(failure.reason()))
            .put("code", failure.code().value())
            .put("retryable", failure.retryable());
    if (failure.retryAfter() == null) {
      read.putNull("retryAfterNs");
    } else {
      read.put("retryAfterNs", failure.retryAfter().toNanos());
    }
    read.put("action", failure.action());
    ObjectNode metadata = read.putObject("metadata");
    failure.metadata().forEach(metadata::put);
    return read;
  }

  static JsonNode traceparent(JsonNode input) {
    SpanContext context =
        TraceContext.spanContext(text(input, "traceparent"), text(input, "tracestate"));
    return context.isValid()
        ? VectorFields.object()
            .put("traceId", context.getTraceId())
            .put("spanId", context.getSpanId())
            .put("flags", context.getTraceFlags().asHex())
            .put(
                "tracestate",
                TraceContext.Text.of(Context.root().with(Span.wrap(context))).tracestate())
        : VectorFields.NODES.nullNode();
  }

  static JsonNode int64(JsonNode input) throws IOException {
    String name = text(input, "message");
    Message type =
        MESSAGES.stream()
            .filter(known -> known.getDescriptorForType().getFullName().equals(name))
            .findAny()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "Expected a message of the contract, but got " + name));
    JsonNode json = VectorFields.json(type.getParserForType().parseFrom(hex(input, "hex")));
    Message again = VectorFields.read(json, type.newBuilderForType()).build();
    ObjectNode answer = VectorFields.object();
    answer.set("json", json);
    return answer.put("hex", hex(again.toByteString()));
  }
}
