package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.repair.OpRange;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * One log as it can be read: how far it is whole, what is missing and what lies behind that.
 *
 * <p>Whole is what is dense from the horizon on and has the running hash that follows from the
 * operation before. Owned by one thread.
 */
final class LogSurvey implements ReadableRows.Listener {

  /** Hears of the operations above the horizon that can be read, in order. */
  interface Listener {
    void operation(long opId, byte[] row);
  }

  final FoundSwarms.Found swarm;
  final Log log;

  private final byte[] partition;
  private final Horizon horizon;
  private final Listener listener;
  private final Digests digests = new Digests();
  private final List<OpRange> lost = new ArrayList<>();
  private final List<OpRange> readable = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();
  private long lastOpId;
  private byte[] lastHash;
  private boolean hashKnown;
  private long operationCount;

  private LogSurvey(FoundSwarms.Found swarm, Log log, Horizon horizon, Listener listener) {
    this.swarm = swarm;
    this.log = log;
    this.partition = Keys.partition(swarm.key, log);
    this.horizon = horizon;
    this.listener = listener;
    this.lastOpId = horizon.opId();
    this.lastHash = horizon.runningHash();
    this.hashKnown = horizon.hashKnown();
  }

  /**
   * Walks a log.
   *
   * @param metaGaps where {@code meta} cannot be read: the horizon may have stood there
   */
  static LogSurvey of(
      ReadableRows rows,
      FoundSwarms.Found swarm,
      Log log,
      Collection<Gap> metaGaps,
      LogSurvey.Listener listener) {
    Horizon stated = swarm.horizon(log);
    byte[] key = Keys.horizon(swarm.key, log);
    Horizon horizon = stated != null ? stated : Horizon.START;
    if (metaGaps.stream().anyMatch(gap -> gap.covers(key))) {
      horizon = new LastRun().horizonFrom(horizon, rows, Keys.partition(swarm.key, log));
    }
    LogSurvey survey = new LogSurvey(swarm, log, horizon, listener);
    rows.walk(Family.LOG, survey.partition, Bytes.after(survey.partition), survey);
    survey.lose(survey.lastOpId + 1, survey.statedHeadOpId());
    if (swarm.head(log) == null && survey.endsInGap()) {
      // At least one: how many there were nothing says any more.
      survey.lose(survey.lastOpId + 1, survey.lastOpId + 1);
    }
    return survey;
  }

  private boolean endsInGap() {
    byte[] next = Bytes.append(partition, lastOpId + 1);
    return gaps.stream().anyMatch(gap -> gap.covers(next));
  }

  @Override
  public void row(byte[] key, byte[] value) {
    long opId = Bytes.trailingLong(key);
    operationCount++;
    if (opId <= horizon.opId()) {
      return;
    }
    if (opId > lastOpId + 1) {
      lose(lastOpId + 1, opId - 1);
    }
    boolean follows = hashKnown && opId == lastOpId + 1 && !lostJustBefore(opId);
    if (!canBeParsed(opId, value) || follows && !digests.follows(lastHash, value)) {
      lose(opId, opId);
    } else {
      readable.add(new OpRange(opId, opId));
      mergeLast(readable);
      listener.operation(opId, value);
    }
    lastOpId = opId;
    lastHash = StoredRows.runningHash(value);
    hashKnown = true;
  }

  @Override
  public void gap(Gap gap) {
    gaps.add(gap);
  }

  private static boolean canBeParsed(long opId, byte[] row) {
    try {
      StoredRows.parse(row, opId);
      return true;
    } catch (StorageException e) {
      return false;
    }
  }

  private boolean lostJustBefore(long opId) {
    return !lost.isEmpty() && lost.get(lost.size() - 1).last() == opId - 1;
  }

  private void lose(long first, long last) {
    if (last >= first) {
      lost.add(new OpRange(first, last));
      mergeLast(lost);
    }
  }

  private static void mergeLast(List<OpRange> ranges) {
    int size = ranges.size();
    if (size >= 2 && ranges.get(size - 2).last() + 1 == ranges.get(size - 1).first()) {
      OpRange end = ranges.remove(size - 1);
      ranges.set(size - 2, new OpRange(ranges.get(size - 2).first(), end.last()));
    }
  }

  private long statedHeadOpId() {
    Horizon stated = swarm.head(log);
    return stated == null ? 0 : stated.opId();
  }

  /** Where the last operations without a hole begin: the horizon can be no lower. */
  private static final class LastRun implements ReadableRows.Listener {
    private long last;
    private long beforeFirst;

    /**
     * @param stated one that was right once, or {@link Horizon#START}
     */
    Horizon horizonFrom(Horizon stated, ReadableRows rows, byte[] partition) {
      last = stated.opId();
      beforeFirst = stated.opId();
      rows.walk(Family.LOG, Bytes.append(partition, last + 1), Bytes.after(partition), this);
      return beforeFirst == stated.opId()
          ? stated
          : new Horizon(beforeFirst, new byte[Bytes.HASH_BYTES]);
    }

    @Override
    public void row(byte[] key, byte[] value) {
      long opId = Bytes.trailingLong(key);
      if (opId != last + 1) {
        beforeFirst = opId - 1;
      }
      last = opId;
    }

    @Override
    public void gap(Gap gap) {
      // What lies before it cannot be told from what was compacted.
    }
  }

  Horizon horizon() {
    return horizon;
  }

  /** Operations of which nothing says that they were compacted; empty if there are none. */
  Optional<OpRange> takenForCompacted() {
    Horizon stated = swarm.horizon(log);
    long from = stated == null ? 0 : stated.opId();
    return from < horizon.opId()
        ? Optional.of(new OpRange(from + 1, horizon.opId()))
        : Optional.empty();
  }

  byte[] partition() {
    return partition;
  }

  /** The last operation that is known to have been there. */
  long headOpId() {
    return Math.max(Math.max(lastOpId, statedHeadOpId()), horizon.opId());
  }

  /** Up to here nothing is missing. */
  long wholeThroughOpId() {
    return lost.isEmpty() ? headOpId() : lost.get(0).first() - 1;
  }

  /** Whether {@code meta} says another head than the one the operations give. */
  boolean headDiffers() {
    Horizon stated = swarm.head(log);
    return stated == null
        ? headOpId() > 0
        : stated.opId() != headOpId()
            || stated.opId() > horizon.opId() && !Arrays.equals(stated.runningHash(), lastHash);
  }

  List<OpRange> lost() {
    return lost;
  }

  /** What can be read behind the first operation that is lost. */
  List<OpRange> cutOff() {
    return readable.stream().filter(range -> range.first() > wholeThroughOpId()).toList();
  }

  /** Where rows of the log cannot be read, at or below the horizon too. */
  List<Gap> gaps() {
    return gaps;
  }

  /** Operations that can be read, at or below the horizon too. */
  long operationCount() {
    return operationCount;
  }
}
