package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffPage;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.DiffSummary;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What changed between two operations of a log, read frame by frame: every event, whether it has
 * expired since or not, and of each key whose value differs one change; then a summary.
 *
 * <p>Holds one page of the log, and looks up what keys held before for one frame at a time. Used by
 * one thread at a time, which may block.
 */
final class DiffCourse implements DiffFrames {

  private final LogReading reading;
  private final Position head;
  private final View view;
  private final DiffSummary.Builder summary = DiffSummary.newBuilder();

  /** Read, and not yet in a frame. */
  private final ArrayDeque<StoredOperation> waiting = new ArrayDeque<>();

  private DeltaBounds bounds;
  private long cursor;
  private boolean ended;

  DiffCourse(LogReading reading, Position head, View view, DeltaBounds bounds) {
    this.reading = reading;
    this.head = head;
    this.view = view;
    this.bounds = bounds;
    this.cursor = bounds.start();
  }

  @Override
  public boolean ended() {
    return ended;
  }

  @Override
  public @Nullable DiffResponse next() {
    if (waiting.isEmpty() && cursor < bounds.target()) {
      readPage();
      if (waiting.isEmpty()) {
        return null;
      }
    }
    if (waiting.isEmpty()) {
      ended = true;
      return DiffResponse.newBuilder().setSummary(summary()).build();
    }
    DiffPage.Builder page = DiffPage.newBuilder();
    long bytes = 0;
    while (bytes < reading.pageBytes() && !waiting.isEmpty()) {
      Change change = change(waiting.removeFirst().toProto());
      page.addChanges(change);
      bytes += change.getSerializedSize();
    }
    return DiffResponse.newBuilder().setPage(page).build();
  }

  private void readPage() {
    Page page =
        reading
            .eventLog()
            .readDelta(reading.swarm(), reading.log(), view, bounds, cursor, reading.pageBytes());
    List<StoredOperation> changes = new ArrayList<>(page.operations());
    changes.addAll(page.expired());
    changes.sort(Comparator.comparingLong(StoredOperation::opId));
    waiting.addAll(changes);
    summary.setNetZeroCount(summary.getNetZeroCount() + page.netZero().size());
    cursor = page.toInclusive();
    bounds = bounds.after(page);
  }

  private Change change(Operation after) {
    Change.Builder change = Change.newBuilder().setAfter(after);
    if (after.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      summary.setEventsCount(summary.getEventsCount() + 1);
      return change.build();
    }
    Optional<Operation> before = before(after);
    before.ifPresent(change::setBefore);
    if (after.getTombstone()) {
      summary.setDeletedCount(summary.getDeletedCount() + 1);
    } else if (before.isPresent()) {
      summary.setChangedCount(summary.getChangedCount() + 1);
    } else {
      summary.setCreatedCount(summary.getCreatedCount() + 1);
    }
    return change.build();
  }

  /** The operation that made the value the key had, if it was live. */
  private Optional<Operation> before(Operation after) {
    Scope scope =
        Scope.newBuilder().setTopic(after.getTopic()).setTarget(after.getTarget()).build();
    return reading
        .eventLog()
        .newestOfKey(reading.swarm(), reading.log(), scope, after.getKey(), bounds.start())
        .map(StoredOperation::toProto)
        .filter(before -> !before.getTombstone());
  }

  private DiffSummary summary() {
    return summary
        .setFrom(position(bounds.start()))
        .setTo(position(bounds.target()))
        .addAllSums(reading.eventLog().sums(reading.swarm(), reading.log(), view, bounds.target()))
        .build();
  }

  private Position position(long opId) {
    byte[] hash =
        reading
            .eventLog()
            .runningHash(reading.swarm(), reading.log(), opId)
            .orElseThrow(
                () -> new IllegalStateException("Expected operation %d to exist".formatted(opId)));
    return Positions.at(head, opId, hash);
  }
}
