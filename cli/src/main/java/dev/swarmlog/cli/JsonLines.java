package dev.swarmlog.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Each log event as one line of JSON: {@code time} in ISO 8601 and UTC, {@code level}, {@code
 * logger}, {@code thread}, {@code message} as a person would read it; where it is about one, {@code
 * swarm}; where an operation was traced, {@code traceId} and {@code spanId}; after a failure,
 * {@code stackTrace}.
 *
 * <p>Logback's own encoder gives a number for the time, and the message apart from its arguments.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {

  private static final byte[] NOTHING = new byte[0];

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("time", event.getInstant().toString());
    map.put("level", event.getLevel().toString());
    map.put("logger", event.getLoggerName());
    map.put("thread", event.getThreadName());
    map.put("message", event.getFormattedMessage());
    LoggedSwarm.of(event).ifPresent(swarm -> map.put("swarm", swarm));
    // Encoded by the thread that logs.
    SpanContext span = Span.current().getSpanContext();
    if (span.isValid()) {
      map.put("traceId", span.getTraceId());
      map.put("spanId", span.getSpanId());
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      map.put("stackTrace", ThrowableProxyUtil.asString(thrown));
    }
    return (Output.toJson(map) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
