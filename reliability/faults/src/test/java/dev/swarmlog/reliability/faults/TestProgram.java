package dev.swarmlog.reliability.faults;

import dev.swarmlog.demo.process.Launch;
import java.nio.file.Path;
import java.util.List;

/** A main class of the tests, to be run in a JVM of its own on the class path of the tests. */
public final class TestProgram {
  /** Lives for seconds: starting fast counts, and many of them share the machine. */
  public static final List<String> FAST_JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xshare:auto",
          "-XX:-UsePerfData",
          "-Xms48m",
          "-Xmx384m");

  private TestProgram() {}

  /** How it is started. */
  public static Launch launch(Class<?> main) {
    return new Launch(
        java(), List.of("-cp", System.getProperty("java.class.path"), main.getName()));
  }

  /** The runtime that runs the tests. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
