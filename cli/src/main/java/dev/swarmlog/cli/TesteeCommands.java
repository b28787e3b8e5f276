package dev.swarmlog.cli;

import dev.swarmlog.bench.SdkPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the testees of our own SDKs are started: Java's out of the distribution, the others by {@code
 * sdk-generated/LANG/conformance/testee} of a checkout.
 */
final class TesteeCommands {
  private static final String JAVA_TESTEE = "dev.swarmlog.sdk.Testee";

  private final Map<String, List<String>> byLanguage = new TreeMap<>();

  private TesteeCommands() {}

  /**
   * Those there are.
   *
   * @param checkout its root; null if there is none
   */
  static TesteeCommands of(@Nullable Path checkout) {
    TesteeCommands commands = new TesteeCommands();
    if (checkout != null) {
      try {
        SdkPrograms.find(checkout, "conformance/testee")
            .forEach(
                (language, testee) ->
                    commands.byLanguage.put(language, List.of(testee.toString())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    commands.byLanguage.put(
        "java",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            JAVA_TESTEE));
    return commands;
  }

  List<String> languages() {
    return new ArrayList<>(byLanguage.keySet());
  }

  /** The command that starts the testee of a language; null if there is none. */
  @Nullable List<String> command(String language) {
    return byLanguage.get(language);
  }
}
