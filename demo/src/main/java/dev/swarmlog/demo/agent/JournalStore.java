package dev.swarmlog.demo.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.demo.journal.PayloadDigest;
import dev.swarmlog.demo.journal.RecordFile;
import dev.swarmlog.demo.journal.UnixNano;
import dev.swarmlog.demo.v1.Assignment;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.demo.v1.SurveyResult;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.EffectStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.StateSource;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One agent's effects and cursor: each batch is one record of the process's journal, on the device
 * before it counts.
 *
 * <p>{@link #apply} is called by the agent's handler thread, one call at a time, and waits there
 * for the disk.
 */
final class JournalStore implements EffectStore {
  static final List<Topic> TOPICS = List.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION);
  private static final long PROCESS_ID = ProcessHandle.current().pid();

  private final String agent;
  private final RecordFile journal;
  private final AgentTable table;
  private final FaultyPath path;
  private final LagMeter lags;
  private final Consumer<AgentTable.Pending> onAssigned;
  private final Consumer<JournalOperation> onDrift;
  // Written by the handler thread before the agent connects and after; read by load() only.
  private AgentCursor cursor;

  /**
   * @param cursor where the journal ends for this agent
   * @param onAssigned told of each assignment that falls to the agent, once it is journaled; must
   *     not block
   * @param onDrift told of each report of a drift that is over, once it is journaled; must not
   *     block
   */
  JournalStore(
      String agent,
      RecordFile journal,
      AgentTable table,
      AgentCursor cursor,
      FaultyPath path,
      LagMeter lags,
      Consumer<AgentTable.Pending> onAssigned,
      Consumer<JournalOperation> onDrift) {
    this.agent = agent;
    this.journal = journal;
    this.table = table;
    this.cursor = cursor;
    this.path = path;
    this.lags = lags;
    this.onAssigned = onAssigned;
    this.onDrift = onDrift;
  }

  @Override
  public AgentCursor load() {
    return cursor;
  }

  @Override
  public void apply(Batch batch, AgentCursor after) throws Exception {
    List<JournalOperation> operations = new ArrayList<>(batch.operations().size());
    for (Operation operation : batch.operations()) {
      operations.add(toJournal(operation));
    }
    if (!batch.repair()) {
      operations = path.pass(operations);
    }
    JournalRecord record =
        JournalRecord.newBuilder()
            .setAgent(agent)
            .addAllOperations(operations)
            .setCursor(batch.to())
            .setSessionState(ByteString.copyFrom(after.toByteArray()))
            .setAppliedUnixNano(UnixNano.now())
            .setProcessId(PROCESS_ID)
            .setRepair(batch.repair())
            .build();
    journal.append(record).get();
    cursor = after;
    long appliedUnixNano = UnixNano.now();
    for (Operation operation : batch.operations()) {
      if (!batch.repair()) {
        lags.applied(operation.getAppendTimeUnixNano(), appliedUnixNano);
      }
    }
    table.apply(operations, batch.to()).forEach(onAssigned);
    operations.stream().filter(JournalOperation::hasDrift).forEach(onDrift);
  }

  /** The index is what the table holds: one row for each key. */
  @Override
  public Optional<Collection<HeldKey>> heldKeys() {
    List<HeldKey> keys = new ArrayList<>();
    for (Topic topic : TOPICS) {
      for (JournalOperation row : table.rows(topic)) {
        keys.add(new HeldKey(scope(topic), row.getKey(), row.getValueDigest()));
      }
    }
    return Optional.of(keys);
  }

  /** Hands over what the table holds, so that it is compared with the log. */
  void handOver(Scope scope, StateSource.Held held) {
    for (Topic topic : TOPICS) {
      if (scope.equals(scope(topic))) {
        for (JournalOperation row : table.rows(topic)) {
          held.value(
              row.getKey(),
              Payloads.of(row.hasAssignment() ? row.getAssignment() : row.getResult()));
        }
      }
    }
  }

  private static Scope scope(Topic topic) {
    return Scope.newBuilder().setTopic(topic).setTarget(Targets.all()).build();
  }

  private static JournalOperation toJournal(Operation operation)
      throws InvalidProtocolBufferException {
    ByteString payload = operation.getPayload().getData();
    JournalOperation.Builder journaled =
        JournalOperation.newBuilder()
            .setOpId(operation.getOpId())
            .setTopic(operation.getTopic())
            .setKey(operation.getKey())
            .setPayloadDigest(PayloadDigest.of(payload));
    if (operation.getKey().isEmpty()) {
      return journaled.setDrift(DriftReport.parseFrom(payload)).build();
    }
    journaled.setValueDigest(operation.getValueDigest()).setDeleted(operation.getTombstone());
    if (operation.getTopic() == Topic.TOPIC_COMMANDS) {
      journaled.setAssignment(Assignment.parseFrom(payload));
    } else {
      journaled.setResult(SurveyResult.parseFrom(payload));
    }
    return journaled.build();
  }
}
