package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.PublishAck;

/** Outcomes of commands as they are told to those who asked. */
final class Outcomes {

  private Outcomes() {}

  static PublishAck ack(long number, Outcome.Appended appended, Durability durability) {
    return PublishAck.newBuilder()
        .setNumber(number)
        .setFirstOpId(appended.firstOpId())
        .setLast(appended.last())
        .setDurability(durability)
        .setDuplicate(appended.duplicate())
        .build();
  }

  /** The refusal in an outcome that is not what was asked for. */
  static Refusal refusal(Outcome outcome) {
    if (outcome instanceof Outcome.Refused refused) {
      return Refusal.of(refused.reason(), refused.message(), refused.metadata());
    }
    throw new IllegalStateException("Expected another kind of outcome than " + outcome);
  }
}
