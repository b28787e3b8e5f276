package dev.swarmlog.sdk;

import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Drain;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Welcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays {@code transcripts/agent}. Positions are written as "main@7", of another epoch than 1 as
 * "main@7/2"; an agent is made by "agent LANES [POSITIONS]".
 */
class AgentTranscriptTest {
  private final List<String> outputs = new ArrayList<>();
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
      case "agent" -> session = newSession(in);
      case "start" -> session.start();
      case "welcome" -> control(ControlResponse.newBuilder().setWelcome(welcome(in)));
      case "reply" ->
          control(
              ControlResponse.newBuilder().setHeartbeatReply(HeartbeatReply.getDefaultInstance()));
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
                  .setFellBehind(FellBehind.newBuilder().setHead(position(in.word(0))))
                  .build(),
              nowNs);
      case "applied" -> session.applied(log(in.word(0)), position(in.word(1)), nowNs);
      case "applyFailed" -> session.applyFailed(log(in.word(0)), nowNs);
      case "handlerStopped" ->
          session.handlerStopped(Failure.localTerminal("Expected more, but less", null));
      case "ended" ->
          session.streamEnded(Statuses.failure(in.word(0), in.setting("retryMs", 0)), nowNs);
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

  private AgentSession newSession(Transcript.Input in) {
    Set<Log> lanes = EnumSet.noneOf(Log.class);
    Arrays.stream(in.word(0).split(",")).forEach(lane -> lanes.add(log(lane)));
    state = AgentState.WAITING;
    nowNs = 0;
    AgentCursor cursor = AgentCursor.empty();
    for (String stored : in.words().subList(1, in.words().size())) {
      cursor = cursor.with(position(stored));
    }
    Recorder recorder = new Recorder();
    return new AgentSession(
        Hello.getDefaultInstance(),
        lanes,
        cursor,
        recorder,
        recorder,
        () -> new Backoff(new FixedRandom()));
  }

  private void control(ControlResponse.Builder frame) {
    session.controlFrame(frame.build(), nowNs, 0);
  }

  private static Welcome welcome(Transcript.Input in) {
    Welcome.Builder welcome =
        Welcome.newBuilder().setSessionId("session").setHeartbeatIntervalMs(1_000);
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

  private static DataResponse delivery(Transcript.Input in) {
    Delivery.Builder delivery =
        Delivery.newBuilder().setFromOpId(in.number(1)).setTo(position(in.word(2)));
    for (String opId : in.words().subList(3, in.words().size())) {
      delivery.addOperations(Operation.newBuilder().setOpId(Long.parseLong(opId)));
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

  private static Log log(String name) {
    return switch (name) {
      case "main" -> Log.LOG_MAIN;
      case "control" -> Log.LOG_CONTROL;
      case "telemetry" -> Log.LOG_TELEMETRY;
      default -> throw new IllegalArgumentException("Expected a lane, but got " + name);
    };
  }

  private static Position position(String text) {
    String[] parts = text.split("[@/]");
    return Position.newBuilder()
        .setLog(log(parts[0]))
        .setIncarnation(1)
        .setOpId(Long.parseLong(parts[1]))
        .setEpoch(parts.length > 2 ? Long.parseLong(parts[2]) : 1)
        .build();
  }

  private static String name(Log log) {
    return log.name().substring("LOG_".length()).toLowerCase(java.util.Locale.ROOT);
  }

  private static String name(Position position) {
    return name(position.getLog())
        + "@"
        + position.getOpId()
        + (position.getEpoch() <= 1 ? "" : "/" + position.getEpoch());
  }

  private final class Recorder implements AgentSession.Output, AgentListener {
    @Override
    public void openControl(Hello hello) {
      outputs.add(
          "open control, resume "
              + hello.getResumeList().stream()
                  .map(LogResume::getPosition)
                  .map(AgentTranscriptTest::name)
                  .toList());
    }

    @Override
    public void openLane(String sessionId, Log log) {
      outputs.add("open lane " + name(log));
    }

    @Override
    public void endStreams(boolean gently) {
      outputs.add(gently ? "end streams gently" : "end streams");
    }

    @Override
    public void sendHeartbeat(long number) {
      outputs.add("heartbeat " + number);
    }

    @Override
    public void sendAck(Position applied) {
      outputs.add("ack " + name(applied));
    }

    @Override
    public void requestFrame(Log log) {
      outputs.add("request from " + name(log));
    }

    @Override
    public void deliver(Batch batch) {
      outputs.add(
          "deliver (%d, %s] %s"
              .formatted(
                  batch.fromOpIdExclusive(),
                  name(batch.to()),
                  batch.operations().stream().map(Operation::getOpId).toList()));
    }

    @Override
    public void deliverAgain(Log log) {
      outputs.add("deliver again " + name(log));
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
