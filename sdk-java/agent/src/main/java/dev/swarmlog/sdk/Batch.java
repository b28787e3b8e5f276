package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * An ordered run of operations of one log: one or more whole publish groups, as far as the agent
 * may see them, without anything the agent has already applied.
 *
 * <p>Or a page of keyed state, when the agent takes over a snapshot: then the operations are those
 * that set the keys of the page, as far as the agent does not hold them already, and deletions of
 * held keys that are not in the page. They are no run of the log: their operation IDs lie at or
 * below {@code to} in any order. Deletions made by the agent itself, here and for scopes that left
 * its view, carry the operation ID at which they are made.
 *
 * <p>An operation that the agent is given again ({@link Redelivery}) stands in it as the first one
 * was, keyed or not: what the user's state is to become. It is an event in the log, and none of
 * {@code changedKeys}.
 *
 * <p>Or a repair, see {@code repair}.
 *
 * @param log the lane it came on
 * @param fromOpIdExclusive where the interval starts that the batch covers; 0 in telemetry
 * @param to where it ends, inclusive: the position to store together with the effects. In telemetry
 *     a position with nothing but the log: telemetry has no cursor.
 * @param operations ascending by operation ID, but for pages and deletions made by the agent. Empty
 *     when only the cursor moves on, because nothing of the interval is for this agent.
 * @param changedKeys what the batch changes in the agent's key index, in order: an {@link
 *     EffectStore} that keeps the index stores them with the effects. Empty where it does not.
 * @param replaced intervals of keys that {@code operations} replace: what the user's state holds of
 *     them and is not among the operations is to be deleted. Only where the agent has no key index
 *     and cannot name the deletions itself.
 * @param repair what the agent held differed from the log, and these keys are set and deleted as
 *     they are in the log at {@code to}; otherwise as in a page of keyed state, but also where the
 *     agent believes to hold that value already
 */
public record Batch(
    Log log,
    long fromOpIdExclusive,
    Position to,
    List<Operation> operations,
    List<HeldKey> changedKeys,
    List<KeyInterval> replaced,
    boolean repair) {

  /** A run of the log, without a key index. */
  public Batch(Log log, long fromOpIdExclusive, Position to, List<Operation> operations) {
    this(log, fromOpIdExclusive, to, operations, List.of(), List.of(), false);
  }

  /** The same batch with none of its operations: they are passed over. */
  Batch withoutOperations() {
    return new Batch(log, fromOpIdExclusive, to, List.of(), changedKeys, List.of(), repair);
  }

  /** The operations cut into their publish groups, in order. */
  public List<List<Operation>> groups() {
    List<List<Operation>> groups = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= operations.size(); i++) {
      if (i == operations.size()
          || operations.get(i).getGroupFirst() != operations.get(start).getGroupFirst()) {
        groups.add(operations.subList(start, i));
        start = i;
      }
    }
    return groups;
  }
}
