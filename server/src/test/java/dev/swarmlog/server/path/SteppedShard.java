package dev.swarmlog.server.path;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.commit.Replication;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A shard over a log in memory whose threads are stepped by the test. */
public final class SteppedShard {

  public static final String SWARM = "hive";

  private final ArrayDeque<Runnable> steps = new ArrayDeque<>();
  private final EventLog log = InMemoryEventLog.create();
  private final Deliveries deliveries;
  private final Committer committer;
  private long nowNs = 1_700_000_000_000_000_000L;

  public SteppedShard(Limits limits, long maxTailBytes) {
    deliveries =
        new Deliveries(
            log,
            steps::addLast,
            limits,
            maxTailBytes,
            new FrameMemory(limits.maxFrameTimesBytes()),
            Instruments.off());
    committer =
        new Committer(
            Replication.local(log, Durability.DURABILITY_OS), deliveries, Instruments.off(), 0);
    commit(
        Command.newBuilder()
            .setCreateSwarm(
                CreateSwarm.newBuilder().setName(SWARM).setIncarnation(0xa).setEpoch(0xb))
            .build());
  }

  public EventLog log() {
    return log;
  }

  public Deliveries deliveries() {
    return deliveries;
  }

  /** Runs later, when the test says {@link #runSteps}. */
  public Executor executor() {
    return steps::addLast;
  }

  /** A clock that advances by a microsecond with each reading. */
  public TimeSource time() {
    return new TimeSource() {
      @Override
      public long unixNs() {
        return nowNs += 1_000;
      }

      @Override
      public long monotonicNs() {
        return nowNs += 1_000;
      }
    };
  }

  /** Runs everything that waits, and what that makes wait. */
  public void runSteps() {
    for (Runnable step = steps.pollFirst(); step != null; step = steps.pollFirst()) {
      step.run();
    }
  }

  /** Commits one entry with one publish group per scope given. */
  public List<Outcome> publish(List<Scope> scopes, int payloadBytes) {
    List<Command> commands = new ArrayList<>();
    for (Scope scope : scopes) {
      commands.add(append(List.of(scope), payloadBytes));
    }
    return commit(commands.toArray(Command[]::new));
  }

  /** Commits one entry with one publish group of several operations. */
  public List<Outcome> publishGroup(List<Scope> scopes, int payloadBytes) {
    return commit(append(scopes, payloadBytes));
  }

  /** Commits one entry with one publish group per record. */
  public List<Outcome> publish(List<PublishRecord> records) {
    return commit(
        records.stream()
            .map(published -> append(PublishGroup.newBuilder().addRecords(published)))
            .toArray(Command[]::new));
  }

  private static Command append(List<Scope> scopes, int payloadBytes) {
    PublishGroup.Builder group = PublishGroup.newBuilder();
    for (Scope scope : scopes) {
      group.addRecords(
          PublishRecord.newBuilder()
              .setTopic(scope.getTopic())
              .setTarget(scope.getTarget())
              .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
              .setPayload(
                  Payload.newBuilder().setData(ByteString.copyFrom(new byte[payloadBytes]))));
    }
    return append(group);
  }

  private static Command append(PublishGroup.Builder group) {
    return Command.newBuilder()
        .setAppend(
            Append.newBuilder()
                .setSwarm(SWARM)
                .setLog(Log.LOG_MAIN)
                .setPublisher("planner")
                .setPrincipal("local")
                .setGroup(group))
        .build();
  }

  private List<Outcome> commit(Command... commands) {
    List<Outcome> outcomes = new ArrayList<>();
    List<Proposal> proposals = new ArrayList<>();
    for (Command command : commands) {
      proposals.add(
          new Proposal(
              Flow.ofSwarm(SWARM), command, command.getSerializedSize(), recordInto(outcomes)));
    }
    committer.commit(time().unixNs(), proposals, List.of());
    return outcomes;
  }

  private static Proposal.Listener recordInto(List<Outcome> outcomes) {
    return new Proposal.Listener() {
      @Override
      public void settled(Outcome outcome, Durability durability) {
        outcomes.add(outcome);
      }

      @Override
      public void abandoned() {
        throw new AssertionError("Expected an outcome");
      }
    };
  }
}
