package dev.swarmlog.reliability.faults;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.demo.process.Launch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The distribution that the build of {@code cli} laid out, which is what fault tests run. */
public final class Distribution {
  /** Where it lies, if not in this checkout. */
  private static final String HOME_PROPERTY = "faults.distribution";

  private static final long PREPARATION_S = 120;

  private static final Path HOME =
      Path.of(System.getProperty(HOME_PROPERTY, "../../cli/target/swarmlog"))
          .toAbsolutePath()
          .normalize();

  private Distribution() {}

  /** What holds the processes of a test; its logs go to a folder. */
  public static Children children(Path logs) throws IOException, InterruptedException {
    return new Children(launch(), Files.createDirectories(logs));
  }

  /** A coordinator of the distribution, that starts fast and shows no console. */
  public static CoordinatorProcess.Builder coordinator(Children children, Path dataDirectory) {
    return CoordinatorProcess.on(children, dataDirectory)
        .jvmOptions(TestProgram.FAST_JVM)
        .arguments("--console", "false", "--drain-timeout", "1s");
  }

  /** One of its commands, not started yet. */
  public static ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("bin/swarmlog").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("SWARMLOG_"));
    return builder;
  }

  /**
   * How its program is started. The first call has the launcher prepare a faster start, as it does
   * for everybody.
   */
  public static synchronized Launch launch() throws IOException, InterruptedException {
    Path launcher = HOME.resolve("bin/swarmlog");
    if (!Files.isExecutable(launcher)) {
      throw new IOException(
          "Expected a distribution in %s, but there is none. Build it: mvn -pl cli -am package -DskipTests"
              .formatted(HOME));
    }
    if (!Files.exists(HOME.resolve("prepared"))) {
      Process process =
          new ProcessBuilder(launcher.toString(), "version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(PREPARATION_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("Expected %s to work, but it does not.".formatted(launcher));
      }
    }
    return Launch.ofDistribution(HOME, TestProgram.java());
  }
}
