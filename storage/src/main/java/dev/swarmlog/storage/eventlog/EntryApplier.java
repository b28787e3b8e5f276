package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.v1.AgentCursor;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Compact;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.OpenProducer;
import dev.swarmlog.storage.v1.PurgeParked;
import dev.swarmlog.storage.v1.RecordCursors;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.storage.v1.ReplayParked;
import dev.swarmlog.storage.v1.SetRateLimits;
import dev.swarmlog.storage.v1.StartEpoch;
import dev.swarmlog.v1.ErrorReason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * The rules of apply, version 5: a pure function of state and entry.
 *
 * <p>No clock, randomness, hash order, locale or configuration may enter here: the same entries
 * must give the same bytes on every machine, for ever. Owned by the writer thread.
 */
final class EntryApplier {

  private final KeyValueStore store;
  private final Swarms swarms;
  private final Producers producers = new Producers();
  private final IdempotencyKeys idempotencyKeys;
  private final ScopeStates scopes;
  private final KeyStates keys;
  private final ExpiryIndex expiries;
  private final Appender appender;
  private final Expirations expirations;
  private final Compaction compaction;
  private final FailedOperations failures;
  private final OperationRefusals refusals;
  private final Retries retries;
  private long appliedIndex;
  private long loggedUnixNs;

  /** Swarms whose state changed since they were last taken. */
  private final Set<Swarm> changedSwarms = new LinkedHashSet<>();

  EntryApplier(KeyValueStore store) {
    this.store = store;
    this.swarms = Swarms.load(store);
    this.idempotencyKeys = new IdempotencyKeys(store);
    this.scopes = new ScopeStates(store);
    this.keys = new KeyStates(store);
    this.expiries = new ExpiryIndex(store, swarms.all());
    Digests digests = new Digests();
    OperationWriter writer = new OperationWriter(digests, keys, expiries);
    this.appender = new Appender(digests, producers, idempotencyKeys, scopes, writer);
    this.expirations = new Expirations(expiries, scopes, keys, writer);
    this.failures = new FailedOperations(store, swarms.all());
    this.compaction = new Compaction(store, keys, expiries, failures);
    OriginalOperations originals = new OriginalOperations(store, keys);
    this.refusals = new OperationRefusals(failures, originals);
    this.retries = new Retries(failures, originals, scopes, writer, digests);
    byte[] applied = store.get(Family.META, AppliedEntry.key());
    if (applied != null) {
      appliedIndex = AppliedEntry.index(applied);
      loggedUnixNs = AppliedEntry.loggedUnixNs(applied);
    }
  }

  long appliedIndex() {
    return appliedIndex;
  }

  long loggedUnixNs() {
    return loggedUnixNs;
  }

  /** When something expires next, or is to be tried again. */
  OptionalLong nextTimerUnixNs() {
    OptionalLong expiry = expiries.nextUnixNs();
    OptionalLong retry = failures.nextUnixNs();
    return LongStream.concat(expiry.stream(), retry.stream()).min();
  }

  /** When something is to be tried again next. */
  OptionalLong nextRetryUnixNs() {
    return failures.nextUnixNs();
  }

  Collection<Swarm> swarms() {
    return swarms.all();
  }

  /** Swarms that are new or grew since the last call. */
  List<Swarm> takeChangedSwarms() {
    List<Swarm> taken = List.copyOf(changedSwarms);
    changedSwarms.clear();
    return taken;
  }

