package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import java.util.List;
import java.util.Locale;

/**
 * How a sync of one log ended: what came, and whether the agent holds what it should hold.
 *
 * @param from where the agent stood
 * @param target where it stands now
 * @param plan PLAN_DELTA also where a live agent fell behind
 * @param exact the coordinator knew what the agent held; then {@code redundant} is expected to be 0
 * @param received operations that came: of the delta, not of snapshot pages
 * @param paged operations that came in snapshot pages
 * @param redundant keyed operations among {@code received} that changed nothing; 0 where the agent
 *     keeps no key index
 * @param superseded keyed operations that did not come, because a later one on the same key made
 *     them unnecessary; as the coordinator counts them
 * @param netZero keys that were touched and have the value again that the agent held, so nothing
 *     came for them; as the coordinator counts them
 * @param expired events that did not come, because their time was over; as the coordinator counts
 *     them
 * @param mismatches where the agent's sums and counts differ from the coordinator's, in words;
 *     empty if it is proven that the agent holds what it should hold
 */
public record SyncReport(
    Log log,
    Position from,
    Position target,
    Plan plan,
    boolean exact,
    long received,
    long paged,
    long redundant,
    long superseded,
    long netZero,
    long expired,
    List<String> mismatches) {

  /** One line for people to read, without digests and hashes unless they differ. */
  @Override
  public String toString() {
    return "%s %d -> %d%s by %s, %s: %d received%s, %d redundant, %d superseded, %d net zero, %d expired, %s"
        .formatted(
            Lanes.name(log),
            from.getOpId(),
            target.getOpId(),
            Deliveries.isSameHistory(from, target) ? "" : " of another history",
            lowerCase(plan.name(), "PLAN_"),
            exact ? "exact" : "not exact",
            received,
            paged == 0 ? "" : " and %d in pages".formatted(paged),
            redundant,
            superseded,
            netZero,
            expired,
            mismatches.isEmpty() ? "no mismatch" : "mismatch: " + String.join("; ", mismatches));
  }

  private static String lowerCase(String name, String prefix) {
    return name.substring(name.startsWith(prefix) ? prefix.length() : 0).toLowerCase(Locale.ROOT);
  }
}
