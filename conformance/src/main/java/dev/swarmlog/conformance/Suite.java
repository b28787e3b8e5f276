package dev.swarmlog.conformance;

import dev.swarmlog.conformance.CheckResult.Verdict;
import dev.swarmlog.conformance.cases.Case;
import dev.swarmlog.conformance.cases.CaseRun;
import dev.swarmlog.conformance.cases.Folders;
import dev.swarmlog.conformance.cases.TesteeSeat;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.v1.Feature;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.vectors.Vector;
import dev.swarmlog.conformance.vectors.VectorCheck;
import dev.swarmlog.conformance.vectors.VectorFiles;
import dev.swarmlog.conformance.vectors.VectorTarget;
import dev.swarmlog.conformance.vectors.VectorVerdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Runs checks against one SDK: several testees at a time, each on one case after the other. */
public final class Suite {
  /**
   * What is run, and how.
   *
   * @param wanted which checks, by their names
   * @param cuts whether each case is run again with the connection cut behind each message
   * @param testees processes at a time
   * @param patience for each thing that must happen
   */
  public record Settings(Predicate<String> wanted, boolean cuts, int testees, Duration patience) {}

  private static final String VECTORS = "computes what every other computes";

  private final List<String> command;
  private final Settings settings;
  private final Map<String, String> knownFailures;

  /**
   * A suite for a testee.
   *
   * @param command that starts it
   * @param knownFailures names of checks, and why they fail
   */
  public Suite(List<String> command, Settings settings, Map<String, String> knownFailures) {
    this.command = command;
    this.settings = settings;
    this.knownFailures = knownFailures;
  }

  private interface Check {
    CheckResult run(TesteeSeat seat, Folders folders) throws TesteeException;
  }

