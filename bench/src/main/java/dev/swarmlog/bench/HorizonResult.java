package dev.swarmlog.bench;

import dev.swarmlog.v1.Plan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What the horizon bench measured. Ratios are of medians.
 *
 * @param rounds one per repetition
 */
record HorizonResult(HorizonWorkload workload, List<Round> rounds) {

  private static final double NANOS_PER_MS = 1e6;
  private static final double PARTS = 1e6;

  /**
   * One agent that came back below the horizon, and one that came for the first time.
   *
   * @param change that the first one had missed
   */
  record Round(KeyedState.Change change, Coming returned, Coming fresh) {

    /** Keys that were sent to the first one though it held them as they are. */
    long extraKeys() {
      return returned.keysSent() - change.set().size();
    }

    /** Whether both hold in the end what they should, and by their receipts, too. */
    boolean holdsAll() {
      return returned.correct() && fresh.correct();
    }

    /** Whether the first one was given what differed and nothing else, and both hold all. */
    boolean correct() {
      return holdsAll()
          && returned.report().plan() == Plan.PLAN_SNAPSHOT
          && extraKeys() == 0
          && returned.set().equals(change.set())
          && returned.deleted().equals(change.deleted());
    }
  }

  boolean correct() {
    return rounds.stream().allMatch(Round::correct);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("keysSent", keysSent());
    map.put("extraKeys", extraKeys());
    map.put("wrongStates", rounds.stream().filter(round -> !round.holdsAll()).count());
    map.put("bytes", bytes());
    map.put("bytesFromAgent", median(round -> round.returned().bytesFromAgent()));
    map.put("snapshotBytes", snapshotBytes());
    map.put("bytesRatio", Spread.rounded(PARTS, bytesRatio()));
    map.put("returnMs", returnMs());
    map.put("snapshotMs", snapshotMs());
    map.put("keys", workload.keys());
    map.put("differing", workload.differing());
    map.put("payloadBytes", workload.payloadBytes());
    map.put("repetitions", rounds.size());
    map.put("correct", correct());
    return map;
  }

  /** For a person. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%,d of %,d keys of %,d bytes differ below the horizon; %,d repetitions, median (min to max)"
            .formatted(
                workload.differing(), workload.keys(), workload.payloadBytes(), rounds.size()));
    lines.add(
        "  coming back  %,d bytes, %,d keys sent, %s"
            .formatted(bytes(), keysSent(), text(returnMs())));
    lines.add(
        "  all of it    %,d bytes, %,d keys sent, %s"
            .formatted(
                snapshotBytes(), median(round -> round.fresh().keysSent()), text(snapshotMs())));
    lines.add("  so           %.3f %% of the bytes".formatted(100 * bytesRatio()));
    lines.add(verdict());
    return lines;
  }

  private String verdict() {
    if (correct()) {
      return "  checked      everybody was given exactly what was missing";
    }
    return extraKeys() > 0
        ? "  FAILED       %,d of the keys sent did not differ".formatted(extraKeys())
        : "  FAILED       somebody was not given exactly what was missing";
  }

  /** Over all rounds. */
  private long extraKeys() {
    return rounds.stream().mapToLong(Round::extraKeys).sum();
  }

  private long keysSent() {
    return median(round -> round.returned().keysSent());
  }

  /** On the wire, both ways, until the agent that came back had caught up. */
  private long bytes() {
    return median(round -> round.returned().bytes());
  }

  /** The same, for the agent that held nothing. */
  private long snapshotBytes() {
    return median(round -> round.fresh().bytes());
  }

  private double bytesRatio() {
    return (double) bytes() / snapshotBytes();
  }

  private Map<String, Double> returnMs() {
    return ms(round -> round.returned().nanos());
  }

  private Map<String, Double> snapshotMs() {
    return ms(round -> round.fresh().nanos());
  }

  private Map<String, Double> ms(ToLongFunction<Round> nanos) {
    return Spread.of(rounds.stream().mapToDouble(round -> nanos.applyAsLong(round) / NANOS_PER_MS))
        .map(10);
  }

  private long median(ToLongFunction<Round> of) {
    return Math.round(Spread.of(rounds.stream().mapToDouble(of::applyAsLong)).median());
  }

  private static String text(Map<String, Double> ms) {
    return "%,.1f ms (%,.1f to %,.1f)".formatted(ms.get("median"), ms.get("min"), ms.get("max"));
  }
}
