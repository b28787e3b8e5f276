package dev.swarmlog.reliability.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Coordinator, agents and publishers keep their promises, whatever happens to them: power that goes
 * in the middle of a flush, connections that break and are noticed late, agents that die between an
 * effect and its cursor, clocks that jump, logs that are compacted meanwhile. {@code
 * docs/adr/0037-*.md} says what of it is real.
 *
 * <p>A seed gives a run, the same each time. A run that breaks a promise is made small, and told
 * line by line. To run one seed again:
 *
 * <pre>
 * mvn -pl reliability/simulation -am verify -Dsimulation.seed=N
 * </pre>
 *
 * and to run many, from a first one on (the soak: 100,000, or {@code -Psoak}):
 *
 * <pre>
 * mvn -pl reliability/simulation -am verify -Dsimulation.seeds=100000 -Dsimulation.firstSeed=61
 * </pre>
 */
class SimulationTest {

  private static final int SHRINKING_RUNS = 1_500;
  private static final Logger SDK_LOG = Logger.getLogger("dev.swarmlog.sdk");

  @BeforeAll
  static void beQuiet() {
    // Each cut connection is worth a warning to a person, and there are thousands.
    SDK_LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void beHeard() {
    SDK_LOG.setLevel(null);
  }

  @Test
  void shouldKeepAllPromises() {
    long seed = Long.getLong("simulation.seed", -1);
    long first = seed >= 0 ? seed : Long.getLong("simulation.firstSeed", 1);
    long seeds = seed >= 0 ? 1 : Long.getLong("simulation.seeds", 60);
    long beganNs = System.nanoTime();
    LongAdder steps = new LongAdder();

    // Each run is in one thread; as many runs at a time as there are cores.
    long broken =
        LongStream.range(first, first + seeds)
            .parallel()
            .filter(next -> breaksPromise(next, steps))
            .findFirst()
            .orElse(-1);

    System.out.printf(
        "Simulated seeds %d to %d: %,d steps in %.1f s.%n",
        first, first + seeds - 1, steps.sum(), (System.nanoTime() - beganNs) / 1e9);
    if (broken >= 0) {
      Violation violation = new Simulation(Scenario.of(broken), Bugs.NONE).run();
      fail(story(broken, Objects.requireNonNull(violation), Bugs.NONE), violation);
    }
  }

  private static boolean breaksPromise(long seed, LongAdder steps) {
    Simulation simulation = new Simulation(Scenario.of(seed), Bugs.NONE);
    boolean broken = simulation.run() != null;
    steps.add(simulation.time().steps());
    return broken;
  }

  private static String story(long seed, Violation violation, Bugs bugs) {
    Scenario small =
        new Shrinker(bugs, SHRINKING_RUNS).shrink(Scenario.of(seed), violation.invariant());
    Simulation again = new Simulation(small, bugs);
    Violation found = again.run();
    return "Expected seed %d to keep all promises, but it breaks one:%n%n  %s%n%nMade small (%d actions):%n%n%s%n  %s%n%nAgain: mvn -pl reliability/simulation -am verify -Dsimulation.seed=%d%n"
        .formatted(
            seed,
            violation.getMessage(),
            small.actions().size(),
            String.join(System.lineSeparator(), again.story()),
            found == null ? "" : found.getMessage(),
            seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 17, 4242})
  void shouldGiveTheSameTranscriptForTheSameSeed(long seed) {
    Simulation first = new Simulation(Scenario.of(seed), Bugs.NONE);
    Simulation second = new Simulation(Scenario.of(seed), Bugs.NONE);

    first.run();
    second.run();

    assertEquals(String.join("\n", first.story()), String.join("\n", second.story()));
    assertEquals(first.chronicle().fingerprint(), second.chronicle().fingerprint());
    assertEquals(first.time().steps(), second.time().steps());
    assertTrue(first.story().size() > 100, "Expected a run in which something happens");
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindSeededBug(SeededBug bug) {
    for (long seed = 1; seed <= bug.seeds(); seed++) {
      if (new Simulation(Scenario.of(seed), bug).run() != null) {
        return;
      }
    }
    fail("Expected %s to be found within %d seeds, but it was not".formatted(bug, bug.seeds()));
  }

  /** If what a run draws has changed, look at the story that is told now, and keep that. */
  @ParameterizedTest
  @CsvSource({"DEDUPE_OUTSIDE_THE_BATCH, 6", "DELIVERY_ABOVE_THE_WATERMARK, 1"})
  void shouldTellTheStoryOfSeededBug(SeededBug bug, long seed) throws IOException {
    Violation violation = Objects.requireNonNull(new Simulation(Scenario.of(seed), bug).run());

    Scenario small =
        new Shrinker(bug, SHRINKING_RUNS).shrink(Scenario.of(seed), violation.invariant());
    Simulation simulation = new Simulation(small, bug);
    String found = String.valueOf(Objects.requireNonNull(simulation.run()).getMessage());
    List<String> story = simulation.story();
    String told = String.join("\n", story) + "\n" + found + "\n";

    assertTrue(story.size() <= 20, "Expected a short story, but got\n" + told);
    assertEquals(golden(bug), told);
  }

  private static String golden(SeededBug bug) throws IOException {
    String name = bug.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".txt";
    try (InputStream text = SimulationTest.class.getResourceAsStream(name)) {
      return text == null ? "" : new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
