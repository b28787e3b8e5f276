package dev.swarmlog.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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
    Path sdks = checkout == null ? null : checkout.resolve("sdk-generated");
    if (sdks != null && Files.isDirectory(sdks)) {
      try (Stream<Path> languages = Files.list(sdks)) {
        for (Path language : languages.sorted().toList()) {
          Path testee = language.resolve("conformance").resolve("testee");
          if (Files.isExecutable(testee)) {
            commands.byLanguage.put(
                String.valueOf(language.getFileName()), List.of(testee.toString()));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
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
