package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace of a real coordinator, in a real Jaeger, where one is installed. */
class JaegerIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String QUERY = "http://localhost:16686/api/traces?service=swarmlog";

  private final Installation installation = Installation.built();

  @TempDir private Path folder;

  @Test
  void shouldShowATraceInJaeger() throws Exception {
    // given
    Optional<Path> binary = onThePath("jaeger", "jaeger-all-in-one");
    assumeThat(binary)
        .as("skipped: neither jaeger nor jaeger-all-in-one is on the PATH")
        .isPresent();
    Process jaeger =
        new ProcessBuilder(binary.orElseThrow().toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("jaeger.log").toFile())
            .start();
    try (Coordinator coordinator =
        Coordinator.startWith(
            Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://localhost:4317"),
            installation,
            folder.resolve("data"))) {
      await().atMost(PATIENCE).ignoreExceptions().until(() -> ask(QUERY).has("data"));

      // when
      installation.run("publish", "fleet", "hello", "--server", coordinator.target());

      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(ask(QUERY).get("data").findValuesAsText("operationName"))
                      .anyMatch(name -> name.startsWith("append")));
    } finally {
      jaeger.destroy();
      jaeger.waitFor();
    }
  }

  private static JsonNode ask(String address) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address)).build(),
                HttpResponse.BodyHandlers.ofString());
    return new ObjectMapper().readTree(answer.body());
  }

  private static Optional<Path> onThePath(String... names) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
