package dev.swarmlog.reliability.simulation;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.EffectStore;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmAgentBuilder;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One life of an agent: the SDK's, with handlers and a store that check what they are given. */
final class SimulatedAgent {

  private final AgentSpec spec;
  private final AgentDisk disk;
  private final VirtualProcess process;
  private final Chronicle chronicle;
  private final Verdict verdict;
  private final Bugs bugs;
  private final Consumer<String> story;
  private final SwarmAgent agent;

  /** Where this life's operations begin, and where they have got to. */
  private final Map<Log, Long> begunOpIds = new EnumMap<>(Log.class);

  private final Map<Log, Long> lastOpIds = new EnumMap<>(Log.class);

  /** What was acknowledged to anybody when the newest Hello was sent. */
  private Map<Log, Long> floorOfHello = new EnumMap<>(Log.class);

  /** The same of sessions, by their IDs. What the agent says of these may come much later. */
  private final Map<String, Map<Log, Long>> floorsOfSessions = new HashMap<>();

  /** The same of the session that is open; null if none is. */
  private Map<Log, Long> floorOfSession;

  /** Writes to the disk until it dies; none if it is 0. */
  private int writesUntilDeath;

  private Runnable dies = () -> {};

  /** Effects that wait until the cursor is saved, where that is the bug. */
  private final List<Runnable> deferred = new ArrayList<>();

  SimulatedAgent(
      AgentSpec spec,
      AgentDisk disk,
      VirtualProcess process,
      SwarmConnection connection,
      String instance,
      Chronicle chronicle,
      Verdict verdict,
      Bugs bugs,
      Consumer<String> story) {
    this.spec = spec;
    this.disk = disk;
    this.process = process;
    this.chronicle = chronicle;
    this.verdict = verdict;
    this.bugs = bugs;
    this.story = story;
    for (Log log : Chronicle.LOGS) {
      begunOpIds.put(log, disk.position(log));
      lastOpIds.put(log, disk.position(log));
    }
    SwarmAgentBuilder builder =
        SwarmAgent.builder(connection, spec.swarm(), spec.name())
            .instance(instance)
            .onHandlerFailure(HandlerFailurePolicy.retry())
            .topics(spec.topics().iterator().next(), spec.topics().toArray(Topic[]::new))
            .listener(new Listener());
    spec.roles().forEach(builder::role);
    switch (spec.style()) {
      case EFFECT_STORE -> builder.effects(new Effects());
      case BATCHES -> builder.onBatch(this::handle).cursorStore(new Cursors());
      case OPERATIONS -> {
        builder.cursorStore(new Cursors());
        for (Topic topic : spec.topics()) {
          builder.on(topic, this::handle).onDelete(topic, this::handle);
        }
      }
    }
    this.agent = builder.start();
  }

  AgentSpec spec() {
    return spec;
  }

  VirtualProcess process() {
    return process;
  }

  AgentState state() {
    return agent.state();
  }

  /** It dies before the so-manieth write to its disk from now on takes place. */
  void dieAtWrite(int writes, Runnable how) {
    writesUntilDeath = writes;
    dies = how;
  }

  /** Its Hello is sent. */
  void helloSent() {
    Map<Log, Long> floor = new EnumMap<>(Log.class);
    for (Log log : Chronicle.LOGS) {
      floor.put(log, chronicle.ackedOpId(spec.swarm(), log));
    }
    floorOfHello = floor;
  }

  /** Its newest Hello is answered. */
  void welcomeSent(String sessionId) {
    floorsOfSessions.put(sessionId, new EnumMap<>(floorOfHello));
  }

  private String logName(Log log, long opId) {
    return "operation " + opId + " of " + new Chronicle.LogName(spec.swarm(), log);
  }

  private void writing() {
    process.check();
    if (writesUntilDeath > 0 && --writesUntilDeath == 0) {
      dies.run();
      process.check();
    }
  }

  private void handle(Operation operation) {
    effect(() -> take(AgentSpec.logOf(operation.getTopic()), operation));
  }

  private void handle(Batch batch) {
    effect(() -> takeAll(batch));
  }

  private void effect(Runnable effect) {
    if (bugs.cursorBeforeEffect()) {
      deferred.add(effect);
    } else {
      effect.run();
    }
  }

  private void takeAll(Batch batch) {
    verdict.look(() -> checkRun(batch));
    for (Operation operation : batch.operations()) {
      take(batch.log(), operation);
    }
  }

  private void checkRun(Batch batch) {
    long last = lastOpIds.get(batch.log());
    if (batch.to().getOpId() < last) {
      throw new Violation(
          "order",
          "expected %s to go on from operation %d of %s, but it was given a batch to %d"
              .formatted(spec.name(), last, batch.log(), batch.to().getOpId()));
    }
    lastOpIds.put(batch.log(), batch.to().getOpId());
  }

  private void take(Log log, Operation operation) {
    writing();
    verdict.look(() -> checkOperation(log, operation));
    boolean fresh = applies(log, operation);
    verdict.look(
        () -> {
          boolean mayRepeat =
              spec.style() != AgentSpec.Style.EFFECT_STORE
                  && operation.getOpId() > begunOpIds.get(log);
          if (!fresh && !mayRepeat) {
            throw new Violation(
                "once",
                "expected %s to apply event %d of %s once, but it was given it again"
                    .formatted(spec.name(), operation.getOpId(), log));
          }
        });
  }

  private boolean applies(Log log, Operation operation) {
    story.accept(
        spec.name()
            + " applies "
            + logName(log, operation.getOpId())
            + (operation.getKey().isEmpty() ? "" : " (" + operation.getKey() + ")"));
    return disk.apply(log, operation);
  }

