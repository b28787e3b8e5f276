package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a real terminal, which {@code script} of util-linux makes. */
class TerminalIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path SCRIPT = Path.of("/usr/bin/script");
  private static final String OTHER_SCREEN = "\u001b[?1049h";
  private static final String SCREEN_BEFORE = "\u001b[?1049l";
  private static final String CURSOR_SEEN = "25h";
  private static final int CTRL_C = 3;

  @TempDir private static Path folder;
  private static Installation installation;
  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    assumeThat(Files.isExecutable(SCRIPT)).as("there is %s", SCRIPT).isTrue();
    installation = Installation.built();
    coordinator = Coordinator.start(installation, folder.resolve("data"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (coordinator != null) {
      coordinator.close();
    }
  }

  @Test
  void shouldGiveTheTerminalBackAtCtrlC() throws Exception {
    // given
    Path shown = folder.resolve("ctrl-c");
    Process top = top("xterm", shown);
    try {
      await().atMost(PATIENCE).until(() -> Files.readString(shown).contains(OTHER_SCREEN));

      // when
      pressCtrlC(top);

      // then
      assertThat(top.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(shown)).contains(SCREEN_BEFORE);
    } finally {
      top.destroyForcibly();
    }
  }

  @Test
  void shouldEndTheDemoAtCtrlCWithoutBlamingItsProcesses() throws Exception {
    // given: Ctrl-C goes to all of them
    Path shown = folder.resolve("demo");
    Process demo =
        run("xterm", shown, "demo --data " + folder.resolve("demo-data") + " --seconds 60");
    try {
      await()
          .atMost(PATIENCE)
          .until(() -> Files.exists(folder.resolve("demo-data/acks/process-1")));

      // when
      pressCtrlC(demo);

      // then
      assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(shown)).contains(CURSOR_SEEN).doesNotContain("failed", "\tat ");
    } finally {
      demo.destroyForcibly();
    }
  }

  private static void pressCtrlC(Process onTerminal) throws Exception {
    OutputStream keys = onTerminal.getOutputStream();
    keys.write(CTRL_C);
    keys.flush();
  }

  @Test
  void shouldPrintOneTableOnADumbTerminal() throws Exception {
    Path shown = folder.resolve("dumb");
    Process top = top("dumb", shown);
    try {
      assertThat(top.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(shown)).contains("heap").doesNotContain("quit");
    } finally {
      top.destroyForcibly();
    }
  }

  private static Process top(String terminal, Path shown) throws Exception {
    return run(terminal, shown, "top --server " + coordinator.target());
  }

  private static Process run(String terminal, Path shown, String command) throws Exception {
    Files.writeString(shown, "");
    ProcessBuilder builder =
        new ProcessBuilder(
                SCRIPT.toString(), "-qefc", installation.launcher() + " " + command, "/dev/null")
            .redirectErrorStream(true)
            .redirectOutput(shown.toFile());
    builder.environment().put("TERM", terminal);
    return builder.start();
  }
}
