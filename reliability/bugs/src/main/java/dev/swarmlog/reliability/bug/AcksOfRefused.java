package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.List;

/** {@link SeededBug#ACK_FOR_REFUSED}: a refusal of apply becomes an ack of the newest operation. */
final class AcksOfRefused implements StoreLayers {

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new AckingAll(log));
  }

  record AckingAll(EventLog log) {
    Applied apply(Entry entry) {
      Applied applied = log.apply(entry);
      List<Outcome> outcomes = new ArrayList<>(applied.outcomes());
      for (int i = 0; i < outcomes.size(); i++) {
        if (outcomes.get(i) instanceof Outcome.Refused && entry.getCommands(i).hasAppend()) {
          outcomes.set(i, acknowledged(entry.getCommands(i).getAppend(), outcomes.get(i)));
        }
      }
      return new Applied(applied.index(), outcomes, applied.runs());
    }

    private Outcome acknowledged(Append append, Outcome refused) {
      int size = append.getGroup().getRecordsCount();
      return log.swarm(append.getSwarm())
          .map(swarm -> swarm.head(append.getLog()))
          .filter(head -> head.getOpId() >= size)
          .<Outcome>map(head -> appended(head, size))
          .orElse(refused);
    }

    private static Outcome appended(Position head, int size) {
      return new Outcome.Appended(head.getOpId() - size + 1, head, /* duplicate= */ false);
    }
  }
}
