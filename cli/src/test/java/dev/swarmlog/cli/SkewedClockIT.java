package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lag where no two clocks agree: the coordinator's is an hour ahead, an agent's ten minutes behind.
 * Needs libfaketime.
 */
class SkewedClockIT {

  /** Heartbeats come each 5 seconds, and the second one tells of the clock. */
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final int BURST = 1_000;

  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"));

  private final Installation installation = Installation.built();
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path folder;

  @BeforeEach
  void requireLibrary() {
    assumeThat(LIBRARIES)
        .as("libfaketime, of Debian's package faketime, to give processes other clocks")
        .anyMatch(Files::exists);
  }

  @Test
  void shouldNotLetClocksChangeTheLag() throws Exception {
    try (Coordinator coordinator =
        Coordinator.startWith(skewed("+3600s"), installation, folder.resolve("data"))) {
      // given
      installation.run("swarms", "create", "fleet", "--server", coordinator.target());
      Process behind = startAgent(coordinator);
      try (SwarmConnection connection = SwarmConnection.to(coordinator.target());
          SwarmAgent planner =
              SwarmAgent.builder(connection, "fleet", "planner")
                  .on(Topic.TOPIC_ALERTS, operation -> {})
                  .start()) {
        // when: until both clocks are known, and some more; in bursts, as one alone may be applied
        // sooner than the clocks are uncertain, and is no sample if they err to that side
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(200))
            .until(
                () -> {
                  publishBurst(planner);
                  return figure(coordinator, "swarmlog_lag_uncertainty_seconds_count") >= 5
                      && samples(coordinator, "apply") > 0;
                });
      } finally {
        behind.destroyForcibly();
      }

      // then
      assertThat(mean(coordinator, "ack")).as("append to ack").isBetween(0.0, 2.0);
      assertThat(mean(coordinator, "deliver")).as("durable to delivery").isBetween(0.0, 2.0);
      assertThat(mean(coordinator, "append")).as("receipt to durable").isBetween(0.0, 2.0);
      // Uncorrected, the agent seems to apply ten minutes before the publish; corrected, a lag
      // shorter than the uncertainty may be below zero, too.
      // The last one may be between the two counters just now.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(figure(coordinator, "swarmlog_lag_negative_total"))
                      .isGreaterThanOrEqualTo(
                          figure(coordinator, "swarmlog_lag_uncorrected_total")));
      assertThat(mean(coordinator, "apply")).as("publish to apply").isBetween(0.0, 2.0);
    }
  }

  /** Those behind wait for those before them: longer than any uncertainty between processes. */
  private static void publishBurst(SwarmAgent planner) throws Exception {
    List<CompletableFuture<?>> acks = new ArrayList<>();
    for (int i = 0; i < BURST; i++) {
      acks.add(
          planner
              .publisher()
              .publish(
                  Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), StringValue.of("go"))));
    }
    CompletableFuture.allOf(acks.toArray(CompletableFuture[]::new))
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private Process startAgent(Coordinator coordinator) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TracedAgent.class.getName(),
                coordinator.target(),
                "fleet",
                "behind")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(skewed("-600s"));
    Process process = builder.start();
    BufferedReader said = process.inputReader();
    assertThat(said.readLine()).isEqualTo("live");
    return process;
  }

  private static Map<String, String> skewed(String offset) {
    Map<String, String> environment = new HashMap<>();
    LIBRARIES.stream()
        .filter(Files::exists)
        .findFirst()
        .ifPresent(library -> environment.put("LD_PRELOAD", library.toString()));
    environment.put("FAKETIME", offset);
    environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    // Else waits by the monotonic clock, which are all of Java's, end at once, and threads spin.
    environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
    return environment;
  }

  private double mean(Coordinator coordinator, String stage) throws Exception {
    double count = samples(coordinator, stage);
    assertThat(count).as("samples of %s", stage).isPositive();
    return sum(coordinator, "swarmlog_lag_seconds_sum", commandsAt(stage)) / count;
  }

  private double samples(Coordinator coordinator, String stage) throws Exception {
    return sum(coordinator, "swarmlog_lag_seconds_count", commandsAt(stage));
  }

  private static String commandsAt(String stage) {
    return ".*swarmlog_stage=\"" + stage + "\".*swarmlog_topic=\"commands\".*";
  }

  private double figure(Coordinator coordinator, String name) throws Exception {
    return sum(coordinator, name, ".*");
  }

  /** Of all series of a name whose labels match. */
  private double sum(Coordinator coordinator, String name, String labels) throws Exception {
    String page =
        http.send(
                HttpRequest.newBuilder(
                        URI.create(coordinator.ready().get("console").asText() + "metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher matcher =
        Pattern.compile("(?m)^" + name + "(\\{" + labels + "\\})? (\\S+)").matcher(page);
    double sum = 0;
    while (matcher.find()) {
      sum += Double.parseDouble(matcher.group(2));
    }
    return sum;
  }
}
