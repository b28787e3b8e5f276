package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.Notation.log;
import static dev.swarmlog.sdk.Notation.name;
import static dev.swarmlog.sdk.Notation.position;
import static dev.swarmlog.sdk.Notation.text;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Drain;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Welcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays {@code transcripts/agent}, in the {@link Notation}; an agent is made by "agent LANES
 * [POSITIONS]"; with "state=MS" what it holds is compared that often, and "user A:x:a" changes it
 * behind its back. What "restart" makes of it goes on from what was committed.
 */
class AgentTranscriptTest {
  // Ahead of nowNs, so that it can be told apart, and from 0.
  private static final long UNIX_NS = TimeUnit.SECONDS.toNanos(1);

  private final List<String> outputs = new ArrayList<>();
  private final Map<Log, LaneStep> steps = new EnumMap<>(Log.class);
  private final Map<Log, LaneLedger> ledgers = new EnumMap<>(Log.class);
  private final Set<Long> refused = new HashSet<>();
  private Set<Log> lanes = Set.of();
  private AgentCursor cursor = AgentCursor.empty();
  private CursorStore keys = CursorStore.inMemory();
  private final Map<Scope, Map<String, Payload>> user = new HashMap<>();
  private boolean readable = true;
  private Long stateIntervalMs;
  private AgentSession session;
  private AgentState state = AgentState.WAITING;
  private TransitionTable table;
  private long nowNs;

