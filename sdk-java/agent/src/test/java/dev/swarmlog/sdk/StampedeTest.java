package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thousand agents lose their coordinator in the same moment, in virtual time. */
class StampedeTest {
  private static final int AGENTS = 1_000;
  private static final long WINDOW_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MAX_IN_A_WINDOW = 200;

  private record Due(long atNs, AgentSession session) {}

  private final PriorityQueue<Due> due =
      new PriorityQueue<>((a, b) -> Long.compare(a.atNs(), b.atNs()));
  private final List<Long> attemptsNs = new ArrayList<>();
  private long nowNs;
  private int connected;

  @ParameterizedTest
  @ValueSource(longs = {0, 100, 700, 2_000, 10_000, 60_000})
  void shouldComeBackSpreadOverTime(long downMs) {
    // given
    Random random = new Random(downMs);
    List<AgentSession> agents = new ArrayList<>();
    for (int i = 0; i < AGENTS; i++) {
      Agent agent = new Agent();
      agent.session =
          new AgentSession(
              Hello.getDefaultInstance(),
              Set.of(Log.LOG_MAIN),
              AgentCursor.empty(),
              Set.of(),
              agent,
              new AgentListener() {},
              () -> new Backoff(random),
              null);
      agent.session.start();
      welcome(agent.session);
      agents.add(agent.session);
    }
    // when
    nowNs = TimeUnit.MINUTES.toNanos(1);
    long lostAtNs = nowNs;
    long backNs = lostAtNs + TimeUnit.MILLISECONDS.toNanos(downMs);
    due.clear();
    attemptsNs.clear();
    connected = 0;
    agents.forEach(session -> session.streamEnded(Statuses.failure("UNAVAILABLE", 0), nowNs));
    while (!due.isEmpty()) {
      Due next = due.remove();
      nowNs = next.atNs();
      if (nowNs >= backNs) {
        attemptsNs.add(nowNs);
      }
      next.session().timer(new TimerKey(TimerKey.Kind.RECONNECT, null), nowNs);
      if (nowNs < backNs) {
        next.session().streamEnded(Statuses.failure("UNAVAILABLE", 0), nowNs);
      } else {
        welcome(next.session());
        connected++;
      }
    }
    System.out.printf(
        "StampedeTest: away %d ms, then at most %d of %d within 100 ms, all back after %d ms%n",
        downMs, mostInAWindow(), AGENTS, (nowNs - backNs) / 1_000_000);
    // then
    assertThat(connected).isEqualTo(AGENTS);
    assertThat(mostInAWindow()).isLessThanOrEqualTo(MAX_IN_A_WINDOW);
    assertThat(nowNs - backNs).isLessThanOrEqualTo(Backoff.MAX_CEILING_NS);
  }

  private int mostInAWindow() {
    int most = 0;
    int first = 0;
    for (int i = 0; i < attemptsNs.size(); i++) {
      while (attemptsNs.get(i) - attemptsNs.get(first) >= WINDOW_NS) {
        first++;
      }
      most = Math.max(most, i - first + 1);
    }
    return most;
  }

  private void welcome(AgentSession session) {
    session.controlFrame(
        ControlResponse.newBuilder().setWelcome(Welcome.newBuilder().setSessionId("s")).build(),
        nowNs,
        0);
  }

  private final class Agent implements AgentSession.Output {
    AgentSession session;

    @Override
    public void startTimer(TimerKey key, long delayNs) {
      if (key.kind() == TimerKey.Kind.RECONNECT) {
        due.add(new Due(nowNs + delayNs, session));
      }
    }

    @Override
    public void openControl(Hello hello) {}

    @Override
    public void deltaBegan(Position from, Position head) {}

    @Override
    public void syncEnded(Log log, SyncReport report, long received, long duplicates) {}

    @Override
    public void openLane(String sessionId, Log log, LogPlan plan) {}

    @Override
    public void endStreams(boolean gently) {}

    @Override
    public void sendHeartbeat(Heartbeat.Builder known) {}

    @Override
    public void requestFrame(Log log) {}

    @Override
    public void deliver(LaneStep step) {}

    @Override
    public void deliverAgain(Log log) {}

    @Override
    public void goOn(Log log) {}

    @Override
    public void sendNack(Nack nack) {}

    @Override
    public void sendAck(Ack ack) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {}
  }
}
