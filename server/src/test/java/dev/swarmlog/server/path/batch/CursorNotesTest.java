package dev.swarmlog.server.path.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.v1.AgentCursor;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Log;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How far agents have acknowledged, waiting for an entry. */
class CursorNotesTest {

  private final CursorNotes notes = new CursorNotes();

  @Test
  void shouldKeepTheHighestOfEachLane() {
    // when
    notes.note("swarm", "ann", Log.LOG_MAIN, 5);
    notes.note("swarm", "ann", Log.LOG_MAIN, 7);
    notes.note("swarm", "ann", Log.LOG_MAIN, 6);
    notes.note("swarm", "ann", Log.LOG_CONTROL, 2);

    // then
    assertThat(drain(10)).extracting(AgentCursor::getAckedOpId).containsExactly(7L, 2L);
    assertThat(drain(10)).isEmpty();
  }

  @Test
  void shouldForgetTheOldestWhereAgentsComeAndGoAndNothingIsPublished() {
    // when
    for (int i = 0; i <= CursorNotes.MAX_NOTES; i++) {
      notes.note("swarm", "agent-" + i, Log.LOG_MAIN, 1);
    }

    // then
    List<AgentCursor> drained = drain(Integer.MAX_VALUE);
    assertThat(drained).hasSize(CursorNotes.MAX_NOTES);
    assertThat(drained.get(0).getAgent()).isEqualTo("agent-1");
  }

  private List<AgentCursor> drain(int maxNotes) {
    return notes.drain(maxNotes).stream()
        .map(Command::getRecordCursors)
        .flatMap(cursors -> cursors.getCursorsList().stream())
        .toList();
  }
}
