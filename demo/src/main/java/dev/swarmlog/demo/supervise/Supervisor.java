package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.checker.Checker;
import dev.swarmlog.demo.checker.Evidence;
import dev.swarmlog.demo.checker.Verdict;
import dev.swarmlog.demo.display.Board;
import dev.swarmlog.demo.display.Board.Health;
import dev.swarmlog.demo.display.View;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.Launch;
import dev.swarmlog.demo.process.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the demo once, from the first process to the verdict, on the calling thread.
 *
 * <p>What children say arrives on their reader threads and is queued; everything else belongs to
 * the calling thread.
 */
public final class Supervisor {
  private static final long TICK_MS = 100;
  private static final int MAX_QUEUED_STATUSES = 10_000;
  private static final long MAX_STARTING_MS = 60_000;
  private static final long MAX_STANDSTILL_MS = 45_000;

  private record Heard(int process, int life, Status status) {}

  private final DemoSettings settings;
  private final View view;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>(MAX_QUEUED_STATUSES);
  private final Lags lags = new Lags();
  private final Observed observed;
  private final Swarm swarm;
  private final Children children;
  private final Kills kills;
  private final Corruption corruption;
  private final List<Board.Event> events = new ArrayList<>();
  private String phase = "starting";
  private @Nullable String fatal;
  private long activity;
  private long activityNanos = System.nanoTime();

  private Supervisor(DemoSettings settings, View view) throws IOException {
    this.settings = settings;
    this.view = view;
    this.children = new Children(Launch.ofThisProcess(), settings.data().logs());
    this.swarm = new Swarm(settings, children, this::hear);
    int[] processOf = new int[settings.agents()];
    for (int process = 1; process <= settings.processes(); process++) {
      for (int number = swarm.firstAgent(process);
          number < swarm.firstAgent(process + 1);
          number++) {
        processOf[number] = process;
      }
    }
    this.observed = new Observed(processOf);
    this.kills = new Kills(settings, swarm, observed, this::event);
    this.corruption = new Corruption(settings, swarm, observed, this::event);
  }

  /**
   * Runs the demo.
   *
   * @throws DemoFailure if it could not be run to its end
   * @throws IOException if data cannot be written, or a process not be started
   */
  public static Run run(DemoSettings settings, View view)
      throws IOException, InterruptedException, DemoFailure {
    Supervisor supervisor = new Supervisor(settings, view);
    try (Children children = supervisor.children) {
      return supervisor.run();
    }
  }

  private Run run() throws IOException, InterruptedException, DemoFailure {
    settings.data().writeFileList(settings.tree().paths());
    start();
    while (!isOver()) {
      tick();
      kills.carryOut(progress());
      boolean undisturbed = kills.areOver() || (isWorkDone() && !kills.isDisturbed());
      corruption.carryOut(progress(), undisturbed);
    }
    phase = "finishing";
    tick();
    swarm.finish();
    takeStatuses(0);
    Verdict verdict = check();
    show();
    return new Run(
        verdict,
        kills.agentKills(),
        kills.coordinatorKills(),
        corruption.injected(),
        corruption.healed(),
        verdict.inFlight().stream().mapToLong(Verdict.InFlight::unanswered).min().orElse(0),
        lags.all().p50Ms(),
        lags.all().p99Ms(),
        lags.negativeCount());
  }

