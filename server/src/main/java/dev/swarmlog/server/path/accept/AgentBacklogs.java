package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.v1.AgentBacklog;
import dev.swarmlog.v1.LaneBacklog;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.Log;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What connected agents have before them. May be used by any thread. */
final class AgentBacklogs {

  private static final List<Log> LOGS = List.of(Log.LOG_CONTROL, Log.LOG_MAIN);
  private static final Comparator<AgentBacklog> LARGEST_FIRST =
      Comparator.comparingLong(AgentBacklog::getBacklog)
          .reversed()
          .thenComparing(AgentBacklog::getAgent);

  private AgentBacklogs() {}

  /** Of one lane, as it is in {@link LaneBacklog}. */
  static long of(Lane lane, Lane.Progress progress) {
    // What an agent has acknowledged and was not sent yet it got from an earlier stream.
    return progress.state() == Lane.State.ASLEEP
        ? Math.max(0, progress.sentOpId() - progress.ackedOpId())
        : Math.max(0, lane.headOpId() - progress.ackedOpId());
  }

  /** Those of a swarm that have most. */
  static ListBacklogsResponse list(List<AgentSession> sessions, int maxAgents, long nowNs) {
    List<AgentBacklog> all = sessions.stream().map(session -> describe(session, nowNs)).toList();
    return ListBacklogsResponse.newBuilder()
        .addAllAgents(all.stream().sorted(LARGEST_FIRST).limit(maxAgents).toList())
        .setConnectedAgents(all.size())
        .setBacklogSum(all.stream().mapToLong(AgentBacklog::getBacklog).sum())
        .build();
  }

  private static AgentBacklog describe(AgentSession session, long nowNs) {
    AgentBacklog.Builder agent =
        AgentBacklog.newBuilder()
            .setAgent(session.agent())
            .setLastHeartbeatMs(milliseconds(nowNs - session.lastHeartbeatNs()))
            .setHandlerRunningMs(session.handlerRunningMs())
            .setHandlerHeldMs(session.handlerHeldMs());
    long sum = 0;
    for (Log log : LOGS) {
      Lane lane = lane(session, log);
      if (lane != null) {
        Lane.Progress progress = lane.progress();
        long backlog = of(lane, progress);
        sum += backlog;
        agent.addLanes(
            LaneBacklog.newBuilder()
                .setLog(log)
                .setSentOpId(progress.sentOpId())
                .setAckedOpId(progress.ackedOpId())
                .setHeadOpId(lane.headOpId())
                .setBacklog(backlog)
                .setState(progress.state().text())
                .setStateMs(milliseconds(nowNs - progress.sinceNs())));
      }
    }
    return agent.setBacklog(sum).build();
  }

  /** The lanes of a session by log; null where none is attached. */
  static @Nullable Lane lane(AgentSession session, Log log) {
    DataStream stream = session.lane(log);
    return stream == null ? null : stream.lane();
  }

  static List<Log> logs() {
    return LOGS;
  }

  private static long milliseconds(long ns) {
    return TimeUnit.NANOSECONDS.toMillis(Math.max(0, ns));
  }
}
