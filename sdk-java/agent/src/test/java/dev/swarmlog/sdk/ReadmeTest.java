package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs what README.md shows. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadmeTest {
  private static final Pattern PROGRAM =
      Pattern.compile("```java\n(import .*?public class (\\w+) .*?)```", Pattern.DOTALL);

  private static final String GREETING = "Hello, swarm";

  @RegisterExtension
  static final SwarmlogServerExtension SERVER = SwarmlogServerExtension.inMemory();

  @TempDir Path directory;

  @Test
  void shouldRunAsTheReadmeShowsIt() throws Exception {
    // given
    compiled(
        "HelloAgent", "Path.of(\"agent-1\")", "Path.of(\"" + directory.resolve("agent") + "\")");
    // when
    List<String> first = linesOf("HelloAgent", lines -> lines.contains(GREETING));
    List<String> second = linesOf("HelloAgent", lines -> lines.contains(GREETING));
    // then
    assertThat(first).filteredOn(GREETING::equals).hasSize(1);
    assertThat(second).filteredOn(GREETING::equals).hasSize(1);
  }

  @Test
  void shouldPrintKeysDeletionsAndSyncsAsTheReadmeShowsIt() throws Exception {
    // given
    compiled("RouteAgent");
    try (SwarmPublisher publisher =
        SwarmPublisher.builder(SERVER.target(), "hello", "publisher-1").start()) {
      AtomicBoolean deleted = new AtomicBoolean();
      // when
      List<String> lines =
          linesOf(
              "RouteAgent",
              printed -> {
                if (printed.contains("south: 12 km") && deleted.compareAndSet(false, true)) {
                  publisher.publish(
                      Publication.delete(Topic.TOPIC_RECONCILIATION, Targets.all(), "south"));
                }
                return printed.contains("south is gone")
                    && printed.stream().anyMatch(line -> line.contains(" routes as of operation "));
              });
      // then
      assertThat(lines).containsSubsequence("south: 12 km", "south is gone");
      assertThat(lines)
          .anyMatch(line -> line.matches("main \\d+ -> \\d+ by \\w+, exact: .* no mismatch"));
    }
  }

  @Test
  void shouldPublishAndParkAsTheReadmeShowsIt() throws Exception {
    // given
    compiled("Planner");
    compiled("CarefulAgent");
    try (ProgramLog log = new ProgramLog();
        SwarmPublisher publisher =
            SwarmPublisher.builder(SERVER.target(), "hello", "publisher-2").start()) {
      // when
      List<String> planned = linesOf("Planner", lines -> lines.contains("0 groups wait"));
      publisher
          .publish(
              Publication.event(
                  Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("hello.Route", "far")))
          .join();
      List<String> applied =
          linesOf(
              "CarefulAgent",
              lines ->
                  lines.contains("12 km")
                      && !log.lines("agent 'agent-4' of swarm 'hello' could not apply").isEmpty());
      // then
      assertThat(planned).filteredOn(line -> line.matches("operation \\d+")).hasSize(1);
      assertThat(applied).filteredOn("12 km"::equals).hasSize(1);
      assertThat(log.lines("PARK, to be parked: ./swarmlog parked list hello")).hasSize(1);
    }
  }

  /** Compiles a program of the README, for this server, with some text replaced. */
  private void compiled(String name, String... replacements) throws IOException {
    String program =
        PROGRAM
            .matcher(Files.readString(Path.of("README.md")))
            .results()
            .filter(found -> found.group(2).equals(name))
            .map(found -> found.group(1))
            .findFirst()
            .orElseThrow();
    String source = replaced(program, "localhost:7400", SERVER.target());
    for (int i = 0; i < replacements.length; i += 2) {
      source = replaced(source, replacements[i], replacements[i + 1]);
    }
    Path file = directory.resolve(name + ".java");
    Files.writeString(file, source);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-classpath",
                System.getProperty("java.class.path"),
                file.toString());
    assertThat(result).isZero();
  }

  /** Runs the program until it has printed enough, and ends it as a person would. */
  private List<String> linesOf(String name, Predicate<List<String>> enough) throws Exception {
    InputStream in = System.in;
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()});
        PipedOutputStream enter = new PipedOutputStream()) {
      System.setIn(new PipedInputStream(enter));
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      CompletableFuture<Void> run =
          CompletableFuture.runAsync(
              () -> {
                try {
                  loader
                      .loadClass(name)
                      .getMethod("main", String[].class)
                      .invoke(null, (Object) new String[0]);
                } catch (ReflectiveOperationException e) {
                  throw new AssertionError(e);
                }
              });
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> run.isDone() || enough.test(lines(printed)));
      enter.write('\n');
      enter.flush();
      run.get(20, TimeUnit.SECONDS);
      return lines(printed);
    } finally {
      System.setIn(in);
      System.setOut(out);
    }
  }

  private static List<String> lines(ByteArrayOutputStream printed) {
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static String replaced(String text, String what, String with) throws IOException {
    assertThat(text).contains(what);
    return text.replace(what, with);
  }
}
