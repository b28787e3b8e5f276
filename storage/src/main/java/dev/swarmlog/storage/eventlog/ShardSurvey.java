package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.repair.LogCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All rows of a shard, read once: which can be read, and whether operations are missing.
 *
 * <p>That derived rows (state, sums, deltas) fit the operations is not checked: a block of them is
 * either as it was written, by its checksum, or a gap.
 */
public final class ShardSurvey {

  private static final List<Log> LOGS = List.of(Log.LOG_MAIN, Log.LOG_CONTROL);
  private static final Set<Family> DERIVED =
      EnumSet.of(Family.SCOPE, Family.DELTA, Family.STATE, Family.HISTORY, Family.COORDINATION);

  final FoundSwarms swarms;
  final Map<RowOwner, LogSurvey> logs = new LinkedHashMap<>();
  private final List<Gap> gaps = new ArrayList<>();
  private final int shard;
  private final long acknowledgedEntry;
  private final Trust trust;
  private final Map<RowOwner, List<String>> lostKeys = new LinkedHashMap<>();

  /** What may be believed of rows that can be read. */
  public enum Trust {
    /** No entry is missing between others: what follows from operations fits them. */
    IN_ALL,
    /** The same, but what follows from operations is to be made anew. */
    IN_OPERATIONS,
    /**
     * Entries may be missing between others: what follows from operations need not fit them, and
     * where a log ends nobody can tell.
     */
    IN_NO_END
  }

  private ShardSurvey(int shard, long acknowledgedEntry, Trust trust) {
    this.swarms = new FoundSwarms(gaps);
    this.shard = shard;
    this.acknowledgedEntry = acknowledgedEntry;
    this.trust = trust;
  }

  /**
   * Reads a shard.
   *
   * @param shard its number, for messages
   * @param acknowledgedEntry the last entry that is known to have been acknowledged
   * @param trust in what is read
   * @throws StorageException if it is another shard
   */
  public static ShardSurvey of(
      ReadableRows rows,
      int shard,
      int shardCount,
      long acknowledgedEntry,
      Trust trust,
      RepairListener listener) {
    ShardSurvey survey = new ShardSurvey(shard, acknowledgedEntry, trust);
    listener.began("shard " + shard + ": reading meta");
    rows.walk(Family.META, survey.swarms);
    survey.swarms.checkPlace(shard, shardCount);
    for (Family family : DERIVED) {
      listener.began("shard " + shard + ": reading " + family.label());
      rows.walk(family, survey.new Counting(listener, family));
    }
    listener.began("shard " + shard + ": reading log");
    rows.walk(Family.LOG, survey.new Counting(listener, Family.LOG));
    listener.began("shard " + shard + ": checking running hashes");
    Progress progress = new Progress(listener);
    for (FoundSwarms.Found swarm : List.copyOf(survey.swarms.all())) {
      for (Log log : LOGS) {
        LogSurvey found =
            LogSurvey.of(rows, swarm, log, survey.metaGaps(), (opId, row) -> progress.one());
        RowOwner owner = new RowOwner(new RowKey(swarm.key), log);
        survey.logs.put(owner, found);
        survey.lostKeys.put(owner, LostKeys.find(rows, found));
      }
    }
    return survey;
  }

  /** The last entry that is in a store; 0 if that cannot be read. */
  public static long lastEntry(ReadableRows rows) {
    FoundSwarms found = new FoundSwarms(new ArrayList<>());
    byte[] applied = AppliedEntry.key();
    rows.walk(Family.META, applied, Bytes.after(applied), found);
    return found.appliedIndex();
  }

  /** The swarm that a row of {@code meta} gives its name, by the row's key. */
  public static Optional<String> swarmNamedBy(byte[] metaKey) {
    return metaKey.length > RowOwner.BEHIND_SWARM
            && metaKey[RowOwner.BEHIND_SWARM] == Keys.META_SWARM_BY_NAME
        ? Optional.of(FoundSwarms.name(metaKey))
        : Optional.empty();
  }

  /** Tells how many rows came by, and collects what does not come. */
  private final class Counting implements ReadableRows.Listener {
    private final Progress progress;
    private final Family family;

