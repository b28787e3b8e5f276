package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonLinesTest {

  private final LoggerContext context = new LoggerContext();

  @Test
  void shouldGiveTheMessageWithItsArgumentsAndAReadableTime() throws Exception {
    // when
    String line = encode("Serving on {} port {}", null, "127.0.0.1", 7400);

    // then
    assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
    JsonNode json = read(line);
    assertThat(json.get("time").asText()).isEqualTo("2026-11-21T10:00:00.123456Z");
    assertThat(json.get("level").asText()).isEqualTo("WARN");
    assertThat(json.get("logger").asText()).isEqualTo("dev.swarmlog.Test");
    assertThat(json.get("thread").asText()).isEqualTo(Thread.currentThread().getName());
    assertThat(json.get("message").asText()).isEqualTo("Serving on 127.0.0.1 port 7400");
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("time", "level", "logger", "thread", "message");
  }

  @Test
  void shouldNameTheSwarmAndTheTrace() throws Exception {
    // given
    SpanContext span =
        SpanContext.create(
            "0af7651916cd43dd8448eb211c80319c",
            "b7ad6b7169203331",
            TraceFlags.getSampled(),
            TraceState.getDefault());

    // when
    String line;
    try (Scope unused = Span.wrap(span).makeCurrent()) {
      line = encode("Swarm {}: agent {} opened", null, "fleet", "a7");
    }

    // then
    JsonNode json = read(line);
    assertThat(json.get("swarm").asText()).isEqualTo("fleet");
    assertThat(json.get("traceId").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(json.get("spanId").asText()).isEqualTo("b7ad6b7169203331");
    assertThat(read(encode("Swarms {} of", null, "x")).has("swarm")).isFalse();
  }

  @Test
  void shouldKeepAStackTraceOnTheLine() throws Exception {
    // when
    String line = encode("Reading failed", new IllegalStateException("no \"page\""));

    // then
    assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
    assertThat(read(line).get("stackTrace").asText())
        .startsWith("java.lang.IllegalStateException: no \"page\"")
        .contains("\tat ");
  }

  private String encode(String message, @Nullable Throwable thrown, Object... arguments) {
    LoggingEvent event =
        new LoggingEvent(
            "", context.getLogger("dev.swarmlog.Test"), Level.WARN, message, thrown, arguments);
    event.setInstant(Instant.parse("2026-11-21T10:00:00.123456Z"));
    return new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
  }

  private static JsonNode read(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }
}
