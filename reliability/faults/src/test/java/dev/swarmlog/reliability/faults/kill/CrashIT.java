package dev.swarmlog.reliability.faults.kill;

import static org.assertj.core.api.Assertions.assertThat;

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
 * C1: SIGKILL under load and while a coordinator starts, again and again. Nothing acknowledged is
 * lost, nothing is there twice or out of order, a retry gets the first answer, and every agent
 * applies all of it once. {@code -Dfaults.kills=N} kills more often.
 */
class CrashIT {
  private static final int KILLS = Integer.getInteger("faults.kills", 50);
  private static final int KILLS_PER_ROUND = 25;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void shouldKeepEveryAcknowledgedGroupOnceAndInOrderThroughSigkill() throws Exception {
    // given
    Seed seed = Seed.of(CrashIT.class);
    long startNs = System.nanoTime();
    Violations violations = new Violations();
    List<KillRound> rounds = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill += KILLS_PER_ROUND) {
      int number = rounds.size();
      rounds.add(
          new KillRound(
              folder.resolve("round-" + number),
              Math.min(KILLS_PER_ROUND, KILLS - kill),
              seed.random(number),
              violations));
    }

    // when
    Lanes.run(rounds.stream().map(round -> (Lanes.Round) round::run).toList());

    // then
    String counts =
        "%,d kills, %,d of them while starting; %,d groups acknowledged, %,d in flight, %,d asked again"
            .formatted(
                KILLS,
                rounds.stream().mapToInt(KillRound::duringStart).sum(),
                rounds.stream().mapToLong(KillRound::acknowledged).sum(),
                rounds.stream().mapToLong(KillRound::inFlight).sum(),
                rounds.stream().mapToLong(KillRound::askedAgain).sum());
    ResultTable.add("C1, SIGKILL", counts, violations.count(), seed, startNs);
    assertThat(violations.found()).as(seed + "; " + counts + "; files in " + folder).isEmpty();
    assertThat(rounds.stream().mapToLong(KillRound::inFlight).sum()).as("in flight").isPositive();
    assertThat(rounds.stream().mapToLong(KillRound::askedAgain).sum())
        .as("asked again")
        .isPositive();
  }
}
