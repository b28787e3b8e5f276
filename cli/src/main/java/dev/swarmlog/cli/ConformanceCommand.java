package dev.swarmlog.cli;

import dev.swarmlog.conformance.CheckResult;
import dev.swarmlog.conformance.CheckResult.Verdict;
import dev.swarmlog.conformance.KnownFailures;
import dev.swarmlog.conformance.Suite;
import dev.swarmlog.conformance.cases.Case;
import dev.swarmlog.conformance.cases.CaseFiles;
import dev.swarmlog.conformance.cases.TesteeSeat;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.testee.TesteeUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the conformance suite against SDKs. */
@Command(
    name = "conformance",
    description = {
      "Check SDKs against what every SDK must do: cases, played by a scripted coordinator, each of them again with the"
          + " connection cut behind every message; and vectors.",
      "Takes the SDKs of this checkout, or a program around somebody else's (conformance/README.md).",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog conformance                                   all SDKs there are",
      "  swarmlog conformance java python --json                two of them; the last line sums up",
      "  swarmlog conformance --testee './my-testee --quiet'    another one",
      "  swarmlog conformance java --only delta                 what has 'delta' in its name",
    })
final class ConformanceCommand implements Callable<Integer> {
  private static final int MAX_TESTEES = 64;

  @Mixin private OutputOptions outputOptions;

  @Parameters(
      paramLabel = "LANG",
      arity = "0..*",
      description = "Languages, such as java and python; all there are by default.")
  private List<String> languages = new ArrayList<>();

