package dev.swarmlog.reliability.faults;

import java.util.Random;

/**
 * Where a fault test takes its random decisions from. Printed, so that a run can be had again:
 * {@code -Dfaults.seed=N}.
 *
 * @param test the test class, by its simple name
 */
public record Seed(String test, long value) {
  private static final String PROPERTY = "faults.seed";

  /** The one that was asked for, or a new one; prints it with the command that replays it. */
  public static Seed of(Class<?> test) {
    Seed seed =
        new Seed(test.getSimpleName(), Long.getLong(PROPERTY, System.nanoTime() & 0xffff_ffffL));
    System.out.println(seed);
    return seed;
  }

  /** Decisions of one part of the test, which do not depend on how many the others take. */
  public Random random(long part) {
    return new Random(value * 0x9E3779B97F4A7C15L + part);
  }

  /** The command that takes the same decisions again. */
  public String replay() {
    return ("mvn -pl reliability/faults -am verify -Dtest=None -Dit.test=%s -D%s=%d"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false")
        .formatted(test, PROPERTY, value);
  }

  @Override
  public String toString() {
    return "%s: seed %d. Again: %s".formatted(test, value, replay());
  }
}