  static List<String> names() throws IOException {
    return Transcript.names("agent");
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldFollowTheTranscript(String name) throws IOException {
    Transcript.play("agent", name, outputs, this::input);
  }

  @Test
  void shouldWalkTheWholeTableOfTransitions() throws IOException {
    // given
    table = new TransitionTable(AgentSession.class, AgentState.values());
    // when
    for (String name : names()) {
      Transcript.play("agent", name, outputs, this::input);
    }
    // then
    table.check();
  }

  private void input(Transcript.Input in) {
    switch (in.verb()) {
      case "agent" -> newAgent(in);
      case "restart" -> boot();
      case "start" -> session.start();
      case "welcome" -> control(ControlResponse.newBuilder().setWelcome(welcome(in)));
      case "reply" -> control(ControlResponse.newBuilder().setHeartbeatReply(reply(in)));
      case "plan" -> control(ControlResponse.newBuilder().setWelcome(plan(in)));
      case "page" -> frame(DataResponse.newBuilder().setSnapshot(page(in)));
      case "receipt" -> frame(DataResponse.newBuilder().setReceipt(receipt(in)));
      case "query" -> frame(DataResponse.newBuilder().setDigestQuery(query(in)));
      case "repair" -> frame(DataResponse.newBuilder().setRepair(repair(in)));
      case "user" -> in.words().forEach(word -> hold(Notation.operation("0:" + word)));
      case "unreadable" -> readable = false;
      case "drain" ->
          control(
              ControlResponse.newBuilder()
                  .setDrain(
                      Drain.newBuilder()
                          .setReason("maintenance")
                          .setReconnectAfterMs((int) in.number(0))));
      case "delivery" -> session.laneFrame(log(in.word(0)), delivery(in), nowNs);
      case "telemetry" -> session.laneFrame(Log.LOG_TELEMETRY, telemetry(in), nowNs);
      case "caughtUp" ->
          session.laneFrame(
              position(in.word(0)).getLog(),
              DataResponse.newBuilder()
                  .setCaughtUp(CaughtUp.newBuilder().setPosition(position(in.word(0))))
                  .build(),
              nowNs);
      case "fellBehind" ->
          session.laneFrame(
              position(in.word(0)).getLog(),
              DataResponse.newBuilder()
                  .setFellBehind(
                      FellBehind.newBuilder()
                          .setHead(position(in.word(0)))
                          .setPosition(position("main@" + in.setting("from", 0))))
                  .build(),
              nowNs);
      case "applied" -> applied(log(in.word(0)));
      case "applyFailed" -> session.applyFailed(log(in.word(0)), nowNs);
      case "refused" -> {
        refused.add(in.number(1));
        session.refused(
            log(in.word(0)),
            Nack.newBuilder()
                .setLog(log(in.word(0)))
                .setOpId(in.number(1))
                .setReaction(Nack.Reaction.REACTION_RETRY)
                .build(),
            (int) in.setting("applied", 0),
            nowNs);
      }
      case "nackReply" -> control(ControlResponse.newBuilder().setNackReply(nackReply(in)));
      case "handlerStopped" ->
          session.handlerStopped(Failure.localTerminal("Expected more, but less", null));
      case "ended" ->
          session.streamEnded(Statuses.failure(in.word(0), in.setting("retryMs", 0)), nowNs);
      case "connectionLost" -> session.connectionLost(nowNs);
      case "timer" ->
          session.timer(
              new TimerKey(
                  TimerKey.Kind.valueOf(in.word(0)),
                  in.words().size() > 1 ? log(in.word(1)) : null),
              nowNs);
      case "clock" -> nowNs += Duration.parse("PT" + in.word(0)).toNanos();
      case "close" -> session.close(nowNs);
      case "abort" -> session.abort();
      default -> throw new IllegalArgumentException("Expected an input, but got " + in);
    }
  }

  private void newAgent(Transcript.Input in) {
    lanes = EnumSet.noneOf(Log.class);
    Arrays.stream(in.word(0).split(",")).forEach(lane -> lanes.add(log(lane)));
    cursor = AgentCursor.empty();
    keys = CursorStore.inMemory();
    user.clear();
    readable = true;
    stateIntervalMs = in.settings().containsKey("state") ? in.setting("state", 0) : null;
    for (String stored : in.words().subList(1, in.words().size())) {
      cursor = cursor.with(position(stored));
    }
    boot();
  }

  private void boot() {
    state = AgentState.WAITING;
    nowNs = 0;
    steps.clear();
    ledgers.clear();
    refused.clear();
    for (Log log : lanes) {
      ledgers.put(
          log,
          new LaneLedger(
              cursor.resume(log),
              true,
              keys.heldKeys(),
              stateIntervalMs == null ? null : this::forEach));
    }
    Recorder recorder = new Recorder();
    session =
        new AgentSession(
            Hello.getDefaultInstance(),
            lanes,
            cursor,
            lanes.stream().filter(log -> ledgers.get(log).lacksKeys()).collect(Collectors.toSet()),
            recorder,
            recorder,
            () -> new Backoff(new FixedRandom()),
            stateIntervalMs == null ? null : TimeUnit.MILLISECONDS.toNanos(stateIntervalMs));
  }

  private void forEach(Scope scope, StateSource.Held held) {
    if (!readable) {
      throw new IllegalStateException("Expected to be readable");
    }
    user.getOrDefault(scope, Map.of()).forEach(held::value);
  }

  private void hold(Operation operation) {
    Map<String, Payload> ofScope =
        user.computeIfAbsent(NaiveFold.scopeOf(operation), absent -> new HashMap<>());
    if (operation.getTombstone()) {
      ofScope.remove(operation.getKey());
    } else if (operation.hasPayload()) {
      ofScope.put(operation.getKey(), operation.getPayload());
    }
  }

  private void applied(Log log) {
    PreparedStep prepared = ledgers.get(log).prepare(steps.remove(log));
    List<Operation> operations = prepared.batch().operations();
    BitSet notHeld = new BitSet();
    for (int i = 0; i < operations.size(); i++) {
      if (refused.remove(operations.get(i).getOpId())) {
        notHeld.set(i);
      } else {
        hold(operations.get(i));
      }
    }
    PreparedStep done = ledgers.get(log).applied(prepared, notHeld);
    if (log != Log.LOG_TELEMETRY) {
      cursor = cursor.with(done.after());
      keys.save(cursor, done.savedKeys());
    }
    if (done.after().getScopesCount() > 0 || done.after().hasSnapshot()) {
      outputs.add(
          "commit %s, with %s".formatted(text(done.after()), texts(done.batch().operations())));
    }
    session.applied(log, done, nowNs, UNIX_NS + nowNs);
  }

  private void frame(DataResponse.Builder frame) {
    session.laneFrame(Log.LOG_MAIN, frame.build(), nowNs);
  }

  private void control(ControlResponse.Builder frame) {
    session.controlFrame(frame.build(), nowNs, UNIX_NS + nowNs);
  }

  /** Of a heartbeat that took "delay" ms there and back, from a clock that is "ahead" ms. */
  private HeartbeatReply reply(Transcript.Input in) {
    long delayNs = TimeUnit.MILLISECONDS.toNanos(in.setting("delay", 0));
    long sentNs = UNIX_NS + nowNs - delayNs;
    long thereNs = sentNs + delayNs / 2 + TimeUnit.MILLISECONDS.toNanos(in.setting("ahead", 0));
    return HeartbeatReply.newBuilder()
        .setAgentSentUnixNano(sentNs)
        .setReceivedUnixNano(thereNs)
        .setSentUnixNano(thereNs)
        .build();
  }

  private static Welcome welcome(Transcript.Input in) {
    Welcome.Builder welcome =
        Welcome.newBuilder()
            .setSessionId("session")
            .setHeartbeatIntervalMs(1_000)
            .setCapabilities(nacks(in));
    for (String word : in.words()) {
      if (word.startsWith("reject:")) {
        welcome.addPlans(
            LogPlan.newBuilder()
                .setLog(Log.LOG_MAIN)
                .setPlan(Plan.PLAN_REJECT)
                .setStatus(Statuses.status(word.substring("reject:".length()))));
      } else {
        Position start = position(word);
        welcome.addPlans(
            LogPlan.newBuilder().setLog(start.getLog()).setPlan(Plan.PLAN_DELTA).setStart(start));
      }
    }
    return welcome.build();
  }

  private static Welcome plan(Transcript.Input in) {
    Position start = position(in.word(0));
    Position target = start.toBuilder().setOpId(in.setting("target", start.getOpId())).build();
    LogPlan.Builder forked = LogPlan.newBuilder();
    if (in.settings().containsKey("fork")) {
      forked.setFork(position(in.settings().get("fork")));
    }
    return Welcome.newBuilder()
        .setSessionId("session")
        .setHeartbeatIntervalMs(1_000)
        .setCapabilities(
            Capability.CAPABILITY_SYNC_VALUE
                | nacks(in)
                | (in.settings().containsKey("drift") ? Capability.CAPABILITY_DRIFT_VALUE : 0))
        .setLimits(Limits.newBuilder().setDriftCheckIntervalMs(in.setting("drift", 0)))
        .addPlans(
            forked
                .setLog(start.getLog())
                .setPlan(Plan.valueOf("PLAN_" + in.word(1)))
                .setStart(start)
                .setTarget(target)
                .setHead(target)
                .setBaseOpId(in.setting("base", start.getOpId()))
                .setExact(!in.words().contains("inexact"))
                .addAllScopes(Notation.scopes(in.settings().getOrDefault("scopes", "A")))
                .setCompares(in.words().contains("compares"))
                .addAllSnapshotScopes(Notation.scopes(in.settings().getOrDefault("pages", ""))))
        .build();
  }

  private static int nacks(Transcript.Input in) {
    return in.settings().containsKey("nacks") ? Capability.CAPABILITY_NACK_VALUE : 0;
  }

  private static NackReply nackReply(Transcript.Input in) {
    NackReply.Builder reply =
        NackReply.newBuilder()
            .setLog(log(in.word(0)))
            .setOpId(in.number(1))
            .setOutcome(NackReply.Outcome.valueOf("OUTCOME_" + in.word(2)));
    if (in.words().size() > 3) {
      reply.setStatus(Statuses.status(in.word(3), Map.of(), in.setting("retryMs", 0)));
    }
    return reply.build();
  }

  private static DigestQuery query(Transcript.Input in) {
    return DigestQuery.newBuilder()
        .setQueryId(in.number(0))
        .setScope(Notation.scope(in.word(1)))
        .setAfterKey(in.settings().getOrDefault("after", ""))
        .setThroughKey(in.settings().getOrDefault("through", ""))
        .setMaxParts((int) in.setting("parts", 32))
        .build();
  }

  /** One page, if it has settings of keys; event sums of the events named. */
  private static Repair repair(Transcript.Input in) {
    Repair.Builder repair = Repair.newBuilder().setGoodOpId(in.setting("good", 0));
    if (in.settings().containsKey("after")) {
      repair.addPages(page(in));
    }
    if (in.settings().containsKey("events")) {
      NaiveFold fold = new NaiveFold();
      for (String event : in.settings().get("events").split(",")) {
        fold.apply(Notation.operation(event + ":" + in.word(1)));
      }
      repair.setEvents(fold.sums(Notation.scope(in.word(1))));
    }
    return repair.build();
  }

  private static SnapshotPage page(Transcript.Input in) {
    SnapshotPage.Builder page =
        SnapshotPage.newBuilder()
            .setPosition(position(in.word(0)))
            .setScope(Notation.scope(in.word(1)))
            .setAfterKey(in.settings().getOrDefault("after", ""))
            .setThroughKey(in.settings().getOrDefault("through", ""));
    in.words()
        .subList(2, in.words().size())
        .forEach(operation -> page.addOperations(Notation.operation(operation)));
    return page.build();
  }

  /** The sums are those of the operations named. */
  private static SyncReceipt receipt(Transcript.Input in) {
    NaiveFold fold =
        NaiveFold.of(
            in.words().subList(1, in.words().size()).stream().map(Notation::operation).toList());
    SyncReceipt.Builder receipt =
        SyncReceipt.newBuilder()
            .setTarget(position(in.word(0)))
            .setSentCount(in.setting("sent", 0))
            .setSnapshotCount(in.setting("paged", 0));
    fold.values.keySet().forEach(scope -> receipt.addSums(fold.sums(scope)));
    return receipt.build();
  }

  private static DataResponse delivery(Transcript.Input in) {
    Delivery.Builder delivery =
        Delivery.newBuilder().setFromOpId(in.number(1)).setTo(position(in.word(2)));
    for (String operation : in.words().subList(3, in.words().size())) {
      delivery.addOperations(Notation.operation(operation));
    }
    if (in.settings().containsKey("skipped")) {
      Operation skipped = Notation.operation(in.settings().get("skipped"));
      Scope scope = NaiveFold.scopeOf(skipped);
      delivery.addSkipped(
          Skipped.newBuilder()
              .setScope(scope)
              .setCount(1)
              .setEventHash(NaiveFold.of(List.of(skipped)).sums(scope).getEventHash()));
    }
    return DataResponse.newBuilder().setDelivery(delivery).build();
  }

  private static DataResponse telemetry(Transcript.Input in) {
    TelemetryDelivery.Builder delivery =
        TelemetryDelivery.newBuilder().setDroppedCount(in.setting("dropped", 0));
    for (String opId : in.words()) {
      delivery.addOperations(Operation.newBuilder().setOpId(Long.parseLong(opId)));
    }
    return DataResponse.newBuilder().setTelemetry(delivery).build();
  }

  private static List<String> texts(List<Operation> operations) {
    return operations.stream().map(Notation::text).toList();
  }

  private final class Recorder implements AgentSession.Output, AgentListener {
    @Override
    public void openControl(Hello hello) {
      outputs.add(
          "open control, resume " + hello.getResumeList().stream().map(Notation::text).toList());
    }

    @Override
    public void deltaBegan(Position from, Position head) {}

    @Override
    public void syncEnded(Log log, SyncReport report, long received, long duplicates) {}

    @Override
    public void openLane(String sessionId, Log log, LogPlan plan) {
      outputs.add("open lane " + name(log));
    }

    @Override
    public void endStreams(boolean gently) {
      outputs.add(gently ? "end streams gently" : "end streams");
    }

    @Override
    public void sendHeartbeat(Heartbeat.Builder known) {
      String clock =
          known.hasClockOffsetNano() || known.hasClockUncertaintyNano()
              ? ", coordinator ahead by %d ms +- %d ms"
                  .formatted(
                      TimeUnit.NANOSECONDS.toMillis(known.getClockOffsetNano()),
                      TimeUnit.NANOSECONDS.toMillis(known.getClockUncertaintyNano()))
              : "";
      outputs.add(
          "heartbeat "
              + known.getNumber()
              + clock
              + (known.getIgnoredDuplicates() == 0
                  ? ""
                  : ", ignored " + known.getIgnoredDuplicates())
              + (known.getOutOfOrder() == 0 ? "" : ", out of order " + known.getOutOfOrder()));
    }

    @Override
    public void sendAck(Ack ack) {
      outputs.add(
          "ack "
              + name(ack.getApplied())
              + (ack.getAppliedUnixNano() == 0
                  ? ""
                  : " as of " + ack.getAppliedUnixNano() / 1_000_000 + " ms")
              + (ack.getLastRepairId() == 0 ? "" : " with repair " + ack.getLastRepairId())
              + (ack.getSumsCount() == 0 ? "" : ", " + text(ack.getSumsList())));
    }

    @Override
    public void sendDigests(Log log, DigestReport report) {
      outputs.add("answer " + text(report));
    }

    @Override
    public void requestFrame(Log log) {
      outputs.add("request from " + name(log));
    }

    @Override
    public void deliver(LaneStep step) {
      steps.put(step.log(), step);
      String what;
      if (step.content() instanceof LaneStep.Delivered delivered) {
        what =
            delivered.operations().stream().map(Operation::getOpId).toList().toString()
                + (delivered.skipped().isEmpty()
                    ? ""
                    : delivered.partlySeen() ? " skipping, partly seen" : " skipping");
      } else if (step.content() instanceof LaneStep.Paged paged) {
        what = "page of " + name(paged.page().getScope());
      } else if (step.content() instanceof LaneStep.Queried queried) {
        what = "query " + queried.query().getQueryId();
      } else if (step.content() instanceof LaneStep.Compared) {
        what = "comparison";
      } else if (step.content() instanceof LaneStep.Repaired repaired) {
        what = "repair of " + name(Repairs.scope(repaired.repair()));
      } else {
        what = "end of sync";
      }
      outputs.add("deliver (%d, %s] %s".formatted(step.fromOpIdExclusive(), name(step.to()), what));
    }

    @Override
    public void deliverAgain(Log log) {
      outputs.add("deliver again " + name(log));
    }

    @Override
    public void goOn(Log log) {
      outputs.add("go on behind it on " + name(log));
    }

    @Override
    public void sendNack(Nack nack) {
      outputs.add("nack %d of %s".formatted(nack.getOpId(), name(nack.getLog())));
    }

    @Override
    public void nackAnswered(NackReply reply) {
      outputs.add("tell nack of %d answered: %s".formatted(reply.getOpId(), reply.getOutcome()));
    }

    @Override
    public void handlerHeld(Log log, Duration retryIn) {
      outputs.add("tell held %s for %d ms".formatted(name(log), retryIn.toMillis()));
    }

    @Override
    public void startTimer(TimerKey key, long delayNs) {
      outputs.add(
          "timer %s%s in %d ms"
              .formatted(
                  key.kind(),
                  key.lane() == null ? "" : " " + name(key.lane()),
                  Duration.ofNanos(delayNs).toMillis()));
    }

    @Override
    public void parted(Position applied, Optional<Position> fork) {
      outputs.add(
          "tell parted at %s, fork %s"
              .formatted(name(applied), fork.map(Notation::name).orElse("unknown")));
    }

    @Override
    public void connected(String sessionId, List<LogPlan> plans) {
      outputs.add("tell connected");
    }

    @Override
    public void caughtUp(Position position, long received, long ignoredDuplicates) {
      outputs.add(
          "tell caught up at %s, received %d, ignored %d"
              .formatted(name(position), received, ignoredDuplicates));
    }

    @Override
    public void synced(SyncReport report) {
      outputs.add(
          "tell synced %s..%s by %s%s, received %d, redundant %d%s"
              .formatted(
                  name(report.from()),
                  name(report.target()),
                  report.plan(),
                  report.exact() ? "" : " inexact",
                  report.received(),
                  report.redundant(),
                  report.mismatches().isEmpty() ? "" : ": " + report.mismatches()));
    }

    @Override
    public void drifted(RepairReport repair) {
      outputs.add("tell drifted: " + repair);
    }

    @Override
    public void fellBehind(Position position, Position head) {
      outputs.add("tell fell behind at %s, head %s".formatted(name(position), name(head)));
    }

    @Override
    public void draining(String reason) {
      outputs.add("tell draining: " + reason);
    }

    @Override
    public void disconnected(RetryableException why, Duration retryIn) {
      outputs.add(
          "tell disconnected, again in %d ms: %s".formatted(retryIn.toMillis(), why.getMessage()));
    }

    @Override
    public void refused(TerminalException why) {
      outputs.add("tell refused: " + why.getMessage());
    }

    @Override
    public void telemetryDropped(long count) {
      outputs.add("tell telemetry dropped " + count);
    }

    @Override
    public void stateChanged(AgentState next) {
      if (table != null) {
        table.walk(state, next);
      }
      state = next;
      outputs.add("is " + next);
    }
  }
}