  /**
   * Everything is done and applied; or nothing moves any more, which the checker then has something
   * to say about.
   */
  private boolean isOver() {
    if (isWorkDone() && !kills.isDisturbed() && !corruption.isPending()) {
      event(
          false, "All work is done and applied; the processes end, then the journals are checked.");
      return true;
    }
    long standstillMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - activityNanos);
    if (standstillMs > MAX_STANDSTILL_MS) {
      event(
          true,
          String.format(
              "Nothing has moved for %d s, with %,d assignments without a result; the journals are checked as they are.",
              TimeUnit.MILLISECONDS.toSeconds(standstillMs), observed.inFlight()));
      return true;
    }
    return false;
  }

  private boolean isWorkDone() {
    return observed.planner().done() && observed.isSettled();
  }

  /** The coordinator first, then the agents, and the planner when all of them are there. */
  private void start() throws IOException, InterruptedException, DemoFailure {
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_STARTING_MS);
    swarm.startCoordinator();
    while (!swarm.coordinatorListens()) {
      tick();
      expectBefore(deadlineNanos, "the coordinator to take connections");
    }
    kills.coordinatorServes();
    swarm.startAgents();
    while (!observed.isComplete()) {
      tick();
      expectBefore(deadlineNanos, "all agents to connect");
    }
    swarm.startPlanner();
    activityNanos = System.nanoTime();
    phase = "running";
  }

  private void expectBefore(long deadlineNanos, String what) throws DemoFailure {
    if (System.nanoTime() > deadlineNanos) {
      throw new DemoFailure(
          String.format(
              "Expected %s within %d s, but it did not happen. The logs: %s",
              what, TimeUnit.MILLISECONDS.toSeconds(MAX_STARTING_MS), settings.data().logs()));
    }
  }

  private void tick() throws InterruptedException, DemoFailure {
    takeStatuses(TICK_MS);
    long nowNanos = System.nanoTime();
    observed.sample(nowNanos);
    lags.disturbed(kills.isDisturbed(), nowNanos);
    swarm.check();
    if (fatal != null) {
      throw new DemoFailure(fatal + " The logs: " + settings.data().logs());
    }
    if (activity != observed.activity()) {
      activity = observed.activity();
      activityNanos = nowNanos;
    }
    show();
  }

  private double progress() {
    Status.Planner planner = observed.planner();
    double time = (double) planner.elapsedMs() / TimeUnit.SECONDS.toMillis(settings.seconds());
    double work = (double) planner.surveyedInFirstRound() / settings.tree().paths().size();
    return planner.round() == 0 ? 0 : Math.min(1, Math.min(time, work));
  }

  private Verdict check() throws IOException {
    List<Path> journals = new ArrayList<>();
    List<Path> ackLists = new ArrayList<>(List.of(settings.data().plannerAcks()));
    for (int process = 1; process <= settings.processes(); process++) {
      journals.add(settings.data().journal(process));
      ackLists.add(settings.data().acks(process));
    }
    return Checker.check(
        new Evidence(
            journals,
            ackLists,
            new TreeSet<>(observed.agents().keySet()),
            observed.digests(),
            kills.unixNanos()));
  }

  private void hear(int process, int life, Status status) {
    try {
      heard.put(new Heard(process, life, status));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes what has been heard; waits at most this long for the first. */
  private void takeStatuses(long maxWaitMs) throws InterruptedException {
    @Nullable Heard next = heard.poll(maxWaitMs, TimeUnit.MILLISECONDS);
    while (next != null) {
      take(next);
      next = heard.poll();
    }
  }

  private void take(Heard each) {
    if (each.process() > 0 && each.life() < swarm.life(each.process())) {
      // The last words of a process that was killed.
      return;
    }
    if (each.status() instanceof Status.Agents status) {
      observed.on(status);
      lags.add(status.lagHistogram(), status.negativeLags(), System.nanoTime());
    } else if (each.status() instanceof Status.Connected status) {
      observed.on(status);
    } else if (each.status() instanceof Status.CaughtUp status) {
      observed.on(status);
    } else if (each.status() instanceof Status.Corrupted status) {
      corruption.on(status);
    } else if (each.status() instanceof Status.DriftOver status) {
      corruption.on(status);
    } else if (each.status() instanceof Status.Planner status) {
      observed.on(status);
    } else if (each.status() instanceof Status.Trouble status) {
      event(true, status.message());
      fatal = status.fatal() && fatal == null ? status.message() : fatal;
    }
  }

  private void event(boolean bad, String text) {
    events.add(new Board.Event(observed.planner().elapsedMs(), bad, text));
  }

  private void show() {
    Status.Planner planner = observed.planner();
    List<Board.AgentRow> rows = new ArrayList<>();
    observed
        .agents()
        .forEach(
            (name, agent) ->
                rows.add(
                    new Board.AgentRow(
                        name,
                        agent.process,
                        swarm.agentsPid(agent.process),
                        agent.opId,
                        agent.health,
                        agent.state)));
    view.show(
        new Board(
            settings.tree().name() + " (" + settings.tree().listedBy() + ")",
            settings.tree().paths().size(),
            settings.seed(),
            planner.elapsedMs(),
            TimeUnit.SECONDS.toMillis(settings.seconds()),
            progress(),
            planner.round(),
            planner.assigned(),
            planner.surveyed(),
            observed.head(),
            observed.operationsPerSec(),
            observed.appliedPerSec(),
            lag(lags.quiet()),
            lag(lags.throughFaults()),
            kills.coordinator(),
            new Board.ProcessRow(swarm.plannerPid(), Health.WELL, phase),
            rows,
            events));
  }

  private static Board.Lag lag(Lags.Figures figures) {
    return new Board.Lag(figures.count(), figures.p50Ms(), figures.p99Ms());
  }
}