    Counting(RepairListener listener, Family family) {
      this.progress = new Progress(listener);
      this.family = family;
    }

    @Override
    public void row(byte[] key, byte[] value) {
      progress.one();
      if (family == Family.LOG) {
        // A swarm of which meta knows nothing any more is known from now on.
        var unused = swarms.of(RowOwner.of(family, key).swarm());
      }
    }

    @Override
    public void gap(Gap gap) {
      gaps.add(gap);
    }
  }

  /** Counts rows, and tells from time to time. */
  static final class Progress {
    private static final int STEP = 10_000;

    private final RepairListener listener;
    private long count;

    Progress(RepairListener listener) {
      this.listener = listener;
    }

    void one() {
      if (++count % STEP == 0) {
        listener.rows(count);
      }
    }
  }

  /** Whether what follows from the operations of a log has to be made anew. */
  boolean isToBeRebuilt(LogSurvey log) {
    return trust != Trust.IN_ALL
        || !log.lost().isEmpty()
        || log.headDiffers()
        || !log.gaps().isEmpty()
        || gaps.stream().anyMatch(gap -> damagesDerived(gap, log));
  }

  private static boolean damagesDerived(Gap gap, LogSurvey log) {
    return switch (gap.family()) {
      case SCOPE, DELTA, HISTORY -> gap.touches(log.partition());
      case STATE -> gap.touches(log.swarm.key);
      case COORDINATION -> gap.touches(Keys.expiries(log.swarm.key));
      case META ->
          gap.covers(Keys.head(log.swarm.key, log.log))
              || gap.covers(Keys.horizon(log.swarm.key, log.log));
      case LOG, TELEMETRY -> false;
    };
  }

  /** Whether a swarm has lost something of which its agents have to be told. */
  boolean losesSomething(FoundSwarms.Found swarm) {
    return lostEntries() > 0
        || isLastEntryUnreadable()
        || trust == Trust.IN_NO_END
        || LOGS.stream()
            .map(log -> new RowOwner(new RowKey(swarm.key), log))
            .anyMatch(
                owner -> {
                  LogSurvey log = logs.get(owner);
                  return log != null
                      && (!log.lost().isEmpty()
                          || losesCounts(log)
                          || !lostKeys.getOrDefault(owner, List.of()).isEmpty());
                });
  }

  /** What was counted up to the horizon may stand nowhere any more. */
  private boolean losesCounts(LogSurvey log) {
    return log.horizon().opId() > 0
        && gaps.stream()
            .anyMatch(gap -> gap.family() == Family.SCOPE && gap.touches(log.partition()));
  }

  long lostEntries() {
    return Math.max(0, acknowledgedEntry - foundEntry());
  }

  /**
   * The last entry that is there; where that cannot be read, it is taken for the acknowledged one.
   */
  private long foundEntry() {
    return isLastEntryUnreadable() ? acknowledgedEntry : swarms.appliedIndex();
  }

  private boolean isLastEntryUnreadable() {
    byte[] applied = AppliedEntry.key();
    return swarms.appliedIndex() == 0 && metaGaps().stream().anyMatch(gap -> gap.covers(applied));
  }

  /** No entry has a higher index than this. */
  public long lastEntry() {
    return Math.max(acknowledgedEntry, swarms.appliedIndex());
  }

  /** Where {@code meta} cannot be read. */
  List<Gap> metaGaps() {
    return gaps.stream().filter(gap -> gap.family() == Family.META).toList();
  }

  /**
   * What was found, for people.
   *
   * @param opening what was found to be damaged before anything could be read; comes first
   */
  public ShardCondition condition(List<String> opening) {
    List<LogCondition> conditions = new ArrayList<>();
    long operations = 0;
    for (Map.Entry<RowOwner, LogSurvey> found : logs.entrySet()) {
      LogSurvey log = found.getValue();
      operations += log.operationCount();
      conditions.add(
          new LogCondition(
              log.swarm.name(),
              log.log,
              log.horizon().opId(),
              log.headOpId(),
              log.wholeThroughOpId(),
              log.lost(),
              log.cutOff(),
              lostKeys.getOrDefault(found.getKey(), List.of()),
              isToBeRebuilt(log),
              /* newEpoch= */ 0));
    }
    conditions.sort(Comparator.comparing(LogCondition::swarm).thenComparing(LogCondition::log));
    return new ShardCondition(
        shard,
        acknowledgedEntry,
        foundEntry(),
        operations,
        damage(opening),
        conditions,
        /* repairable= */ true);
  }

