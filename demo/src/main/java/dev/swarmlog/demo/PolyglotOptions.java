package dev.swarmlog.demo;

import dev.swarmlog.demo.polyglot.PolyglotSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of {@code demo --polyglot}. */
final class PolyglotOptions {
  /** What {@code --polyglot} goes with. */
  static final Set<String> WITH =
      Set.of(
          "--polyglot",
          "--seconds",
          "--seed",
          "--json",
          "--plain",
          "--data",
          "--sdks",
          "--coordinator");

  /** The same, for people. */
  static final String NAMED =
      "--seconds, --seed, --data, --sdks, --coordinator, --json and --plain";

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--polyglot",
      description = "Run agents of all languages in one swarm instead. Goes with " + NAMED + ".")
  private boolean polyglot;

  @Option(
      names = "--sdks",
      paramLabel = "CHECKOUT",
      description =
          "With --polyglot: the agents of this checkout, such as one of another version. Default: those of this one.")
  private @Nullable Path sdks;

  @Option(
      names = "--coordinator",
      paramLabel = "FILE",
      description =
          "With --polyglot: the swarmlog of another distribution, which serves instead of this one.")
  private @Nullable Path coordinator;

  boolean areWanted() {
    return polyglot;
  }

  /**
   * Looks whether they can be what is meant.
   *
   * @throws ParameterException if they cannot
   */
  void check() {
    expect(
        polyglot || (sdks == null && coordinator == null),
        "Expected --sdks and --coordinator with --polyglot, but it is missing.");
    expect(
        sdks == null || Files.isDirectory(sdks.resolve("sdk-generated")),
        "Expected --sdks to be a checkout, but %s has no folder sdk-generated.".formatted(sdks));
    expect(
        coordinator == null || Files.isExecutable(coordinator),
        "Expected --coordinator to be a program, but %s is none.".formatted(coordinator));
  }

  private void expect(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  /**
   * What is to be run.
   *
   * @param own this checkout
   */
  PolyglotSettings settings(int seconds, long seed, Path folder, Path own) {
    return new PolyglotSettings(
        seconds, seed, folder, sdks == null ? own : sdks, sdks != null, coordinator);
  }
}
