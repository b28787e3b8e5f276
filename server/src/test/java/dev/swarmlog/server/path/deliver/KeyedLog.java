package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Compact;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.StartEpoch;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;

/** A log in memory with one swarm, to which a test appends. */
public final class KeyedLog {

  public static final String SWARM = "hive";

  private final EventLog log = InMemoryEventLog.create();

  public KeyedLog() {
    apply(
        Command.newBuilder()
            .setCreateSwarm(
                CreateSwarm.newBuilder().setName(SWARM).setIncarnation(0xa).setEpoch(0xb))
            .build());
  }

  public EventLog log() {
    return log;
  }

  public SwarmState swarm() {
    return log.swarm(SWARM).orElseThrow();
  }

  public Position head() {
    return swarm().mainHead();
  }

  /** The position at an operation that is there. */
  public Position at(long opId) {
    return Positions.at(head(), opId, log.runningHash(SWARM, Log.LOG_MAIN, opId).orElseThrow());
  }

  /** Answers where the log ends then. */
  public Position event(Scope scope) {
    return append(inScope(scope, OperationClass.OPERATION_CLASS_EVENT, "event"));
  }

  public Position put(Scope scope, String key, String value) {
    return append(inScope(scope, OperationClass.OPERATION_CLASS_KEYED, value).setKey(key));
  }

  public Position delete(Scope scope, String key) {
    return append(
        inScope(scope, OperationClass.OPERATION_CLASS_KEYED, "")
            .clearPayload()
            .setKey(key)
            .setTombstone(true));
  }

  /** Moves the horizon. */
  public void compact(long upToOpId) {
    apply(
        Command.newBuilder()
            .setCompact(
                Compact.newBuilder().setSwarm(SWARM).setLog(Log.LOG_MAIN).setUpToOpId(upToOpId))
            .build());
  }

  /** Ends the epoch in force here: as if the log had been cut at its head. */
  public void startEpoch(long epoch) {
    apply(
        Command.newBuilder()
            .setStartEpoch(StartEpoch.newBuilder().setSwarm(SWARM).setEpoch(epoch))
            .build());
  }

  private static PublishRecord.Builder inScope(
      Scope scope, OperationClass operationClass, String value) {
    return PublishRecord.newBuilder()
        .setTopic(scope.getTopic())
        .setTarget(scope.getTarget())
        .setOperationClass(operationClass)
        .setPayload(Payload.newBuilder().setData(ByteString.copyFromUtf8(value)));
  }

  private Position append(PublishRecord.Builder published) {
    apply(
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(SWARM)
                    .setLog(Log.LOG_MAIN)
                    .setPublisher("planner")
                    .setPrincipal("local")
                    .setGroup(PublishGroup.newBuilder().addRecords(published)))
            .build());
    return head();
  }

  private void apply(Command command) {
    Entry entry =
        Entry.newBuilder()
            .setVersion(EventLog.ENTRY_VERSION)
            .setIndex(log.appliedIndex() + 1)
            .setLoggedUnixNano(1_000 + log.appliedIndex())
            .addCommands(command)
            .build();
    assertThat(log.apply(entry).outcomes()).noneMatch(Outcome.Refused.class::isInstance);
    log.sync();
  }
}
