package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Entry;
import java.util.ArrayList;
import java.util.List;

/** {@link SeededBug#RETRY_ANSWERED_ANEW}: who asks again hears of the newest operations. */
final class RetriesAnsweredAnew implements StoreLayers {

  @Override
  public EventLog over(EventLog log) {
    return Altered.of(EventLog.class, log, new AnsweringAnew(log));
  }

  record AnsweringAnew(EventLog log) {
    Applied apply(Entry entry) {
      Applied applied = log.apply(entry);
      List<Outcome> outcomes = new ArrayList<>(applied.outcomes());
      for (int i = 0; i < outcomes.size(); i++) {
        if (outcomes.get(i) instanceof Outcome.Appended appended && appended.duplicate()) {
          outcomes.set(i, newest(entry.getCommands(i).getAppend(), appended));
        }
      }
      return new Applied(applied.index(), outcomes, applied.runs());
    }

    private Outcome newest(Append append, Outcome.Appended first) {
      int size = append.getGroup().getRecordsCount();
      return log.swarm(append.getSwarm())
          .map(swarm -> swarm.head(append.getLog()))
          .filter(head -> head.getOpId() >= size)
          .map(head -> new Outcome.Appended(head.getOpId() - size + 1, head, first.duplicate()))
          .orElse(first);
    }
  }
}