  /** Applies a {@link #check checked} entry and writes it, as one. */
  Applied apply(Entry entry) {
    Changes changes = new Changes(store);
    Map<LogHead, Swarm> grown = new LinkedHashMap<>();
    List<Outcome> outcomes = new ArrayList<>(entry.getCommandsCount());
    for (Command command : entry.getCommandsList()) {
      outcomes.add(apply(command, entry.getLoggedUnixNano(), changes, grown));
    }
    producers.finish(changes);
    idempotencyKeys.finish(entry.getLoggedUnixNano(), changes);
    for (LogHead head : grown.keySet()) {
      changes.put(Family.META, head.key(), head.toRow());
    }
    changes.put(
        Family.META,
        AppliedEntry.key(),
        AppliedEntry.value(entry.getIndex(), entry.getLoggedUnixNano()));
    changes.write();
    expiries.finish();
    changedSwarms.addAll(failures.finish());
    changedSwarms.addAll(compaction.finish());
    appliedIndex = entry.getIndex();
    loggedUnixNs = entry.getLoggedUnixNano();
    producers.trim();
    scopes.trim();
    keys.trim();
    return new Applied(appliedIndex, outcomes, runs(grown));
  }

  private List<CommittedRun> runs(Map<LogHead, Swarm> grown) {
    List<CommittedRun> runs = new ArrayList<>(grown.size());
    grown.forEach(
        (head, swarm) -> {
          changedSwarms.add(swarm);
          long from = head.entryStart();
          runs.add(
              new CommittedRun(
                  swarm.name, head.log, from, swarm.position(head.log), head.takeAdded()));
        });
    return runs;
  }

  /**
   * Checks that an entry is the next one.
   *
   * @throws IllegalArgumentException if it is not; nothing has changed
   */
  void check(Entry entry) {
    if (entry.getVersion() != EventLog.ENTRY_VERSION) {
      throw new IllegalArgumentException(
          "Expected an entry of version "
              + EventLog.ENTRY_VERSION
              + ", but got "
              + entry.getVersion());
    }
    if (entry.getIndex() != appliedIndex + 1) {
      throw new IllegalArgumentException(
          "Expected entry " + (appliedIndex + 1) + ", but got " + entry.getIndex());
    }
    if (entry.getLoggedUnixNano() < loggedUnixNs) {
      throw new IllegalArgumentException(
          "Expected a logged time from "
              + loggedUnixNs
              + " on, but entry "
              + entry.getIndex()
              + " has "
              + entry.getLoggedUnixNano());
    }
  }

  private Outcome apply(
      Command command, long loggedUnixNs, Changes changes, Map<LogHead, Swarm> grown) {
    return switch (command.getCommandCase()) {
      case CREATE_SWARM -> createSwarm(command, loggedUnixNs, changes);
      case OPEN_PRODUCER -> openProducer(command.getOpenProducer(), changes);
      case APPEND -> append(command.getAppend(), loggedUnixNs, changes, grown);
      case RECORD_CURSORS -> recordCursors(command.getRecordCursors(), changes);
      case EXPIRE -> expirations.expire(loggedUnixNs, changes, grown);
      case COMPACT -> compact(command.getCompact(), changes);
      case SET_RATE_LIMITS -> setRateLimits(command.getSetRateLimits(), changes);
      case REFUSE_OPERATION -> refuse(command.getRefuseOperation(), loggedUnixNs, changes);
      case RELEASE_RETRIES -> retries.release(loggedUnixNs, changes, grown);
      case REPLAY_PARKED -> replay(command.getReplayParked(), loggedUnixNs, changes, grown);
      case PURGE_PARKED -> purge(command.getPurgeParked(), changes);
      case START_EPOCH -> startEpoch(command.getStartEpoch(), loggedUnixNs, changes);
      case COMMAND_NOT_SET ->
          Refusals.invalid("Expected a command that this version knows, but got another one");
    };
  }

  /** What a command does in a swarm; refused if there is none of that name. */
  private Outcome inSwarm(String name, Function<Swarm, Outcome> command) {
    Swarm swarm = swarms.find(name);
    return swarm == null ? Refusals.swarmNotFound(name) : command.apply(swarm);
  }

  private Outcome createSwarm(Command command, long loggedUnixNs, Changes changes) {
    Outcome outcome = swarms.create(command.getCreateSwarm(), loggedUnixNs, changes);
    if (outcome instanceof Outcome.SwarmCreated created) {
      changedSwarms.add(existing(created.swarm().name()));
    }
    return outcome;
  }

