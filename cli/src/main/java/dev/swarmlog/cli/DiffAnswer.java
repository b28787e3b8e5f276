package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.DiffSummary;
import org.jspecify.annotations.Nullable;

/** What changed in a log, as it comes: changes, then a summary. Used by one thread. */
abstract class DiffAnswer implements StreamedAnswer<DiffResponse> {

  private final String laterFlag;
  private boolean begun;
  private boolean complete;
  private long changes;

  /**
   * Nothing came yet.
   *
   * @param laterFlag with a later operation, what would not be below a horizon: {@code --from}
   */
  DiffAnswer(String laterFlag) {
    this.laterFlag = laterFlag;
  }

  /** Shows a change. */
  abstract void show(Change change);

  /** Shows the end. */
  abstract void show(DiffSummary summary);

  @Override
  public final boolean hasBegun() {
    return begun;
  }

  @Override
  public final boolean isComplete() {
    return complete;
  }

  @Override
  public final CommandFailure incomplete(@Nullable SwarmlogException thrown) {
    return Failures.cutOff(
        thrown,
        "a summary",
        changes,
        "changes",
        "Run it again; if the log was compacted, from a later " + laterFlag + ".");
  }

  @Override
  public final void show(DiffResponse frame) {
    begun = true;
    changes += frame.getPage().getChangesCount();
    complete |= frame.hasSummary();
    switch (frame.getFrameCase()) {
      case PAGE -> frame.getPage().getChangesList().forEach(this::show);
      case SUMMARY -> show(frame.getSummary());
      case FRAME_NOT_SET -> {}
    }
  }
}
