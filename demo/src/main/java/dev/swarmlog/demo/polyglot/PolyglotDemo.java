package dev.swarmlog.demo.polyglot;

import dev.swarmlog.conformance.proxy.Link;
import dev.swarmlog.demo.supervise.DemoFailure;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * One swarm with two agents of each language: work is published, things go wrong for every agent
 * and for the coordinator, and at the end all must hold what the log says.
 */
public final class PolyglotDemo {
  private static final long PUBLISH_EVERY_MS = 10;
  private static final long ASK_EVERY_MS = 500;
  private static final long RESTART_AFTER_MS = 300;
  private static final long PARTITION_MS = 2_000;
  private static final long REPORT_MS = 20_000;
  private static final long LOOK_EVERY_MS = 100;
  private static final int REPORTS = 4;

  private final PolyglotSettings settings;
  private final Consumer<String> people;
  private final RandomGenerator random;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private long beganNs;
  private int agentsAsked;

  /** A step that may fail. */
  private interface Step {
    void run() throws IOException, InterruptedException, DemoFailure;
  }

  /**
   * A demo.
   *
   * @param people told what happens, line by line; on threads of the demo
   */
  public PolyglotDemo(PolyglotSettings settings, Consumer<String> people) {
    this.settings = settings;
    this.people = people;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(settings.seed());
  }

  /**
   * Runs it to its end.
   *
   * @throws DemoFailure if it could not be run to its end
   * @throws IOException if data cannot be written, or a process not be started
   */
  public PolyglotReport run() throws IOException, InterruptedException, DemoFailure {
    people.accept("Starts two agents of each language, seed %d.".formatted(settings.seed()));
    try (PolyglotSwarm swarm = PolyglotSwarm.start(settings);
        Link firstLink = new Link(swarm.port());
        Link secondLink = new Link(swarm.port());
        Work work =
            new Work(
                publisher(firstLink, "planner-1"), publisher(secondLink, "planner-2"), random)) {
      beganNs = System.nanoTime();
      trouble(swarm, work);
      said("All is healed. Waits until all is acknowledged and answered, then asks for reports.");
      return held(swarm, work);
    }
  }

  private static SwarmPublisher publisher(Link link, String name) {
    return SwarmPublisher.builder("localhost:" + link.port(), PolyglotSwarm.NAME, name).start();
  }

  /** Publishes while things go wrong. */
  private void trouble(PolyglotSwarm swarm, Work work)
      throws IOException, InterruptedException, DemoFailure {
    // What a step wants to come next when the time is over does not come.
    ScheduledExecutorService clock =
        new ScheduledThreadPoolExecutor(1, new ThreadPoolExecutor.DiscardPolicy());
    try {
      long durationMs = TimeUnit.SECONDS.toMillis(settings.seconds());
      FaultSchedule schedule = FaultSchedule.of(swarm.agents().size(), durationMs, random);
      every(clock, PUBLISH_EVERY_MS, work::publishNext);
      every(clock, ASK_EVERY_MS, () -> ask(swarm, work));
      for (FaultSchedule.Planned planned : schedule.faults()) {
        PolyglotAgent agent = swarm.agents().get(planned.agent());
        at(clock, planned.atMs(), () -> strike(clock, agent, planned.fault()));
      }
      at(clock, schedule.coordinatorKillAtMs(), () -> killCoordinator(clock, swarm));
      at(clock, durationMs + RESTART_AFTER_MS, over::countDown);
      over.await();
    } finally {
      clock.shutdownNow();
      clock.awaitTermination(PARTITION_MS, TimeUnit.MILLISECONDS);
    }
    Exception failed = failure.get();
    if (failed != null) {
      throw new DemoFailure(String.valueOf(failed.getMessage()));
    }
    for (PolyglotAgent agent : swarm.agents()) {
      agent.heal();
      if (!agent.isRunning()) {
        agent.start();
      }
    }
  }

  private void ask(PolyglotSwarm swarm, Work work) {
    List<PolyglotAgent> publishing =
        swarm.agents().stream().filter(PolyglotAgent::publishes).toList();
    if (!publishing.isEmpty()) {
      work.ask(publishing.get(agentsAsked++ % publishing.size()).name());
    }
  }

  private void strike(ScheduledExecutorService clock, PolyglotAgent agent, Fault fault) {
    switch (fault) {
      case KILL -> {
        said("%s is killed (pid %d).".formatted(agent.name(), agent.pid()));
        agent.kill();
        at(clock, RESTART_AFTER_MS, agent::start);
      }
      case CUT -> {
        said("%s: its connection is cut.".formatted(agent.name()));
        agent.cut();
      }
      case PARTITION -> {
        said("%s: nothing reaches it for %d s.".formatted(agent.name(), PARTITION_MS / 1_000));
        agent.partition();
        at(clock, PARTITION_MS, agent::heal);
      }
    }
  }

