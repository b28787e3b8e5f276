package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.path.deliver.DifferingKeys;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out within a sync which keys of a scope an agent holds otherwise than the log, so that only
 * these are sent to it.
 *
 * <p>A descent asks only so much; the lane sends what it found and has it go on behind that.
 * Belongs to the lane's serial executor.
 */
final class SyncComparison {

  /**
   * After so many questions about a scope the rest of it is sent as it is: each costs a way there
   * and back, and so many differ only where much does.
   */
  static final int MAX_QUESTIONS = 2_048;

  private final Lane lane;
  private final Inquiry inquiry;

  private @Nullable Scope scope;
  private int questions;
  private boolean underWay;

  SyncComparison(Lane lane, Inquiry inquiry) {
    this.lane = lane;
    this.inquiry = inquiry;
  }

  /** Whether the lane waits for what is found out. */
  boolean isUnderWay() {
    return underWay;
  }

  /**
   * Begins to ask.
   *
   * @param at where the agent stands
   */
  void begin(Scope asked, KeyInterval keys, Position at) {
    if (!asked.equals(scope)) {
      scope = asked;
      questions = 0;
    }
    if (questions >= MAX_QUESTIONS) {
      lane.compared(new DifferingKeys(List.of(keys), null));
      return;
    }
    underWay = true;
    inquiry.locateAt(at, asked, keys, this::found);
  }

  private void found(Descent descent) {
    underWay = false;
    questions += descent.questions();
    List<KeyInterval> differing = descent.differing().stream().map(Difference::keys).toList();
    lane.compared(new DifferingKeys(differing, descent.unsearched()));
  }
}
