package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.eventlog.ShardSurvey.Progress;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.kv.WriteSet;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.v1.SwarmRow;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * A shard, written anew into an empty store from what can be read of a damaged one: a log that is
 * whole row by row, any other one from its operations up to the first that is lost.
 *
 * <p>Whatever refers to operations that are lost goes with them: answers to publishers, whose
 * producers have to begin a new epoch, and what agents said of them. Owned by one thread.
 */
public final class ShardRebuilding {

  private final ReadableRows source;
  private final ShardSurvey survey;
  private final KeyValueStore target;
  private final LongSupplier newIds;
  private final RepairListener listener;

  /**
   * Prepares a repair; {@link #run} does it.
   *
   * @param newIds incarnation and epoch of a swarm of which only the name is left; random
   */
  public ShardRebuilding(
      ReadableRows source,
      ShardSurvey survey,
      KeyValueStore target,
      LongSupplier newIds,
      RepairListener listener) {
    this.source = source;
    this.survey = survey;
    this.target = target;
    this.newIds = newIds;
    this.listener = listener;
  }

  /**
   * Writes all rows, durably.
   *
   * @param shard its number, and of how many
   * @return the names of swarms that lost something: their agents have to be told
   */
  public List<String> run(int shard, int shardCount) {
    CutRetries retries = new CutRetries();
    for (Family family : KeyValueEventLog.FAMILIES) {
      listener.began("shard " + shard + ": copying " + family.label());
      Copying copying = new Copying(family, new CutReferences(survey, retries));
      source.walk(family, copying);
      copying.finish();
    }
    List<String> losers = new ArrayList<>();
    Map<Integer, Long> lastNumbers = new TreeMap<>();
    for (FoundSwarms.Found swarm : survey.swarms.all()) {
      lastNumbers.merge(swarm.slot(), swarm.number(), Math::max);
      String name = swarm.name();
      SwarmRow row = restoreRow(swarm, name);
      for (Log log : List.of(Log.LOG_MAIN, Log.LOG_CONTROL)) {
        rebuild(swarm, row, log);
      }
      if (swarm.row() == null || survey.losesSomething(swarm)) {
        losers.add(name);
      }
    }
    retries.write(source, target, survey.swarms.loggedUnixNs());
    writeShardRows(shard, shardCount, lastNumbers);
    target.sync();
    return losers;
  }

  private SwarmRow restoreRow(FoundSwarms.Found swarm, String name) {
    SwarmRow row = swarm.row();
    if (row == null) {
      row =
          SwarmRow.newBuilder()
              .setName(name)
              .setIncarnation(newIds.getAsLong())
              .setEpoch(newIds.getAsLong())
              .setCreatedUnixNano(survey.swarms.loggedUnixNs())
              .build();
    }
    WriteSet changes = target.newWriteSet();
    changes.put(Family.META, Keys.meta(swarm.key, Keys.META_SWARM), row.toByteArray());
    changes.put(
        Family.META,
        Keys.swarmByName(swarm.slot(), name),
        new KeyBuilder(Long.BYTES).u64(swarm.number()).toBytes());
    target.write(changes);
    return row;
  }

  private void rebuild(FoundSwarms.Found swarm, SwarmRow row, Log log) {
    LogSurvey found = survey.logs.get(new RowOwner(new RowKey(swarm.key), log));
    if (found == null || !survey.isToBeRebuilt(found)) {
      return;
    }
    listener.began("rebuilding " + ShardSurvey.describe(found));
    Progress progress = new Progress(listener);
    LogRebuilding rebuilding =
        new LogRebuilding(
            target, new Swarm(row, swarm.slot(), swarm.number()), log, found.horizon());
    long horizon = found.horizon().opId();
    byte[] partition = found.partition();
    source.walk(
        Family.SCOPE,
        partition,
        Bytes.after(partition),
        (RowsOnly)
            (key, value) -> {
              if (Bytes.trailingLong(key) <= horizon) {
                rebuilding.sums(key, value);
              }
            });
    source.walk(
        Family.LOG,
        partition,
        Bytes.append(partition, horizon + 1),
        (RowsOnly)
            (key, value) -> {
              progress.one();
              rebuilding.below(Bytes.trailingLong(key), value);
            });
    rebuilding.horizonReached();
    source.walk(
        Family.LOG,
        Bytes.append(partition, horizon + 1),
        Bytes.append(partition, found.wholeThroughOpId() + 1),
        (RowsOnly)
            (key, value) -> {
              progress.one();
              rebuilding.above(Bytes.trailingLong(key), value);
            });
    rebuilding.finish();
    if (!found.cutOff().isEmpty()) {
      handOutCutOff(found);
    }
  }

  private void handOutCutOff(LogSurvey log) {
    LogSurvey.of(
        source,
        log.swarm,
        log.log,
        survey.metaGaps(),
        (opId, row) -> {
          if (opId > log.wholeThroughOpId()) {
            listener.cutOff(log.swarm.name(), log.log, StoredRows.whole(row, opId));
          }
        });
  }

  private void writeShardRows(int shard, int shardCount, Map<Integer, Long> lastNumbers) {
    ShardFormat.write(target, shard, shardCount);
    WriteSet changes = target.newWriteSet();
    lastNumbers.forEach(
        (slot, number) -> {
          byte[] counter = target.get(Family.META, Keys.lastSwarmNumber(slot));
          if (counter == null || Bytes.getLong(counter, 0) < number) {
            changes.put(
                Family.META,
                Keys.lastSwarmNumber(slot),
                new KeyBuilder(Long.BYTES).u64(number).toBytes());
          }
        });
    changes.put(
        Family.META,
        AppliedEntry.key(),
        AppliedEntry.value(survey.lastEntry(), survey.swarms.loggedUnixNs()));
    target.write(changes);
  }

  /** A walk of which the gaps are known already. */
  private interface RowsOnly extends ReadableRows.Listener {
    @Override
    default void gap(Gap gap) {
      // The survey has told it.
    }
  }

  /** Copies the rows of one family that stay. */
  private final class Copying implements RowsOnly {
    private static final int ROWS_PER_WRITE = 1_000;

    private final Family family;
    private final Progress progress = new Progress(listener);
    private final CutReferences references;
    private WriteSet changes = target.newWriteSet();
    private int pending;

    Copying(Family family, CutReferences references) {
      this.family = family;
      this.references = references;
    }

    @Override
    public void row(byte[] key, byte[] value) {
      progress.one();
      RowOwner owner = RowOwner.of(family, key);
      if (isMadeAnew(owner, key)) {
        return;
      }
      byte[] kept = references.kept(family, owner, key, value);
      if (kept == null) {
        return;
      }
      changes.put(family, key, kept);
      if (++pending >= ROWS_PER_WRITE) {
        write();
      }
    }

    private boolean isMadeAnew(RowOwner owner, byte[] key) {
      LogSurvey log = survey.logs.get(owner);
      if (log == null || !survey.isToBeRebuilt(log)) {
        return false;
      }
      int kind = key[RowOwner.BEHIND_SWARM];
      return switch (family) {
        case LOG, SCOPE, DELTA, STATE, HISTORY -> true;
        case COORDINATION -> kind == Keys.COORDINATION_EXPIRY;
        case META -> kind == Keys.META_HEAD || kind == Keys.META_HORIZON;
        case TELEMETRY -> false;
      };
    }

    void finish() {
      references
          .changedProducers()
          .forEach((key, row) -> changes.put(Family.META, key.bytes(), row));
      write();
    }

    private void write() {
      target.write(changes);
      changes = target.newWriteSet();
      pending = 0;
    }
  }
}
