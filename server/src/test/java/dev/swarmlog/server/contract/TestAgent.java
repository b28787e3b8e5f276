package dev.swarmlog.server.contract;

import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.Welcome;
import io.grpc.Channel;

/** An open session of an agent, by its frames. Used by one test thread. */
final class TestAgent {

  private final Channel channel;
  private final StreamCall<ControlRequest, ControlResponse> control;
  private final Welcome welcome;

  private TestAgent(
      Channel channel, StreamCall<ControlRequest, ControlResponse> control, Welcome welcome) {
    this.channel = channel;
    this.control = control;
    this.welcome = welcome;
  }

  /** A Hello that is fine as it is: sees {@link Requests#MAIN}, stands nowhere. */
  static Hello.Builder hello(String swarm, String agent) {
    return Hello.newBuilder()
        .setProtocolMin(1)
        .setProtocolMax(1)
        .setSwarm(swarm)
        .setAgent(agent)
        .setInstance(agent + "-1")
        .setView(Requests.MAIN)
        .setSdk("test/1");
  }

  static LogResume at(Position position) {
    return LogResume.newBuilder().setPosition(position).build();
  }

  static ControlRequest frame(Hello.Builder hello) {
    return ControlRequest.newBuilder().setHello(hello).build();
  }

  /** Opens a session; fails if it is refused. */
  static TestAgent connect(Coordinator coordinator, Hello.Builder hello) {
    return connect(coordinator.channel(), hello);
  }

  static TestAgent connect(Channel channel, Hello.Builder hello) {
    StreamCall<ControlRequest, ControlResponse> control =
        StreamCall.open(channel, SessionServiceGrpc.getControlMethod());
    control.send(frame(hello));
    return new TestAgent(channel, control, control.next().getWelcome());
  }

  /** What a Hello is refused with. */
  static Failure refused(Coordinator coordinator, Hello.Builder hello) {
    StreamCall<ControlRequest, ControlResponse> control = coordinator.control();
    control.send(frame(hello));
    return control.refusal();
  }

  StreamCall<ControlRequest, ControlResponse> control() {
    return control;
  }

  Welcome welcome() {
    return welcome;
  }

  LogPlan plan(Log log) {
    return welcome.getPlansList().stream()
        .filter(plan -> plan.getLog() == log)
        .findFirst()
        .orElseThrow(() -> new AssertionError("Expected a plan for " + log + " in " + welcome));
  }

  void beat(long number) {
    control.send(
        ControlRequest.newBuilder()
            .setHeartbeat(Heartbeat.newBuilder().setNumber(number).setSentUnixNano(number))
            .build());
  }

  /** Attaches a lane that reads everything at once. */
  TestLane attach(Log log) {
    TestLane lane = attachUnread(log);
    lane.call().request(Integer.MAX_VALUE);
    return lane;
  }

  /** Attaches a lane that reads what it is told to. */
  TestLane attachUnread(Log log) {
    StreamCall<DataRequest, DataResponse> data =
        StreamCall.openUnread(channel, SessionServiceGrpc.getDataMethod());
    data.send(attachFrame(welcome.getSessionId(), log));
    Position start =
        log == Log.LOG_TELEMETRY ? Position.getDefaultInstance() : plan(log).getStart();
    return new TestLane(data, start);
  }

  static DataRequest attachFrame(String sessionId, Log log) {
    return DataRequest.newBuilder()
        .setAttach(Attach.newBuilder().setSessionId(sessionId).setLog(log))
        .build();
  }

  /** Leaves without a word, as a killed process does. */
  void vanish() {
    control.cancel();
  }
}
