package dev.swarmlog.demo.agent;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.demo.journal.AckList;
import dev.swarmlog.demo.journal.RecordFile;
import dev.swarmlog.demo.process.Status;
import dev.swarmlog.demo.process.StatusLines;
import dev.swarmlog.demo.survey.FileSurveyor;
import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Some of the agents of the demo, in a process of their own that may be killed at any moment.
 *
 * <p>They share one journal, so that one fsync serves those that wait at the same time, one list of
 * acks and one survey thread; connections and handler threads are each agent's own.
 */
public final class AgentProcess {
  private static final long STATUS_INTERVAL_MS = 200;

  /** A line of standard input that begins so names the agent whose table is to be corrupted. */
  public static final String CORRUPT = "corrupt ";

  /**
   * What the process is told.
   *
   * @param target "host:port" of the coordinator
   * @param root the surveyed directory
   * @param agents how many agents there are in all processes
   * @param firstAgent number, from 0, of the first one here
   * @param agentsHere how many are here
   * @param injectedAgent number of the agent that the injection concerns
   * @param injectedOpId the operation from which on it concerns the first result
   * @param compareEvery how often agents compare what they hold with the log
   */
  public record Settings(
      String target,
      String swarm,
      Path root,
      Path journal,
      Path acks,
      int agents,
      int firstAgent,
      int agentsHere,
      Injection injection,
      int injectedAgent,
      long injectedOpId,
      Duration compareEvery) {}

  private final Settings settings;
  private final StatusLines statuses;
  private final LagMeter lags = new LagMeter();
  // By name, in the order of their numbers. Filled by the constructor.
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final CountDownLatch end = new CountDownLatch(1);

  /**
   * One agent with what belongs to it. The fields that change belong to the thread of {@link #run}.
   */
  private static final class Member {
    final int number;
    final AgentTable table;
    AgentCursor cursor = AgentCursor.empty();
    @Nullable SwarmAgent agent;

    Member(int number, AgentTable table) {
      this.number = number;
      this.table = table;
    }
  }

  public AgentProcess(Settings settings, StatusLines statuses) {
    this.settings = settings;
    this.statuses = statuses;
    for (int number = settings.firstAgent();
        number < settings.firstAgent() + settings.agentsHere();
        number++) {
      members.put(
          Surveyors.agentName(number),
          new Member(number, new AgentTable(number, settings.agents())));
    }
  }

  /** Makes {@link #run} return; any thread. */
  public void stop() {
    end.countDown();
  }

  /**
   * Runs the agents until {@link #stop}, then ends them in order and says where they stand.
   *
   * @throws IOException if the journal or the list of acks cannot be used
   */
  public void run() throws IOException, InterruptedException {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (RecordFile journal = RecordFile.open(settings.journal(), 0, this::recover);
        AckList acks = AckList.open(settings.acks());
        SurveyThread surveys =
            new SurveyThread(new FileSurveyor(settings.root()), acks, this::trouble)) {
      members.forEach(
          (name, member) -> member.table.pending().forEach(left -> surveys.submit(name, left)));
      Map<String, SwarmPublisher> publishers = new HashMap<>();
      for (Map.Entry<String, Member> each : members.entrySet()) {
        SwarmAgent agent = start(each.getKey(), each.getValue(), journal, surveys);
        each.getValue().agent = agent;
        publishers.put(each.getKey(), agent.publisher());
      }
      surveys.start(publishers);
      timer.scheduleAtFixedRate(this::report, 0, STATUS_INTERVAL_MS, TimeUnit.MILLISECONDS);
      end.await();
      surveys.close();
      for (Member member : members.values()) {
        if (member.agent != null) {
          member.agent.close();
        }
      }
    } finally {
      timer.shutdown();
      if (timer.awaitTermination(STATUS_INTERVAL_MS, TimeUnit.MILLISECONDS)) {
        report();
      }
    }
  }

  private SwarmAgent start(String name, Member member, RecordFile journal, SurveyThread surveys) {
    Injection injection =
        member.number == settings.injectedAgent() ? settings.injection() : Injection.NONE;
    JournalStore store =
        new JournalStore(
            name,
            journal,
            member.table,
            member.cursor,
            new FaultyPath(injection, settings.injectedOpId(), member.table.opId()),
            lags,
            assigned -> surveys.submit(name, assigned),
            report -> statuses.write(driftOver(name, report)));
    return SwarmAgent.builder(settings.target(), settings.swarm(), name)
        .topics(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION)
        .effects(store)
        .stateOf(store::handOver, settings.compareEvery())
        .onHandlerFailure(HandlerFailurePolicy.stopAfter(1))
        .listener(new AgentReport(name, statuses::write))
        .start();
  }

  /** Changes a row of an agent's table, as nobody should, and says which; any thread. */
  public void corrupt(String name) {
    Member member = members.get(name);
    if (member != null) {
      statuses.write(
          member
              .table
              .corrupt()
              .map(row -> new Status.Corrupted(name, row.before().getKey(), describe(row)))
              .orElse(new Status.Corrupted(name, "", "")));
    }
  }

  private static String describe(AgentTable.Corruption row) {
    return String.format(
        "%,d lines instead of %,d",
        row.after().getResult().getLineCount(), row.before().getResult().getLineCount());
  }

  private static Status.DriftOver driftOver(String seenBy, JournalOperation operation) {
    DriftReport report = operation.getDrift();
    return new Status.DriftOver(
        seenBy,
        operation.getOpId(),
        report.getAgent(),
        report.getHealing().name().replace("HEALING_", "").toLowerCase(Locale.ROOT),
        report.getKeysList(),
        report.getGoodOpId(),
        report.getFoundOpId(),
        report.getHealedOpId(),
        report.getMessagesCount(),
        report.getBytes());
  }

  /** Takes one record of the journal up again, before anything is connected. */
  private void recover(byte[] payload) {
    try {
      JournalRecord record = JournalRecord.parseFrom(payload);
      Member member = members.get(record.getAgent());
      if (member != null) {
        member.table.apply(record.getOperationsList(), record.getCursor());
        member.cursor = AgentCursor.parse(record.getSessionState().toByteArray());
      }
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report() {
    LagMeter.Interval lag = lags.take();
    List<Status.AgentProgress> progress = new ArrayList<>();
    members.forEach(
        (name, member) -> {
          SwarmAgent agent = member.agent;
          progress.add(
              new Status.AgentProgress(
                  name,
                  member.table.opId(),
                  agent == null ? "" : agent.state().name().toLowerCase(Locale.ROOT),
                  member.table.pendingCount(),
                  member.table.digest()));
        });
    statuses.write(new Status.Agents(progress, lag.histogram(), lag.negativeCount()));
  }

  private void trouble(String message) {
    statuses.write(new Status.Trouble(message, false));
  }
}
