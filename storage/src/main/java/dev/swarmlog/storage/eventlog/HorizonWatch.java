package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.eventlog.PublishedSwarms.Published;
import dev.swarmlog.v1.Log;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Holds readings against the horizon of their log, before and behind: rows go while others read,
 * and readers see rows go before that is durable. For any thread.
 *
 * <p>What a compaction to a horizon removes is nothing that an answer at or above it needs, and the
 * horizon moves first ({@link AppliedHorizon}). So a reading that is not below the horizon when it
 * has ended is right, whatever has been removed under it.
 */
final class HorizonWatch {

  private final Published swarm;
  private final Log log;
  private final AppliedHorizon horizon;

  HorizonWatch(Published swarm, Log log) {
    this.swarm = swarm;
    this.log = log;
    this.horizon = swarm.horizon(log);
  }

  /**
   * Answers what is asked about an operation and those above it.
   *
   * @throws BelowHorizonException if it is below the horizon, or came to be meanwhile
   */
  <T> T from(long opId, Supplier<T> reading) {
    check(opId);
    T answer;
    try {
      answer = reading.get();
    } catch (RuntimeException e) {
      // A row that is missing may have been removed just now.
      check(opId);
      throw e;
    }
    check(opId);
    return answer;
  }

  /** The same; about 0, which is before the first operation, everything is known as well. */
  <T> T fromBeginningOr(long opId, Supplier<T> reading) {
    return opId == 0 ? reading.get() : from(opId, reading);
  }

  /**
   * Answers with a page of a delta.
   *
   * @param reading is told the horizon that the page is for; read again if that moves meanwhile and
   *     it matters
   * @throws BelowHorizonException if the page cannot be told any more
   */
  Page delta(DeltaBounds bounds, long cursor, Function<Horizon, Page> reading) {
    while (true) {
      Horizon before = horizon.get();
      check(bounds, cursor, before.opId());
      Page page = null;
      RuntimeException failure = null;
      try {
        page = reading.apply(before);
      } catch (RuntimeException e) {
        failure = e;
      }
      long after = horizon.get().opId();
      check(bounds, cursor, after);
      boolean same =
          after == before.opId()
              || cursor >= after && mayElide(bounds, after) == mayElide(bounds, before.opId());
      if (same && failure != null) {
        throw failure;
      }
      if (same && page != null) {
        return page;
      }
    }
  }

  /**
   * Whether it is known what a reader holds, so that what came back to its value can be left out.
   * What keys held is told by versions at the base and at the interrupted target: both are at or
   * above the horizon, or the base is nothing at all.
   */
  static boolean mayElide(DeltaBounds bounds, long horizon) {
    return bounds.exact()
        && (bounds.base() >= horizon
            || bounds.base() == 0
                && (bounds.interruptedTarget() == 0 || bounds.interruptedTarget() >= horizon));
  }

  /**
   * A page that begins below the horizon is for a reader that has nothing, and was given no event
   * yet: of the keys that are live it needs the newest operations only, and those are there.
   */
  private void check(DeltaBounds bounds, long cursor, long horizon) {
    if (bounds.target() < horizon) {
      throw below(bounds.target(), horizon);
    }
    boolean hasNoEvents = cursor == 0 || cursor <= bounds.noEventsThrough();
    if (cursor < horizon && !(bounds.isFromNothing() && hasNoEvents)) {
      throw below(cursor, horizon);
    }
  }

  private void check(long opId) {
    long current = horizon.get().opId();
    if (opId < current) {
      throw below(opId, current);
    }
  }

  private BelowHorizonException below(long opId, long current) {
    return new BelowHorizonException(swarm.state().name(), log, opId, current);
  }
}