  private void killCoordinator(ScheduledExecutorService clock, PolyglotSwarm swarm)
      throws IOException {
    said("The coordinator is killed.");
    swarm.killCoordinator();
    at(clock, LOOK_EVERY_MS, () -> lookForCoordinator(clock, swarm));
  }

  private void lookForCoordinator(ScheduledExecutorService clock, PolyglotSwarm swarm)
      throws DemoFailure {
    if (swarm.serves()) {
      said("The coordinator is back.");
    } else {
      at(clock, LOOK_EVERY_MS, () -> lookForCoordinator(clock, swarm));
    }
  }

  private void at(ScheduledExecutorService clock, long inMs, Step step) {
    clock.schedule(() -> guarded(step), inMs, TimeUnit.MILLISECONDS);
  }

  private void every(ScheduledExecutorService clock, long everyMs, Step step) {
    clock.scheduleAtFixedRate(() -> guarded(step), 0, everyMs, TimeUnit.MILLISECONDS);
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (IOException | DemoFailure | RuntimeException e) {
      failure.compareAndSet(null, e);
      over.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private PolyglotReport held(PolyglotSwarm swarm, Work work)
      throws InterruptedException, DemoFailure {
    try {
      return compared(swarm, work);
    } catch (CompletionException | IllegalStateException | StatusRuntimeException e) {
      throw new DemoFailure(
          "Expected all to be acknowledged and answered, but: %s. %s"
              .formatted(e.getMessage(), swarm.ended()));
    }
  }

  /** Compares what the agents say with what the log says. */
  private PolyglotReport compared(PolyglotSwarm swarm, Work work)
      throws InterruptedException, DemoFailure {
    Map<Long, Publication> acknowledged = work.acknowledged();
    try (LogReader log = new LogReader(swarm.port(), PolyglotSwarm.NAME, acknowledged)) {
      // Only then does nothing follow the reports that would supersede a key before them.
      log.readAnswers(work.asked());
      said("%,d operations are in the log.".formatted(log.operations()));
      // Keyed state is consistent at a delta's target only, so who reports within a delta may hold
      // what no operation left behind. Who has reported once has come past that delta's target.
      report(swarm, work, "first");
      long opId = report(swarm, work, "second");
      AgentState expected = log.readTo(opId);
      List<String> findings = new ArrayList<>(log.findings());
      List<PolyglotReport.Row> rows = new ArrayList<>();
      for (PolyglotAgent agent : swarm.agents()) {
        AgentState reported = swarm.reports().of(agent.name(), opId);
        if (!expected.equals(reported)) {
          findings.add(
              "Expected %s to hold %s, but it holds %s."
                  .formatted(agent.name(), expected, reported));
        }
        rows.add(row(agent, expected.equals(reported)));
      }
      for (String left : swarm.end()) {
        findings.add("Expected %s to end when it was asked to, but it did not.".formatted(left));
      }
      return new PolyglotReport(
          rows,
          swarm.skipped(),
          expected,
          log.operations(),
          work.publishedTwice(),
          swarm.deliveredTwice(),
          log.answers(),
          swarm.coordinatorKills(),
          findings);
    }
  }

  /**
   * Has all agents say what they hold, again where one was killed meanwhile or lost it on the way.
   *
   * @return the operation behind which they were asked last
   */
  private static long report(PolyglotSwarm swarm, Work work, String label)
      throws InterruptedException {
    long opId = 0;
    for (int asked = 1; asked <= REPORTS; asked++) {
      opId = work.report("%s report, %d".formatted(label, asked)).join().getOpId();
      if (swarm.reports().await(opId, swarm.agents().size(), REPORT_MS)) {
        return opId;
      }
    }
    return opId;
  }

  private static PolyglotReport.Row row(PolyglotAgent agent, boolean agrees) {
    return new PolyglotReport.Row(
        agent.name(),
        agent.language(),
        agent.language() + " " + agent.version(),
        agent.suffered(Fault.KILL),
        agent.suffered(Fault.CUT),
        agent.suffered(Fault.PARTITION),
        agrees);
  }

  private void said(String what) {
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
    people.accept("%02d:%04.1f  %s".formatted(ms / 60_000, ms % 60_000 / 1_000.0, what));
  }
}
