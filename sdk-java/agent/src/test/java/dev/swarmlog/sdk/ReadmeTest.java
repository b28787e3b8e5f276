package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
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

  @RegisterExtension
  static final SwarmlogServerExtension SERVER = SwarmlogServerExtension.inMemory();

  @TempDir Path directory;

  @Test
  void shouldRunAsTheReadmeShowsIt() throws Exception {
    // given
    Matcher program = PROGRAM.matcher(Files.readString(Path.of("README.md")));
    assertThat(program.find()).isTrue();
    String source =
        replaced(
            replaced(program.group(1), "localhost:7400", SERVER.target()),
            "Path.of(\"agent-1\")",
            "Path.of(\"" + directory.resolve("agent-1") + "\")");
    Path file = directory.resolve(program.group(2) + ".java");
    Files.writeString(file, source);
    // when
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
    // then
    assertThat(result).isZero();
    assertThat(linesPrintedBy(program.group(2))).isEqualTo(1);
    assertThat(linesPrintedBy(program.group(2))).isEqualTo(1);
  }

  /** Runs the program until it has printed its greeting and ends it as a person would. */
  private long linesPrintedBy(String name) throws Exception {
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
      await().atMost(Duration.ofSeconds(20)).until(() -> run.isDone() || greetings(printed) > 0);
      enter.write('\n');
      enter.flush();
      run.get(20, TimeUnit.SECONDS);
      return greetings(printed);
    } finally {
      System.setIn(in);
      System.setOut(out);
    }
  }

  private static long greetings(ByteArrayOutputStream printed) {
    return printed.toString(StandardCharsets.UTF_8).lines().filter("Hello, swarm"::equals).count();
  }

  private static String replaced(String text, String what, String with) throws IOException {
    assertThat(text).contains(what);
    return text.replace(what, with);
  }
}
