package dev.swarmlog.server.path.batch;

import dev.swarmlog.storage.v1.AgentCursor;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.RecordCursors;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far agents have acknowledged, waiting to ride on the next entry.
 *
 * <p>One note per (swarm, agent, log), the highest. An ack forces no write, so where nothing is
 * published notes of agents that have gone stay: of more than {@link #MAX_NOTES} the oldest is
 * forgotten. Nothing is lost by that but what administration shows of the agent, which is itself
 * the authority on what it applied. Any thread notes; the writer thread drains.
 */
final class CursorNotes {

  /** Of two logs of each agent that may be connected, and some. */
  static final int MAX_NOTES = 65_536;

  private record Key(String swarm, String agent, Log log) {}

  private final Map<Key, Long> notes = new LinkedHashMap<>();

  synchronized void note(String swarm, String agent, Log log, long ackedOpId) {
    notes.merge(new Key(swarm, agent, log), ackedOpId, Math::max);
    if (notes.size() > MAX_NOTES) {
      notes.remove(notes.keySet().iterator().next());
    }
  }

  /** What is noted of an agent and not drained yet; 0 if nothing is. */
  synchronized long noted(String swarm, String agent, Log log) {
    return notes.getOrDefault(new Key(swarm, agent, log), 0L);
  }

  /** Commands for at most {@code maxNotes} notes, oldest first; they are forgotten here. */
  synchronized List<Command> drain(int maxNotes) {
    if (notes.isEmpty()) {
      return List.of();
    }
    Map<String, RecordCursors.Builder> bySwarm = new TreeMap<>();
    Iterator<Map.Entry<Key, Long>> oldest = notes.entrySet().iterator();
    for (int i = 0; i < maxNotes && oldest.hasNext(); i++) {
      Map.Entry<Key, Long> note = oldest.next();
      Key key = note.getKey();
      bySwarm
          .computeIfAbsent(key.swarm(), swarm -> RecordCursors.newBuilder().setSwarm(swarm))
          .addCursors(
              AgentCursor.newBuilder()
                  .setAgent(key.agent())
                  .setLog(key.log())
                  .setAckedOpId(note.getValue()));
      oldest.remove();
    }
    List<Command> commands = new ArrayList<>(bySwarm.size());
    bySwarm
        .values()
        .forEach(cursors -> commands.add(Command.newBuilder().setRecordCursors(cursors).build()));
    return commands;
  }
}
