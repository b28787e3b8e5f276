package dev.swarmlog.reliability.faults.power;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The library that writes down what a process does to its files, compiled when it is needed. */
final class Shim {
  private static final Path SOURCE = Path.of("src", "test", "c", "diskhistory.c").toAbsolutePath();
  private static final long COMPILING_S = 60;

  private final Path library;

  private Shim(Path library) {
    this.library = library;
  }

  /** Compiles it into a folder; skips the test where that is not possible. */
  static Shim compile(Path folder) throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux"),
        "skipped: losses of power need LD_PRELOAD, which Linux has");
    Files.createDirectories(folder);
    Path library = folder.resolve("diskhistory.so");
    Process compiler;
    try {
      compiler =
          new ProcessBuilder(
                  "gcc",
                  "-shared",
                  "-fPIC",
                  "-O2",
                  "-Wall",
                  "-Wextra",
                  "-Werror",
                  "-o",
                  library.toString(),
                  SOURCE.toString(),
                  "-ldl",
                  "-lpthread")
              .inheritIO()
              .start();
    } catch (IOException e) {
      assumeTrue(false, "skipped: losses of power need gcc, but: " + e.getMessage());
      throw e;
    }
    if (!compiler.waitFor(COMPILING_S, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
      throw new IOException("Expected gcc to compile " + SOURCE + ", but it did not.");
    }
    return new Shim(library);
  }

  /**
   * Variables for a process whose history is wanted.
   *
   * @param root below which everything is written down
   * @param history the file it goes to
   * @param lies whether flushes do nothing and say that they did
   */
  Map<String, String> environment(Path root, Path history, boolean lies) {
    Map<String, String> environment = new HashMap<>();
    environment.put("LD_PRELOAD", library.toString());
    environment.put("DISK_HISTORY_ROOT", root.toString());
    environment.put("DISK_HISTORY_FILE", history.toString());
    environment.put("DISK_HISTORY_LIE", lies ? "1" : "0");
    return environment;
  }
}