  private Outcome openProducer(OpenProducer command, Changes changes) {
    return inSwarm(command.getSwarm(), swarm -> producers.open(swarm, command, changes));
  }

  private Outcome append(
      Append command, long loggedUnixNs, Changes changes, Map<LogHead, Swarm> grown) {
    Swarm swarm = swarms.find(command.getSwarm());
    if (swarm == null) {
      return Refusals.swarmNotFound(command.getSwarm());
    }
    Outcome outcome = appender.append(swarm, command, loggedUnixNs, changes);
    if (outcome instanceof Outcome.Appended appended && !appended.duplicate()) {
      grown.put(swarm.head(command.getLog()), swarm);
    }
    return outcome;
  }

  private Outcome compact(Compact command, Changes changes) {
    return inSwarm(command.getSwarm(), swarm -> compaction.compact(swarm, command, changes));
  }

  private Outcome setRateLimits(SetRateLimits command, Changes changes) {
    return inSwarm(
        command.getSwarm(),
        swarm -> {
          swarm.limit(command.getRateLimits(), changes);
          changedSwarms.add(swarm);
          return new Outcome.RateLimitsSet(command.getRateLimits());
        });
  }

  private Outcome refuse(RefuseOperation command, long loggedUnixNs, Changes changes) {
    return inSwarm(
        command.getSwarm(), swarm -> refusals.refuse(swarm, command, loggedUnixNs, changes));
  }

  private Outcome replay(
      ReplayParked command, long loggedUnixNs, Changes changes, Map<LogHead, Swarm> grown) {
    return inSwarm(
        command.getSwarm(), swarm -> retries.replay(swarm, command, loggedUnixNs, changes, grown));
  }

  private Outcome purge(PurgeParked command, Changes changes) {
    return inSwarm(command.getSwarm(), swarm -> retries.purge(swarm, command, changes));
  }

  private Outcome startEpoch(StartEpoch command, long loggedUnixNs, Changes changes) {
    return inSwarm(
        command.getSwarm(),
        swarm -> {
          Outcome outcome = swarm.epochs.start(swarm, command.getEpoch(), loggedUnixNs, changes);
          if (outcome instanceof Outcome.EpochStarted) {
            changedSwarms.add(swarm);
          }
          return outcome;
        });
  }

  private Outcome recordCursors(RecordCursors command, Changes changes) {
    Swarm swarm = swarms.find(command.getSwarm());
    if (swarm == null) {
      return Refusals.swarmNotFound(command.getSwarm());
    }
    for (AgentCursor cursor : command.getCursorsList()) {
      if (!GroupRules.isCommittedLog(cursor.getLog()) || !GroupRules.isName(cursor.getAgent())) {
        return Refusals.invalid(
            "Expected cursors of named agents in main or control, but got one of '"
                + cursor.getAgent()
                + "' in log number "
                + cursor.getLogValue());
      }
      if (cursor.getAckedOpId() < 0 || cursor.getAckedOpId() > swarm.head(cursor.getLog()).opId()) {
        return Refusals.of(
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "Expected cursors up to "
                + swarm.head(cursor.getLog()).opId()
                + ", but agent '"
                + cursor.getAgent()
                + "' has acknowledged "
                + Long.toUnsignedString(cursor.getAckedOpId()));
      }
    }
    for (AgentCursor cursor : command.getCursorsList()) {
      changes.put(
          Family.COORDINATION,
          Keys.cursor(swarm.key, cursor.getAgent(), cursor.getLog()),
          new KeyBuilder(Long.BYTES).u64(cursor.getAckedOpId()).toBytes());
      failures.settle(swarm, cursor.getAgent(), cursor.getLog(), cursor.getAckedOpId(), changes);
    }
    return new Outcome.CursorsRecorded();
  }

  private Swarm existing(String name) {
    Swarm swarm = swarms.find(name);
    if (swarm == null) {
      throw new IllegalStateException("Expected swarm '" + name + "' to exist, but it does not");
    }
    return swarm;
  }
}
