package dev.swarmlog.bench.storm;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a run of one contender measured.
 *
 * @param phases all but the warm-up
 * @param quietBefore whether the phase before the storm was as quiet as it is meant to be: what was
 *     done in it is what was due in it, to 5 %. Else it is nothing to compare with.
 * @param recoverySec from the end of the storm, see {@link Recovery}; empty if that was not seen,
 *     or if it was not quiet before
 * @param commands how many were due, the warm-up included
 * @param lost commands that were never done
 * @param answered requests of the misbehaving agent in the storm
 * @param refused of those, or without an answer in time
 * @param heldBack that it did not make, as too many had no answer yet
 */
public record StormResult(
    ContenderKind contender,
    Map<Phase, PhaseFigures> phases,
    boolean quietBefore,
    OptionalDouble recoverySec,
    long commands,
    long lost,
    long answered,
    long refused,
    long heldBack) {

  private static final double QUIET_TOLERANCE = 0.05;

  /**
   * Computes it from what a run noted.
   *
   * @param cpuSecAt processor time so far at each full second, the beginning and the end included
   * @param stormAt requests of the misbehaving agent so far, at the same moments
   */
  static StormResult of(
      ContenderKind contender,
      StormWorkload workload,
      CommandLedger ledger,
      double[] cpuSecAt,
      List<StormTotals> stormAt) {
    Map<Phase, PhaseFigures> phases = new EnumMap<>(Phase.class);
    for (Phase phase : Phase.values()) {
      int begin = workload.beginSecond(phase);
      int end = workload.endSecond(phase);
      if (phase != Phase.WARM_UP) {
        phases.put(
            phase,
            PhaseFigures.of(
                workload,
                phase,
                ledger,
                cpuSecAt[end] - cpuSecAt[begin],
                stormAt.get(end).since(stormAt.get(begin)).made()));
      }
    }
    PhaseFigures before = figures(phases, Phase.BEFORE);
    // What was asked last may be answered a little later.
    StormTotals storm =
        stormAt
            .get(workload.totalSeconds())
            .since(stormAt.get(workload.beginSecond(Phase.STORM_FAILING)));
    double duePerSec = (double) workload.swarms() * workload.ratePerSecond();
    boolean quiet = Math.abs(before.goodputPerSec() - duePerSec) <= QUIET_TOLERANCE * duePerSec;
    return new StormResult(
        contender,
        phases,
        quiet,
        quiet ? Recovery.seconds(workload, ledger, before.doneMs(99)) : OptionalDouble.empty(),
        ledger.commands(),
        ledger.commands() - ledger.done(),
        storm.answered(),
        storm.refused(),
        storm.heldBack());
  }

  private static PhaseFigures figures(Map<Phase, PhaseFigures> phases, Phase phase) {
    PhaseFigures figures = phases.get(phase);
    if (figures == null) {
      throw new IllegalArgumentException("Expected a phase that is measured, but got " + phase);
    }
    return figures;
  }

  PhaseFigures before() {
    return figures(phases, Phase.BEFORE);
  }

  /** The whole storm. */
  PhaseFigures during() {
    return figures(phases, Phase.STORM_FAILING).plus(figures(phases, Phase.STORM));
  }

  PhaseFigures after() {
    return figures(phases, Phase.AFTER);
  }

  /** By its name in JSON: the three phases, and the two halves of the storm. */
  Map<String, PhaseFigures> named() {
    Map<String, PhaseFigures> named = new LinkedHashMap<>();
    named.put("before", before());
    named.put("during", during());
    named.put(Phase.STORM_FAILING.key(), figures(phases, Phase.STORM_FAILING));
    named.put(Phase.STORM.key(), figures(phases, Phase.STORM));
    named.put("after", after());
    return named;
  }
}