  /**
   * Runs vectors and cases.
   *
   * @param progress is told of each result as it comes, one at a time, on threads of the suite
   * @return all results, vectors first, in the order of the files
   * @throws TesteeException if the testee cannot be started
   */
  public List<CheckResult> run(List<Case> cases, Consumer<CheckResult> progress)
      throws TesteeException, InterruptedException {
    try (Folders folders = new Folders()) {
      return runAll(checks(cases), folders, progress);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<CheckResult> runAll(
      List<Check> checks, Folders folders, Consumer<CheckResult> progress)
      throws TesteeException, InterruptedException {
    BlockingQueue<TesteeSeat> seats = new LinkedBlockingQueue<>();
    ExecutorService workers = Executors.newFixedThreadPool(settings.testees());
    List<CheckResult> results = new ArrayList<>();
    try {
      for (int i = 0; i < settings.testees(); i++) {
        seats.add(new TesteeSeat(command, settings.patience().multipliedBy(3)));
      }
      // One by itself first: whatever is wrong with the testee is said once.
      seats.element().description();
      List<Future<CheckResult>> running = new ArrayList<>();
      for (Check check : checks) {
        running.add(workers.submit(seated(check, seats, folders, progress)));
      }
      for (Future<CheckResult> result : running) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TesteeException testee) {
        throw testee;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      workers.shutdownNow();
      seats.forEach(TesteeSeat::close);
    }
  }

  /** How many checks there are of those wanted. */
  public int count(List<Case> cases) {
    return checks(cases).size();
  }

  private List<Check> checks(List<Case> cases) {
    List<Check> checks = new ArrayList<>();
    for (String kind : VectorFiles.KINDS) {
      for (Vector vector : VectorFiles.ofKind(kind)) {
        if (isWanted(name(vector), name(vector))) {
          checks.add((seat, folders) -> vector(vector, seat));
        }
      }
    }
    for (Case one : cases) {
      if (isWanted(whole(one), one.name())) {
        checks.add((seat, folders) -> whole(one, seat, folders));
      }
      if (settings.cuts() && one.uncuttable() == null && isWanted(cuts(one), one.name())) {
        checks.add((seat, folders) -> cuts(one, seat, folders));
      }
    }
    return checks;
  }

  private Callable<CheckResult> seated(
      Check check,
      BlockingQueue<TesteeSeat> seats,
      Folders folders,
      Consumer<CheckResult> progress) {
    return () -> {
      TesteeSeat seat = seats.take();
      try {
        CheckResult result = judged(check.run(seat, folders));
        synchronized (this) {
          progress.accept(result);
        }
        return result;
      } finally {
        seats.add(seat);
      }
    };
  }

  /** By the name that is shown, or by the case's own. */
  private boolean isWanted(String shown, String own) {
    return settings.wanted().test(shown) || settings.wanted().test(own);
  }

  private static String whole(Case one) {
    return "case " + one.name();
  }

  private static String cuts(Case one) {
    return whole(one) + ", cut at every border";
  }

  private static String name(Vector vector) {
    return "vector %s: %s".formatted(vector.kind(), vector.name());
  }

  private static CheckResult vector(Vector vector, TesteeSeat seat) {
    VectorVerdict verdict = VectorCheck.run(vector, (kind, input) -> computed(seat, kind, input));
    if (verdict instanceof VectorVerdict.Failed failed) {
      return result(vector, Verdict.FAILED, failed.difference());
    }
    return verdict instanceof VectorVerdict.Skipped skipped
        ? result(vector, Verdict.SKIPPED, skipped.message())
        : result(vector, Verdict.PASSED, "");
  }

  private static CheckResult result(Vector vector, Verdict verdict, String why) {
    return new CheckResult(
        name(vector),
        VECTORS,
        "The SDK computes what every other computes.",
        verdict,
        why,
        List.of());
  }

  private static VectorTarget.Answer computed(TesteeSeat seat, String kind, String input)
      throws TesteeException {
    Response answer =
        seat.process()
            .ask(
                Request.newBuilder()
                    .setVector(
                        dev.swarmlog.conformance.v1.Vector.newBuilder()
                            .setKind(kind)
                            .setInputJson(input)));
    if (answer.hasUnsupported()) {
      return new VectorTarget.Answer.Unsupported(answer.getUnsupported().getMessage());
    }
    if (!answer.hasVector()) {
      throw new TesteeException(
          answer.hasProblem()
              ? answer.getProblem().getMessage()
              : "Expected a VectorAnswer, but got " + answer.getResponseCase());
    }
    return new VectorTarget.Answer.Computed(answer.getVector().getOutputJson());
  }

  private CheckResult whole(Case one, TesteeSeat seat, Folders folders) throws TesteeException {
    String name = whole(one);
    Feature missing = missing(one, seat);
    if (missing != null) {
      return skipped(name, one, missing);
    }
    CaseRun.Ending ending = new CaseRun(one, seat, folders, settings.patience()).whole();
    return result(name, one, ending, "");
  }

  private CheckResult cuts(Case one, TesteeSeat seat, Folders folders) throws TesteeException {
    String name = cuts(one);
    Feature missing = missing(one, seat);
    if (missing != null) {
      return skipped(name, one, missing);
    }
    CaseRun run = new CaseRun(one, seat, folders, settings.patience());
    int borders = run.whole().messages();
    CaseRun.Ending ending = new CaseRun.Ending(null, List.of(), 0);
    int behind = 0;
    for (; behind < borders && ending.passed(); behind++) {
      ending = run.cutBehind(behind);
    }
    return result(
        name, one, ending, "cut behind message %d of %d: ".formatted(behind - 1, borders));
  }

  private static CheckResult result(String name, Case one, CaseRun.Ending ending, String where) {
    return ending.passed()
        ? new CheckResult(name, one.group().about(), one.about(), Verdict.PASSED, "", List.of())
        : new CheckResult(
            name,
            one.group().about(),
            one.about(),
            Verdict.FAILED,
            where + ending.failure(),
            ending.story());
  }

  private static @Nullable Feature missing(Case one, TesteeSeat seat) throws TesteeException {
    List<Feature> has = seat.description().getFeaturesList();
    return one.needs().stream().filter(need -> !has.contains(need)).findFirst().orElse(null);
  }

  private static CheckResult skipped(String name, Case one, Feature missing) {
    return new CheckResult(
        name,
        one.group().about(),
        one.about(),
        Verdict.SKIPPED,
        "the SDK says that it lacks " + missing.name(),
        List.of());
  }

  private CheckResult judged(CheckResult result) {
    String known = knownFailures.get(result.check());
    Verdict verdict =
        known == null
            ? result.verdict()
            : switch (result.verdict()) {
              case FAILED -> Verdict.KNOWN_FAILURE;
              case PASSED -> Verdict.UNEXPECTED_PASS;
              default -> result.verdict();
            };
    return new CheckResult(
        result.check(), result.group(), result.about(), verdict, result.why(), result.story());
  }
}
