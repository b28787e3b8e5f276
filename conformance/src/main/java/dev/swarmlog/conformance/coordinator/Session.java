package dev.swarmlog.conformance.coordinator;

import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Welcome;
import io.grpc.StatusRuntimeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session as the coordinator sees it. Its state belongs to the scene's lock; sending does not.
 */
public final class Session {
  private final String id;
  private final Hello hello;
  private final Answers<ControlResponse> answers;
  private final Map<Log, Lane> lanes = new EnumMap<>(Log.class);
  private final Deque<Nack> nacks = new ArrayDeque<>();
  private final List<Heartbeat> heartbeats = new ArrayList<>();
  private final Map<Log, LogPlan> plans = new EnumMap<>(Log.class);
  private @Nullable Welcome welcome;
  private boolean ended;

  Session(String id, Hello hello, Answers<ControlResponse> answers) {
    this.id = id;
    this.hello = hello;
    this.answers = answers;
  }

  public String id() {
    return id;
  }

  public Hello hello() {
    return hello;
  }

  /** Answers Hello. */
  public void welcome(Welcome.Builder answer) {
    Welcome sent = answer.setSessionId(id).build();
    welcome = sent;
    sent.getPlansList().forEach(plan -> plans.put(plan.getLog(), plan));
    send(ControlResponse.newBuilder().setWelcome(sent).build());
  }

  /** What Hello was answered with; null before. */
  public @Nullable Welcome welcomed() {
    return welcome;
  }

  /** The plan of a log; null if there is none. */
  public @Nullable LogPlan plan(Log log) {
    return plans.get(log);
  }

  public void reply(NackReply reply) {
    send(ControlResponse.newBuilder().setNackReply(reply).build());
  }

  public void send(ControlResponse frame) {
    answers.send(frame);
  }

  /** Ends the Control stream. */
  public void end(StatusRuntimeException status) {
    answers.end(status);
  }

  /** The lane of a log; null if it is not attached. */
  public @Nullable Lane lane(Log log) {
    return lanes.get(log);
  }

  public List<Lane> lanes() {
    return List.copyOf(lanes.values());
  }

  /** What was refused and not taken yet, the oldest first. */
  public Deque<Nack> nacks() {
    return nacks;
  }

  public List<Heartbeat> heartbeats() {
    return heartbeats;
  }

  /** Whether the agent ended the Control stream, or it broke. */
  public boolean isEnded() {
    return ended;
  }

  void attached(Lane lane) {
    lanes.put(lane.log(), lane);
  }

  void ended() {
    ended = true;
    answers.ended();
  }
}