  private void checkOperation(Log log, Operation operation) {
    long head = chronicle.head(spec.swarm(), log);
    if (operation.getOpId() > head) {
      throw new Violation(
          "watermark",
          "expected %s to be given what is on the disk, but it was given operation %d of %s and the disk has %d"
              .formatted(spec.name(), operation.getOpId(), log, head));
    }
    boolean madeByAgent = operation.getTombstone() && operation.getPublishTimeUnixNano() == 0;
    if (madeByAgent || operation.hasOrigin()) {
      return;
    }
    Operation logged = chronicle.operations(spec.swarm(), log).get((int) operation.getOpId() - 1);
    if (!logged.equals(operation)) {
      throw new Violation(
          "follows the log",
          "expected %s to be given operation %d of %s as it is in the log, %s, but it was given %s"
              .formatted(spec.name(), operation.getOpId(), log, logged, operation));
    }
    if (!spec.sees(operation)) {
      throw new Violation(
          "view",
          "expected %s to be given what is in its view, but it was given %s"
              .formatted(spec.name(), operation));
    }
  }

  private void commit(AgentCursor cursor, List<HeldKey> changed) {
    for (Log log : spec.logs()) {
      if (disk.position(log) == 0) {
        // Who begins with nothing is not told of what was gone before it came.
        disk.lost(log, chronicle.horizon(spec.swarm(), log));
      }
    }
    disk.save(cursor, changed);
  }

  /** Cursor and key index, beside the effects. */
  private final class Cursors implements CursorStore {
    @Override
    public AgentCursor load() {
      return disk.cursor();
    }

    @Override
    public Collection<HeldKey> heldKeys() {
      return disk.heldKeys();
    }

    @Override
    public void save(AgentCursor cursor, List<HeldKey> changed) {
      writing();
      commit(cursor, changed);
      List<Runnable> effects = List.copyOf(deferred);
      deferred.clear();
      effects.forEach(Runnable::run);
    }
  }

  /** Effects and cursor in one write. */
  private final class Effects implements EffectStore {
    @Override
    public AgentCursor load() {
      return disk.cursor();
    }

    @Override
    public Optional<Collection<HeldKey>> heldKeys() {
      return Optional.of(disk.heldKeys());
    }

    @Override
    public void apply(Batch batch, AgentCursor after) {
      writing();
      verdict.look(() -> checkRun(batch));
      for (Operation operation : batch.operations()) {
        verdict.look(() -> checkOperation(batch.log(), operation));
        boolean fresh = applies(batch.log(), operation);
        if (!fresh) {
          verdict.broken(
              new Violation(
                  "once",
                  "expected %s to apply event %d of %s once, but it was given it again"
                      .formatted(spec.name(), operation.getOpId(), batch.log())));
        }
      }
      commit(after, batch.changedKeys());
    }
  }

  private final class Listener implements AgentListener {
    @Override
    public void connected(String sessionId, List<LogPlan> plans) {
      floorOfSession = floorsOfSessions.remove(sessionId);
      plans.stream()
          .filter(plan -> plan.getPlan() == Plan.PLAN_SNAPSHOT && floorOfSession != null)
          // An interrupted one is ended where it began; what came since follows it.
          .forEach(plan -> floorOfSession.remove(plan.getLog()));
      StringBuilder how = new StringBuilder();
      for (LogPlan plan : plans) {
        if (plan.getPlan() != Plan.PLAN_CURRENT) {
          how.append(how.length() == 0 ? ", and is to be given a " : " and a ")
              .append(plan.getPlan() == Plan.PLAN_DELTA ? "delta" : "snapshot")
              .append(" of ")
              .append(plan.getLog() == Log.LOG_MAIN ? "main" : "control");
        }
      }
      story.accept(spec.name() + " is connected" + how);
    }

    @Override
    public void lost(Log log, List<LostEvents> lost) {
      lost.forEach(events -> disk.lost(log, events.getToOpId()));
    }

    @Override
    public void caughtUp(Position position, long received, long ignoredDuplicates) {
      if (position.getOpId() > 0) {
        story.accept(
            spec.name() + " has caught up with " + logName(position.getLog(), position.getOpId()));
      }
      verdict.look(
          () -> {
            long floor =
                floorOfSession == null ? 0 : floorOfSession.getOrDefault(position.getLog(), 0L);
            if (position.getOpId() < floor) {
              throw new Violation(
                  "reads what was acknowledged",
                  "expected %s to catch up with operation %d of %s, which was acknowledged before it connected, but it is told that it has at %d"
                      .formatted(spec.name(), floor, position.getLog(), position.getOpId()));
            }
          });
    }

    @Override
    public void synced(SyncReport report) {
      boolean minimal = !report.exact() || report.redundant() == 0;
      if (!report.mismatches().isEmpty() || !minimal) {
        verdict.broken(
            new Violation(
                minimal ? "delta is complete" : "delta is minimal",
                "expected %s to hold after a sync what the log says, and nothing twice, but %s"
                    .formatted(spec.name(), report)));
      }
    }

    @Override
    public void disconnected(RetryableException why, Duration retryIn) {
      if (floorOfSession != null) {
        story.accept(spec.name() + " is disconnected");
      }
      floorOfSession = null;
    }

    @Override
    public void refused(TerminalException why) {
      if (process.isAlive()) {
        verdict.broken(
            new Violation(
                "no failure",
                "expected %s to go on, but it stopped: %s"
                    .formatted(spec.name(), why.getMessage())));
      }
    }
  }
}
