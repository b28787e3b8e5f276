package dev.swarmlog.cli.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One {@link SmallCoordinator} after another, on one port and one data directory. */
final class KilledCoordinator {
  private static final long TIMEOUT_S = 60;

  private final Path folder;
  private ChildProcess process;
  private int port;
  private int kills;

  private KilledCoordinator(Path folder) {
    this.folder = folder;
  }

  static KilledCoordinator start(Path folder) throws Exception {
    KilledCoordinator coordinator = new KilledCoordinator(folder);
    coordinator.start();
    return coordinator;
  }

  String target() {
    return "localhost:" + port;
  }

  int kills() {
    return kills;
  }

  /** SIGKILL, and another one in its place. */
  void killAndRestart() throws Exception {
    process.kill();
    kills++;
    start();
  }

  void stop() throws IOException, InterruptedException {
    process.stop();
  }

  private void start() throws Exception {
    CompletableFuture<Integer> ready = new CompletableFuture<>();
    process =
        ChildProcess.start(
            SmallCoordinator.class,
            folder.resolve("coordinator.log"),
            line -> {
              if (line.startsWith("ready ")) {
                ready.complete(Integer.parseInt(line.substring("ready ".length())));
              }
            },
            List.of(Integer.toString(port), folder.resolve("data").toString()));
    int listens = ready.get(TIMEOUT_S, TimeUnit.SECONDS);
    assertThat(port == 0 || port == listens).as("the same port again").isTrue();
    port = listens;
  }
}
