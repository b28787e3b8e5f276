package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import java.util.List;

/**
 * What an agent held of a scope was not what the log holds, and the coordinator mended it.
 *
 * @param position where the agent stood
 * @param scope where it differed
 * @param keys whose values were set or deleted; each was handed to the handler. What is found in
 *     several steps is told in several reports
 * @param events whether the events that had been counted differed: some were lost, or came twice.
 *     They cannot be mended; from now on the coordinator's count holds
 * @param goodOpId the last operation at which the agent is known to have held what it should: what
 *     went wrong happened behind it; 0 if that is not known
 */
public record RepairReport(
    Position position, Scope scope, List<String> keys, boolean events, long goodOpId) {
  private static final int KEYS_IN_TEXT = 10;

  /** The keys are copied. */
  public RepairReport {
    keys = List.copyOf(keys);
  }

  static RepairReport of(Repair repair, Batch applied) {
    return new RepairReport(
        applied.to(),
        Repairs.scope(repair),
        applied.operations().stream().map(Operation::getKey).toList(),
        repair.hasEvents(),
        repair.getGoodOpId());
  }

  /** One line for people to read, with the first keys. */
  @Override
  public String toString() {
    return "%s at operation %d: %d keys repaired%s%s, %s"
        .formatted(
            Scopes.describe(scope),
            position.getOpId(),
            keys.size(),
            keys.isEmpty()
                ? ""
                : " ("
                    + String.join(", ", keys.subList(0, Math.min(KEYS_IN_TEXT, keys.size())))
                    + (keys.size() > KEYS_IN_TEXT ? ", …)" : ")"),
            events ? ", events lost or doubled" : "",
            goodOpId == 0 ? "not known since when" : "in order until operation " + goodOpId);
  }
}
