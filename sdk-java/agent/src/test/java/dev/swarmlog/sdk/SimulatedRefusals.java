package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What becomes of operations that the agent of a {@link SimulatedCoordinator} refuses. */
final class SimulatedRefusals {
  private static final int PARKED_AT = 2;

  /**
   * A first operation: as what it was refused last, how often, and whether it waits; or as what it
   * came again.
   */
  private record Refused(long last, int attempts, boolean parked, boolean waits, long releasedAs) {}

  private final SimulatedCoordinator coordinator;
  private final Random random;
  private final Map<Long, Refused> byFirst = new HashMap<>();

  SimulatedRefusals(SimulatedCoordinator coordinator, Random random) {
    this.coordinator = coordinator;
    this.random = random;
  }

  NackReply refuse(Nack nack, boolean faults) {
    NackReply.Builder reply = NackReply.newBuilder().setLog(Log.LOG_MAIN).setOpId(nack.getOpId());
    if (nack.getOpId() > coordinator.head()) {
      throw new AssertionError("beyond the head: " + nack);
    }
    if (faults && random.nextInt(8) == 0) {
      return reply
          .setOutcome(NackReply.Outcome.OUTCOME_REFUSED)
          .setStatus(Statuses.status(random.nextBoolean() ? "OVERLOADED" : "BELOW_HORIZON"))
          .build();
    }
    Operation operation = coordinator.at(nack.getOpId());
    long first = Redelivery.of(operation).map(Redelivery::firstOpId).orElse(operation.getOpId());
    Refused known = byFirst.get(first);
    boolean lost =
        known != null && known.releasedAs() > 0 && known.releasedAs() <= coordinator.startOpId();
    if (known != null && nack.getOpId() <= known.last() && !lost) {
      return reply.setOutcome(outcome(known)).build();
    }
    if (isSuperseded(coordinator.at(first))) {
      byFirst.remove(first);
      return reply.setOutcome(NackReply.Outcome.OUTCOME_SUPERSEDED).build();
    }
    int attempts =
        1 + Math.max(Redelivery.triedBefore(operation), known == null ? 0 : known.attempts());
    boolean parked = attempts >= PARKED_AT;
    Refused now = new Refused(nack.getOpId(), attempts, parked, !parked, 0);
    byFirst.put(first, now);
    return reply.setOutcome(outcome(now)).build();
  }

  /**
   * Gives some of them again.
   *
   * @param all also what is parked: a person replays it
   */
  void release(boolean all) {
    for (Map.Entry<Long, Refused> entry : List.copyOf(byFirst.entrySet())) {
      Refused refused = entry.getValue();
      boolean due = all ? refused.waits() || refused.parked() : refused.waits();
      if (!due || (!all && random.nextInt(8) > 0)) {
        continue;
      }
      Operation first = coordinator.at(entry.getKey());
      if (isSuperseded(first)) {
        byFirst.remove(entry.getKey());
        continue;
      }
      long opId = coordinator.head() + 1;
      coordinator.append(
          first.toBuilder()
              .setOpId(opId)
              .setGroupFirst(opId)
              .setGroupLast(opId)
              .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
              .clearKey()
              .clearTombstone()
              .setOrigin(
                  Origin.newBuilder()
                      .setOpId(first.getOpId())
                      .setAttempt(refused.attempts())
                      .setOperationClass(first.getOperationClass())
                      .setTarget(first.getTarget())
                      .setKey(first.getKey())
                      .setTombstone(first.getTombstone()))
              .build());
      byFirst.put(
          entry.getKey(), new Refused(refused.last(), refused.attempts(), false, false, opId));
    }
  }

  /** What came again and was acknowledged is settled. */
  void acknowledged(long opId) {
    byFirst.values().removeIf(refused -> refused.releasedAs() > 0 && refused.releasedAs() <= opId);
  }

  /** Nothing is to be given again. */
  boolean isSettled() {
    return byFirst.values().stream().noneMatch(refused -> refused.waits() || refused.parked());
  }

  /** What was given again in the history that is lost waits once more. */
  void forked() {
    for (Map.Entry<Long, Refused> entry : new ArrayList<>(byFirst.entrySet())) {
      if (entry.getKey() > coordinator.head()) {
        byFirst.remove(entry.getKey());
      } else {
        Refused refused = entry.getValue();
        long last = Math.min(refused.last(), coordinator.head());
        byFirst.put(entry.getKey(), new Refused(last, refused.attempts(), false, true, 0));
      }
    }
  }

  private static NackReply.Outcome outcome(Refused refused) {
    return refused.parked() ? NackReply.Outcome.OUTCOME_PARKED : NackReply.Outcome.OUTCOME_RETRY;
  }

  private boolean isSuperseded(Operation first) {
    if (first.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return false;
    }
    Operation newest = coordinator.newestOf(first, coordinator.head());
    return newest != null && newest.getOpId() > first.getOpId();
  }
}