  private List<String> damage(List<String> opening) {
    List<String> damage = new ArrayList<>(opening);
    if (!swarms.formatKnown() && (!logs.isEmpty() || acknowledgedEntry > 0)) {
      damage.add("the row that says the format cannot be read");
    }
    if (isLastEntryUnreadable()) {
      damage.add("the row that says which entry is the last one cannot be read");
    }
    for (Gap gap : gaps) {
      damage.add(
          "family %s cannot be read %s: %s"
              .formatted(gap.family().label(), where(gap), gap.detail()));
    }
    if (!metaGaps().isEmpty()) {
      damage.add(
          "answers to publishers may be lost: producers begin a new epoch, and what is published again under an"
              + " idempotency key may be appended again");
    }
    for (LogSurvey log : logs.values()) {
      log.takenForCompacted()
          .ifPresent(
              range ->
                  damage.add(
                      "%s: how far it was compacted may be lost; what is missing of operations %s is taken for compacted"
                          .formatted(describe(log), range)));
      if (losesCounts(log)) {
        damage.add(
            "%s: what was counted of its scopes up to operation %d may be lost: counts and event hashes of some begin there anew"
                .formatted(describe(log), log.horizon().opId()));
      }
      if (log.swarm.row() == null) {
        damage.add("what is known of swarm %s cannot be read".formatted(log.swarm.name()));
      }
    }
    return damage.stream().distinct().toList();
  }

  private String where(Gap gap) {
    Map<String, Long> touched = new TreeMap<>();
    for (FoundSwarms.Found swarm : swarms.all()) {
      if (gap.touches(swarm.key)) {
        touched.put(swarm.name(), swarm.number());
      }
    }
    return touched.isEmpty() ? "in one place" : "in rows of " + String.join(", ", touched.keySet());
  }

  /** Names a log for messages. */
  static String describe(LogSurvey log) {
    return "log " + LogName.of(log.log) + " of swarm '" + log.swarm.name() + "'";
  }

  /** Keys whose newest version at the horizon can be seen in {@code history}, but not its value. */
  static final class LostKeys implements ReadableRows.Listener {
    private final LogSurvey log;
    private final List<String> lost = new ArrayList<>();
    private byte[] supersededKey = new byte[0];

    private LostKeys(LogSurvey log) {
      this.log = log;
    }

    static List<String> find(ReadableRows rows, LogSurvey log) {
      LostKeys keys = new LostKeys(log);
      byte[] partition = log.partition();
      boolean below =
          log.horizon().opId() > 0
              && log.gaps().stream()
                  .anyMatch(
                      gap ->
                          Arrays.compareUnsigned(
                                  gap.fromInclusive(),
                                  Bytes.append(partition, log.horizon().opId() + 1))
                              < 0);
      if (below) {
        rows.walk(Family.HISTORY, partition, Bytes.after(partition), keys);
      }
      return keys.lost;
    }

    @Override
    public void row(byte[] key, byte[] value) {
      long opId = ~Bytes.trailingLong(key);
      byte[] versions = Arrays.copyOf(key, key.length - Long.BYTES);
      if (opId > log.horizon().opId()) {
        if (opId <= log.wholeThroughOpId()) {
          supersededKey = versions;
        }
        return;
      }
      byte[] row = Bytes.append(log.partition(), opId);
      if (!Arrays.equals(versions, supersededKey)
          && log.gaps().stream().anyMatch(gap -> gap.covers(row))) {
        int scopeAt = log.partition().length;
        int scopeBytes = Scopes.encodedLength(key, scopeAt);
        lost.add(Scopes.decodeName(key, scopeAt + scopeBytes) + " (operation " + opId + ")");
      }
    }

    @Override
    public void gap(Gap gap) {
      // It is told as damage of the family.
    }
  }
}
