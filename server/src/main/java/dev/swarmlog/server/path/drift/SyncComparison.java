package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.path.deliver.DifferingKeys;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.List;
import java.util.function.BooleanSupplier;
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

  private final Watched watched;
  private final LaneWork work;
  private final Inquiry inquiry;
  private final BooleanSupplier maySearch;
  private final int pageBytes;

  // Asked once per sync.
  private @Nullable Boolean searches;
  private @Nullable Scope scope;
  private int questions;
  private boolean underWay;

  /**
   * Nothing is asked yet.
   *
   * @param maySearch whether the agent has not been searched too often; takes what a search costs
   * @param pageBytes read at a time
   */
  SyncComparison(
      Watched watched, LaneWork work, Inquiry inquiry, BooleanSupplier maySearch, int pageBytes) {
    this.watched = watched;
    this.work = work;
    this.inquiry = inquiry;
    this.maySearch = maySearch;
    this.pageBytes = pageBytes;
  }

  /** Whether the lane waits for what is found out. */
  boolean isUnderWay() {
    return underWay;
  }

  /**
   * Begins to ask.
   *
   * @param at where the agent stands
   * @param incident is told what differs; null where it need not have held anything else
   */
  void begin(Scope asked, KeyInterval keys, Position at, @Nullable Incident incident) {
    if (!asked.equals(scope)) {
      scope = asked;
      questions = 0;
    }
    if (searches == null) {
      searches = maySearch.getAsBoolean();
    }
    if (!searches || questions >= MAX_QUESTIONS) {
      if (incident != null) {
        incident.healing(Healing.HEALING_SNAPSHOT);
      }
      watched.lane().compared(new DifferingKeys(List.of(keys), null));
      return;
    }
    underWay = true;
    if (incident == null) {
      inquiry.locateAt(at, asked, keys, bytes -> {}, this::found);
    } else {
      inquiry.locateAt(
          at, asked, keys, incident::message, descent -> name(descent, asked, at, incident));
    }
  }

  /** Reads what is going to be sent, to say which keys differ. */
  private void name(Descent descent, Scope asked, Position at, Incident incident) {
    work.read(
        () -> {
          RepairReading reading =
              new RepairReading(watched.swarm(), asked, descent.differing(), pageBytes);
          while (!reading.isDone()) {
            reading.next(watched.eventLog(), at, incident);
          }
          return descent;
        },
        this::found);
  }

  private void found(Descent descent) {
    underWay = false;
    questions += descent.questions();
    List<KeyInterval> differing = descent.differing().stream().map(Difference::keys).toList();
    watched.lane().compared(new DifferingKeys(differing, descent.unsearched()));
  }
}
