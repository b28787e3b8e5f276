package dev.swarmlog.reliability.faults.power;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.bug.SeededBug;
import dev.swarmlog.reliability.faults.Lanes;
import dev.swarmlog.reliability.faults.ResultTable;
import dev.swarmlog.reliability.faults.Seed;
import dev.swarmlog.reliability.faults.load.Violations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * C2: the power goes while a coordinator starts, serves and stops. Nothing acknowledged is lost,
 * and what was never acknowledged keeps nothing from opening. {@code -Dfaults.losses=N} has it go
 * more often.
 */
class PowerLossIT {
  private static final int LOSSES = Integer.getInteger("faults.losses", 30);
  private static final int LOSSES_IN_A_ROW = 5;
  private static final int COPIES_PER_LOSS = 2;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void shouldKeepEveryAcknowledgedGroupThroughLossesOfPower() throws Exception {
    // given
    Shim shim = Shim.compile(folder);
    Seed seed = Seed.of(PowerLossIT.class);
    long startNs = System.nanoTime();
    Violations violations = new Violations();
    PowerTally tally = new PowerTally();
    int perRound = LOSSES_IN_A_ROW * (1 + COPIES_PER_LOSS);

    // when
    List<Lanes.Round> rounds = new ArrayList<>();
    for (int number = 0; number * perRound < LOSSES; number++) {
      PowerRound round =
          new PowerRound(
              folder.resolve("round-" + number),
              shim,
              number % 2 == 0 ? PowerCoordinators.BUILT : PowerCoordinators.WITH_SMALL_BUFFERS,
              /* lies= */ false,
              LOSSES_IN_A_ROW,
              COPIES_PER_LOSS,
              seed.random(number),
              violations,
              tally);
      rounds.add(round::run);
    }
    Lanes.run(rounds);

    // then
    ResultTable.add("C2, losses of power", tally.toString(), violations.count(), seed, startNs);
    assertThat(violations.found()).as("%s; %s; files in %s", seed, tally, folder).isEmpty();
    assertThat(tally.losses()).isGreaterThanOrEqualTo(LOSSES);
  }

  @Test
  void shouldFindWhatADiskLosesThatOnlySaysThatItFlushes() throws Exception {
    // given
    Violations violations = new Violations();

    // when
    round(PowerCoordinators.BUILT, /* lies= */ true, Seed.of(PowerLossIT.class), violations);

    // then
    assertFound(violations);
  }

  @Test
  void shouldFindAcksThatCameBeforeTheirFlush() throws Exception {
    // given
    Violations violations = new Violations();

    // when
    round(
        PowerCoordinators.with(SeededBug.ACK_BEFORE_FSYNC),
        /* lies= */ false,
        Seed.of(PowerLossIT.class),
        violations);

    // then
    assertFound(violations);
  }

  /**
   * Each loss was found by the check of the logs, or by the coordinator, which refuses what is
   * left, or where nothing is left a producer that had been there before.
   */
  private static void assertFound(Violations violations) {
    assertThat(violations.found())
        .isNotEmpty()
        .allMatch(
            found ->
                found.contains("LOST")
                    || found.contains("it ended with exit code")
                    || found.contains("Expected an epoch that was given to producer")
                    || found.contains("These were found after"));
  }

  /** One life, and copies of it, until the first violation. */
  private void round(
      PowerRound.Coordinators coordinators, boolean lies, Seed seed, Violations violations)
      throws Exception {
    new PowerRound(
            folder.resolve("lying"),
            Shim.compile(folder),
            coordinators,
            lies,
            /* losses= */ 1,
            /* copiesPerLoss= */ 4,
            seed.random(0),
            violations,
            new PowerTally())
        .dropsAll()
        .run();
  }
}
