package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.AgentCursor;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Compact;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.OpenProducer;
import dev.swarmlog.storage.v1.PurgeParked;
import dev.swarmlog.storage.v1.RecordCursors;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.storage.v1.ReplayParked;
import dev.swarmlog.storage.v1.SetRateLimits;
import dev.swarmlog.storage.v1.StartEpoch;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.List;

/** Builds commands and entries for tests, and applies them. */
public final class Entries {

  public static final String SWARM = "hive";
  public static final String PRINCIPAL = "local";
  public static final Target ALL =
      Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();

  /** 2026-01-01T00:00:00Z; each entry is a microsecond later than the one before. */
  public static final long START_UNIX_NS = 1_767_225_600_000_000_000L;

  /** Of {@link #refusal}. */
  public static final int MAX_ATTEMPTS = 3;

  /** Epoch of the swarms that {@link #createSwarm} makes. */
  public static final long FIRST_EPOCH = 0xe90cL;

  private static final long STEP_NS = 1_000;

  private Entries() {}

  public static Target agent(String name) {
    return Target.newBuilder().setAgent(name).build();
  }

  public static Target role(String name) {
    return Target.newBuilder().setRole(name).build();
  }

  public static Scope scope(Topic topic, Target target) {
    return Scope.newBuilder().setTopic(topic).setTarget(target).build();
  }

  public static Payload payload(String text) {
    return Payload.newBuilder()
        .setType("test.v1.Text")
        .setContentType("text/plain")
        .setSchemaVersion(1)
        .setData(ByteString.copyFromUtf8(text))
        .build();
  }

  public static PublishRecord event(Topic topic, Target target, String text) {
    return PublishRecord.newBuilder()
        .setTopic(topic)
        .setTarget(target)
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setPayload(payload(text))
        .build();
  }

  public static PublishRecord event(String text) {
    return event(Topic.TOPIC_COMMANDS, ALL, text);
  }

  public static PublishRecord keyed(Topic topic, Target target, String key, String text) {
    return event(topic, target, text).toBuilder()
        .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
        .setKey(key)
        .build();
  }

  public static PublishRecord keyed(String key, String text) {
    return keyed(Topic.TOPIC_RECONCILIATION, ALL, key, text);
  }

  public static PublishRecord tombstone(Topic topic, Target target, String key) {
    return keyed(topic, target, key, "").toBuilder().setTombstone(true).clearPayload().build();
  }

  public static Command createSwarm(String name) {
    return Command.newBuilder()
        .setCreateSwarm(
            CreateSwarm.newBuilder().setName(name).setIncarnation(0x1ca7L).setEpoch(FIRST_EPOCH))
        .build();
  }

  public static Command openProducer(String swarm, String id, Log log, long resumeEpoch) {
    return Command.newBuilder()
        .setOpenProducer(
            OpenProducer.newBuilder()
                .setSwarm(swarm)
                .setProducerId(id)
                .setPrincipal(PRINCIPAL)
                .setLog(log)
                .setResumeEpoch(resumeEpoch))
        .build();
  }

  public static Command append(Append append) {
    return Command.newBuilder().setAppend(append).build();
  }

  /** An append without a producer. */
  public static Append.Builder publish(String swarm, Log log, PublishRecord... records) {
    return Append.newBuilder()
        .setSwarm(swarm)
        .setLog(log)
        .setPublisher("planner")
        .setPrincipal(PRINCIPAL)
        .setGroup(PublishGroup.newBuilder().addAllRecords(List.of(records)));
  }

  /** An append of a producer. */
  public static Append.Builder publish(
      String producer, long epoch, long number, PublishRecord... records) {
    Append.Builder append =
        publish(SWARM, Log.LOG_MAIN, records).setProducerId(producer).setProducerEpoch(epoch);
    append.getGroupBuilder().setNumber(number);
    return append;
  }

  public static Command cursors(String agent, Log log, long ackedOpId) {
    return Command.newBuilder()
        .setRecordCursors(
            RecordCursors.newBuilder()
                .setSwarm(SWARM)
                .addCursors(
                    AgentCursor.newBuilder().setAgent(agent).setLog(log).setAckedOpId(ackedOpId)))
        .build();
  }

  public static Command compact(Log log, long upToOpId) {
    return Command.newBuilder()
        .setCompact(Compact.newBuilder().setSwarm(SWARM).setLog(log).setUpToOpId(upToOpId))
        .build();
  }

  public static Command startEpoch(String swarm, long epoch) {
    return Command.newBuilder()
        .setStartEpoch(StartEpoch.newBuilder().setSwarm(swarm).setEpoch(epoch))
        .build();
  }

  /** An agent of role "welder" could not apply an operation of main. */
  public static Command refusal(String agent, long opId, Reaction reaction, long retryAfterNs) {
    return Command.newBuilder()
        .setRefuseOperation(
            RefuseOperation.newBuilder()
                .setSwarm(SWARM)
                .setAgent(agent)
                .addRoles("welder")
                .addTopics(Topic.TOPIC_COMMANDS)
                .addTopics(Topic.TOPIC_RECONCILIATION)
                .setLog(Log.LOG_MAIN)
                .setOpId(opId)
                .setReaction(reaction)
                .setRetryAfterNs(retryAfterNs)
                .setStatus(Status.newBuilder().setCode(13).setMessage("failed at " + opId))
                .setMaxAttempts(MAX_ATTEMPTS))
        .build();
  }

  public static Command replay(String agent, long opId) {
    return Command.newBuilder()
        .setReplayParked(
            ReplayParked.newBuilder()
                .setSwarm(SWARM)
                .setAgent(agent)
                .setLog(Log.LOG_MAIN)
                .setOpId(opId))
        .build();
  }

  public static Command purge(String agent, long opId) {
    return Command.newBuilder()
        .setPurgeParked(
            PurgeParked.newBuilder()
                .setSwarm(SWARM)
                .setAgent(agent)
                .setLog(Log.LOG_MAIN)
                .setOpId(opId))
        .build();
  }

  public static Command rateLimits(long operationsPerSecond) {
    return Command.newBuilder()
        .setSetRateLimits(
            SetRateLimits.newBuilder()
                .setSwarm(SWARM)
                .setRateLimits(
                    RateLimits.newBuilder()
                        .setSwarm(
                            RateLimit.newBuilder().setOperationsPerSecond(operationsPerSecond))))
        .build();
  }

  public static Entry next(EventLog log, List<Command> commands) {
    return next(log, Math.max(START_UNIX_NS, log.loggedUnixNs() + STEP_NS), commands);
  }

  public static Entry next(EventLog log, long loggedUnixNs, List<Command> commands) {
    return Entry.newBuilder()
        .setVersion(EventLog.ENTRY_VERSION)
        .setIndex(log.appliedIndex() + 1)
        .setLoggedUnixNano(loggedUnixNs)
        .addAllCommands(commands)
        .build();
  }

  /** Applies commands as one entry and makes it durable. */
  public static Applied commit(EventLog log, Command... commands) {
    Applied applied = log.apply(next(log, List.of(commands)));
    log.sync();
    return applied;
  }

  /** Commits one command and returns its outcome. */
  public static Outcome outcome(EventLog log, Command command) {
    return commit(log, command).outcomes().get(0);
  }

  public static Outcome outcome(EventLog log, Append.Builder append) {
    return outcome(log, append(append.build()));
  }
}
