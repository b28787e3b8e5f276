package dev.swarmlog.storage;

import dev.swarmlog.v1.Skipped;
import java.util.List;

/**
 * A bounded piece of a log, as one view sees it.
 *
 * @param toInclusive how far the page covers the interval asked for
 * @param runningHash of the log at {@code toInclusive}; 16 bytes
 * @param operations what the view holds of the interval, ascending
 * @param expired events of the interval that are left out because their time is over, ascending
 * @param skipped events that are deliberately not handed out, by scope, as they are told: those
 *     that have expired, and in a delta from nothing those below the horizon, with the page that
 *     reaches it
 * @param netZero in a delta, the newest operation of each key that is left out because the reader
 *     holds its value already, ascending
 * @param horizonOpId of a delta, the horizon that the page was read for; else 0
 */
@SuppressWarnings("ArrayRecordComponent")
public record Page(
    long toInclusive,
    byte[] runningHash,
    List<StoredOperation> operations,
    List<StoredOperation> expired,
    List<Skipped> skipped,
    List<StoredOperation> netZero,
    long horizonOpId) {

  /** The same page of a delta, with another account of what is not handed out. */
  public Page of(long horizon, List<Skipped> notHandedOut) {
    return new Page(toInclusive, runningHash, operations, expired, notHandedOut, netZero, horizon);
  }
}
