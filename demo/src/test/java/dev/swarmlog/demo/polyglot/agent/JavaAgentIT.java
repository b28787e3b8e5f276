package dev.swarmlog.demo.polyglot.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process that is killed, and a coordinator that comes and goes. */
@Timeout(180)
class JavaAgentIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int EVENTS_PER_LIFE = 150;
  private static final int KILLS = 4;

  @RegisterExtension static final SwarmlogServerExtension SERVER = SwarmlogServerExtension.onDisk();

  @TempDir Path folder;

  private final Queue<JsonNode> said = new ConcurrentLinkedQueue<>();
  private final Queue<Operation> answers = new ConcurrentLinkedQueue<>();
  private final Fold expected = Fold.empty();
  private final Map<Long, Fold.Report> expectedReports = new HashMap<>();
  private Process process;
  private Thread reader;

  @AfterEach
  void leaveNothingBehind() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void shouldApplyOnceAndInOrderAndAnswerOnceWhateverIsKilled() throws Exception {
    // given
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (SwarmAgent observer = observer()) {
      SwarmPublisher publisher = observer.publisher();
      publish(publisher, keyed("gone", "soon"));
      publish(publisher, keyed("stays", "for ever"));
      publish(publisher, Publication.delete(Topic.TOPIC_RECONCILIATION, Targets.all(), "gone"));

      // when
      for (int life = 0; life < KILLS; life++) {
        List<Publication> events = new ArrayList<>();
        List<CompletableFuture<Position>> published = new ArrayList<>();
        for (int i = 0; i < EVENTS_PER_LIFE; i++) {
          events.add(event("polyglot.Report", "event %d of life %d".formatted(i, life)));
          published.add(publisher.publish(events.get(i)));
        }
        int until = said.size() + 2 + random.nextInt(EVENTS_PER_LIFE / 2);
        start();
        await().atMost(PATIENCE).until(() -> said.size() >= until);
        kill();
        if (life == 0) {
          SERVER.stopAbruptly();
          SERVER.restart();
        }
        for (int i = 0; i < EVENTS_PER_LIFE; i++) {
          expect(events.get(i), published.get(i).get());
        }
      }
      Position ask = publish(publisher, event("polyglot.Ask", "java-1"));
      start();
      expectAnswered(ask.getOpId());
      Position last = publish(publisher, event("polyglot.Report", "the end"));

      // then
      await().atMost(PATIENCE).until(() -> reported(last.getOpId()));
      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertReports(seed, last.getOpId());
      assertThat(answers).hasSize(1);
    }
  }

  @Test
  void shouldSayThatArgumentsAreWrong() throws Exception {
    for (String[] wrong :
        new String[][] {
          {"localhost:7400", "s", "a"}, {"localhost:7400", "s", "a", folder + "/none"}, {}
        }) {
      Process started = command(wrong).redirectErrorStream(true).start();
      assertThat(started.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(started.exitValue()).isEqualTo(64);
      assertThat(new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("usage: agent HOST:PORT SWARM NAME FOLDER")
          .hasLineCount(1);
    }
  }

  /** Sees answers, and publishes what the agent applies. */
  private SwarmAgent observer() {
    return SwarmAgent.builder(SERVER.target(), "polyglot", "test")
        .on(Topic.TOPIC_RECONCILIATION, "polyglot.Answer", answers::add)
        .start();
  }

  private void assertReports(long seed, long lastOpId) {
    long before = 0;
    for (JsonNode line : said) {
      if (!line.has("report")) {
        assertThat(line.get("agent").asText()).isEqualTo("java-1");
        assertThat(line.get("publishes").asBoolean()).isTrue();
        continue;
      }
      long opId = line.get("opId").asLong();
      Fold.Report report = expectedReports.get(opId);
      assertThat(opId).as("seed %d", seed).isGreaterThan(before);
      assertThat(line.get("report").asText()).isEqualTo(report.text());
      assertThat(line.get("events").asLong()).isEqualTo(report.events());
      assertThat(line.get("chain").asText()).as("seed %d", seed).isEqualTo(report.chain());
      if (opId == lastOpId) {
        assertThat(line.get("keys").asInt()).isEqualTo(2);
        assertThat(line.get("table").asText()).isEqualTo(report.table());
      }
      before = opId;
    }
  }

  /** Waits for the answer as another agent sees it. */
  private void expectAnswered(long askOpId) {
    await().atMost(PATIENCE).until(() -> !answers.isEmpty());
    Operation answer = answers.peek();
    assertThat(answer.getKey()).isEqualTo("answer/java-1/" + askOpId);
    assertThat(answer.getPublisher()).isEqualTo("java-1");
    assertThat(answer.getPayload()).isEqualTo(Payloads.text("polyglot.Answer", "java"));
    expected.apply(answer);
  }

  private boolean reported(long opId) {
    return said.stream().anyMatch(line -> line.path("opId").asLong() == opId);
  }

  private Position publish(SwarmPublisher publisher, Publication publication) throws Exception {
    Position position = publisher.publish(publication).get();
    expect(publication, position);
    return position;
  }

  private void expect(Publication publication, Position position) {
    Operation operation =
        Operation.newBuilder()
            .setOpId(position.getOpId())
            .setTopic(publication.record().getTopic())
            .setTarget(publication.record().getTarget())
            .setOperationClass(publication.record().getOperationClass())
            .setKey(publication.record().getKey())
            .setTombstone(publication.record().getTombstone())
            .setPayload(publication.record().getPayload())
            .build();
    expected.apply(operation);
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      expectedReports.put(operation.getOpId(), expected.report(operation));
    }
  }

  private static Publication event(String type, String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text(type, text));
  }

  private static Publication keyed(String key, String text) {
    return Publication.keyed(
        Topic.TOPIC_RECONCILIATION, Targets.all(), key, Payloads.text("test.Text", text));
  }

  private void start() throws IOException {
    process =
        command(SERVER.target(), "polyglot", "java-1", folder.toString())
            .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("agent.log").toFile()))
            .start();
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    reader = new Thread(() -> hear(lines), "reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reader.join();
  }

  private void hear(BufferedReader lines) {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.add(new ObjectMapper().readTree(line));
      }
    } catch (IOException e) {
      // A kill takes the pipe with it, and may tear the last line. Anything else is missed where it
      // is awaited.
      return;
    }
  }

  private static ProcessBuilder command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                JavaAgent.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