  @Option(
      names = "--testee",
      paramLabel = "COMMAND",
      description = "A shell command that starts a testee, instead of our own.")
  private @Nullable String testee;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "Only checks in whose names this is found.")
  private String only = "";

  @Option(
      names = "--without-cuts",
      description = "Leave out the runs in which the connection is cut.")
  private boolean withoutCuts;

  @Option(
      names = "--testees",
      paramLabel = "N",
      description = "Processes at a time; default: one per processor.")
  private int testees = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--matrix",
      paramLabel = "FILE",
      description = {"Write what each SDK can do into FILE, as a table in Markdown."})
  private @Nullable Path matrix;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "How long each thing may take; default: ${DEFAULT-VALUE}.")
  private int patienceSeconds = 10;

  @Override
  public Integer call() throws Exception {
    Output output = outputOptions.output();
    Map<String, List<String>> commands = commands();
    List<Case> cases = CaseFiles.all();
    Map<String, ConformanceTally> tallies = new LinkedHashMap<>();
    ParityMatrix parity = new ParityMatrix();
    for (Map.Entry<String, List<String>> one : commands.entrySet()) {
      ConformanceTally tally = run(one.getKey(), one.getValue(), cases, parity, output);
      tallies.put(tally.language(), tally);
    }
    output.clearProgress();
    if (matrix != null) {
      write(matrix, parity);
    }
    if (!outputOptions.json()) {
      output.table(
          List.of("SDK", ">PASSED", ">FAILED", ">KNOWN", ">SKIPPED", ">TOTAL"),
          tallies.values().stream().map(ConformanceTally::row).toList());
    } else {
      Map<String, Object> summary = new LinkedHashMap<>();
      tallies.forEach((language, tally) -> summary.put(language, tally.summary()));
      output.json(summary);
    }
    boolean good = tallies.values().stream().allMatch(ConformanceTally::isGood);
    return (good ? ExitCode.OK : ExitCode.FAILURE).number();
  }

  private static void write(Path file, ParityMatrix parity) {
    try {
      Files.write(file, parity.lines());
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Expected a file that can be written in --matrix, but %s cannot: %s"
              .formatted(file, e.getMessage()),
          null);
    }
  }

  private ConformanceTally run(
      String language, List<String> command, List<Case> cases, ParityMatrix parity, Output output)
      throws TesteeException, InterruptedException {
    Suite.Settings settings =
        new Suite.Settings(
            wanted(), !withoutCuts, Math.max(1, Math.min(MAX_TESTEES, testees)), patience());
    String name = language.isEmpty() ? described(command) : language;
    ConformanceTally tally = new ConformanceTally(name);
    Suite suite = new Suite(command, settings, KnownFailures.of(name));
    List<CheckResult> results;
    try {
      results =
          suite.run(
              cases,
              result -> {
                tally.add(result);
                tell(name, result, tally, output);
              });
    } catch (TesteeUnavailableException e) {
      if (!languages.isEmpty()) {
        throw cannotRun(name, e);
      }
      output.remark("%s: skipped: %s".formatted(name, e.getMessage()));
      tally.unavailable(suite.count(cases), String.valueOf(e.getMessage()));
      return tally;
    } catch (TesteeException e) {
      throw noTestee(e);
    }
    if (results.isEmpty()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Expected some check in whose name '%s' is found, but there is none".formatted(only),
          "Leave --only out to run all of them.");
    }
    parity.add(name, results);
    return tally;
  }

  private void tell(String language, CheckResult result, ConformanceTally tally, Output output) {
    boolean worthSaying =
        result.verdict() == Verdict.FAILED || result.verdict() == Verdict.UNEXPECTED_PASS;
    if (outputOptions.json()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("sdk", language);
      line.put("check", result.check());
      line.put("verdict", result.verdict().name().toLowerCase(java.util.Locale.ROOT));
      if (!result.why().isEmpty()) {
        line.put("why", result.why());
      }
      if (worthSaying) {
        line.put("story", result.story());
      }
      output.json(line);
    } else if (worthSaying) {
      output.clearProgress();
      output.line("%s: %s: %s".formatted(language, result.verdict(), result.check()));
      output.line("  " + Output.printable(result.about().strip()));
      output.line("  " + Output.printable(result.why()));
      result.story().forEach(happened -> output.line("    " + Output.printable(happened)));
      output.line("");
    }
    output.progress("%s: %s".formatted(language, tally.progress()));
  }

  private Map<String, List<String>> commands() {
    if (testee != null) {
      if (!languages.isEmpty()) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Expected languages or --testee, but got both",
            "Leave one of them out.");
      }
      return Map.of("", List.of("sh", "-c", testee));
    }
    String checkout = System.getenv("SWARMLOG_CHECKOUT");
    TesteeCommands known = TesteeCommands.of(checkout == null ? null : Path.of(checkout));
    Map<String, List<String>> commands = new LinkedHashMap<>();
    for (String language : languages.isEmpty() ? known.languages() : languages) {
      List<String> command = known.command(language);
      if (command == null) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "Expected one of %s, but got %s"
                .formatted(String.join(", ", known.languages()), Output.printable(language)),
            "A distribution brings java only; the others lie in a checkout. Any other SDK: --testee COMMAND.");
      }
      commands.put(language, command);
    }
    return commands;
  }

  /** What a testee that is not ours calls itself. */
  private String described(List<String> command) throws TesteeException {
    try (TesteeSeat seat = new TesteeSeat(command, patience())) {
      return seat.description().getLanguage();
    } catch (TesteeUnavailableException e) {
      throw cannotRun("the testee", e);
    } catch (TesteeException e) {
      throw noTestee(e);
    }
  }

  private static CommandFailure noTestee(TesteeException why) {
    return new CommandFailure(
        ExitCode.FAILURE,
        String.valueOf(why.getMessage()),
        "conformance/README.md says what a testee has to do.");
  }

  private static CommandFailure cannotRun(String name, TesteeUnavailableException why) {
    return new CommandFailure(
        ExitCode.ENVIRONMENT,
        "Expected to check %s, but it cannot run here: %s".formatted(name, why.getMessage()),
        null);
  }

  private Duration patience() {
    if (patienceSeconds < 1) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Expected --patience of at least 1 second, but got " + patienceSeconds,
          null);
    }
    return Duration.ofSeconds(patienceSeconds);
  }

  private Predicate<String> wanted() {
    try {
      return Pattern.compile(only).asPredicate();
    } catch (PatternSyntaxException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Expected a regular expression in --only, but: " + e.getDescription(),
          null);
    }
  }
}
