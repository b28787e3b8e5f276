package dev.swarmlog.reliability.faults.load;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An agent of the SDK with a cursor on disk, that notes what it applies. It may be closed and
 * opened again, and goes on where its cursor stands.
 *
 * <p>What it has applied belongs to the object's lock; the SDK's handler threads add to it.
 */
public final class ReceivingAgent {
  private static final long LOOK_EVERY_MS = 100;

  private final String target;
  private final String swarm;
  private final String name;
  private final Path cursor;
  private final Violations violations;
  private final Map<Log, Applied> applied = new EnumMap<>(Log.class);
  private SwarmAgent agent;

  /** Starts it. */
  public ReceivingAgent(
      String target, String swarm, String name, Path folder, Violations violations) {
    this.target = target;
    this.swarm = swarm;
    this.name = name;
    this.cursor = folder.resolve(swarm + "-" + name);
    this.violations = violations;
    this.agent = open();
  }

  private SwarmAgent open() {
    return SwarmAgent.builder(target, swarm, name)
        .topics(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_CONTROL)
        .cursorStore(CursorStore.onDisk(cursor))
        .onBatch(this::apply)
        .listener(
            new AgentListener() {
              @Override
              public void refused(TerminalException why) {
                violations.add(
                    "Expected %s/%s to be served, but: %s", swarm, name, why.getMessage());
              }
            })
        .start();
  }

  public String swarm() {
    return swarm;
  }

  /** Ends it in an orderly way and opens it again, with the cursor that it left. */
  public void reopen() {
    agent.close();
    agent = open();
  }

  public void close() {
    agent.close();
  }

  private synchronized void apply(Batch batch) {
    Applied to = applied.computeIfAbsent(batch.log(), log -> new Applied());
    for (Operation operation : batch.operations()) {
      if (isKeyed(operation)) {
        // A sync brings keys in their own order, and deletes what is absent.
        to.held.put(key(operation), operation.toBuilder().clearPayload().build());
      } else if (operation.getOpId() <= to.lastEvent) {
        violations.add(
            "Expected %s/%s to apply the events of %s once and in order, but %d came after %d",
            swarm, name, batch.log(), operation.getOpId(), to.lastEvent);
      } else {
        to.events.put(operation.getOpId(), operation.getValueDigest());
        to.lastEvent = operation.getOpId();
      }
    }
    notifyAll();
  }

  /**
   * Waits until it has the last operation that it must see, and compares: each event once, of each
   * key the newest, all as the log has it.
   */
  public void check(ReadLog log, long timeoutMs) throws InterruptedException {
    List<Operation> expected = log.operations().stream().filter(this::sees).toList();
    if (expected.isEmpty()) {
      return;
    }
    awaitSynced(timeoutMs);
    awaitThrough(log.log(), expected.get(expected.size() - 1).getOpId(), timeoutMs);
    synchronized (this) {
      compare(log.log(), expected, applied.computeIfAbsent(log.log(), missing -> new Applied()));
    }
  }

  private void compare(Log log, List<Operation> expected, Applied got) {
    Map<Long, ByteString> events = new HashMap<>(got.events);
    Map<String, Operation> newest = new HashMap<>();
    for (Operation operation : expected) {
      if (isKeyed(operation)) {
        newest.put(key(operation), operation);
      } else if (!operation.getValueDigest().equals(events.remove(operation.getOpId()))) {
        violations.add(
            "Expected %s/%s to apply event %d of %s as the log has it, but it did not",
            swarm, name, operation.getOpId(), log);
      }
    }
    events
        .keySet()
        .forEach(
            opId ->
                violations.add(
                    "Expected %s/%s to apply what %s has for it, but it applied %d",
                    swarm, name, log, opId));
    newest.forEach((key, operation) -> compare(key, operation, got.held.get(key), log));
  }

  private void compare(String key, Operation newest, @Nullable Operation held, Log log) {
    boolean same =
        held == null || held.getTombstone()
            ? newest.getTombstone()
            : held.getTombstone() == newest.getTombstone()
                && held.getValueDigest().equals(newest.getValueDigest());
    if (!same) {
      violations.add(
          "Expected %s/%s to hold %s of %s by operation %d, but it holds %s",
          swarm, name, key, log, newest.getOpId(), held == null ? "nothing" : held.getOpId());
    }
  }

  /** In a snapshot its position is ahead of what it holds. */
  private void awaitSynced(long timeoutMs) throws InterruptedException {
    try {
      agent.awaitCaughtUp(Duration.ofMillis(timeoutMs));
    } catch (TimeoutException e) {
      violations.add("Expected %s/%s to catch up, but: %s", swarm, name, e.getMessage());
    }
  }

  private synchronized void awaitThrough(Log log, long opId, long timeoutMs)
      throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeoutMs * 1_000_000;
    while (positionOf(log) < opId) {
      if (System.nanoTime() > deadlineNs) {
        violations.add(
            "Expected %s/%s to reach %d of %s within %d ms, but it does not",
            swarm, name, opId, log, timeoutMs);
        break;
      }
      wait(LOOK_EVERY_MS);
    }
  }

  private long positionOf(Log log) {
    Position position = agent.positions().get(log);
    return position == null ? 0 : position.getOpId();
  }

  private boolean sees(Operation operation) {
    Target to = operation.getTarget();
    return !to.hasAgent() || to.getAgent().equals(name);
  }

  private static boolean isKeyed(Operation operation) {
    return operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED;
  }

  private static String key(Operation operation) {
    return "%s %s %s"
        .formatted(operation.getTopic(), operation.getTarget().getAgent(), operation.getKey());
  }

  /** What was applied of one log. */
  private static final class Applied {
    private final Map<Long, ByteString> events = new HashMap<>();
    private final Map<String, Operation> held = new HashMap<>();
    private long lastEvent;
  }
}
