package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.agent.AgentProcess;
import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.demo.process.ParentWatch;
import dev.swarmlog.demo.process.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one run: the coordinator, the planner, and those with agents. Used by the
 * supervisor's thread, except for what it tells.
 */
final class Swarm {
  private static final String NAME = "demo";
  private static final int MAX_UNANSWERED_PER_AGENT = 3;
  private static final int COMPARISONS_PER_RUN = 6;
  private static final int MAX_COMPARE_EVERY_S = 5;
  // Beyond the first hundred: an operation that every run reaches, but not in the first round trip.
  private static final int INJECTED_FROM_OP_ID = 60;
  private static final int INJECTED_WITHIN_OPS = 40;

  /**
   * Short-lived processes that share the machine: little memory, and no time lost on the second
   * compiler.
   */
  private static final List<String> SMALL_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xms32m", "-Xmx768m");

  /** Told what processes say, on their reader threads. */
  interface Listener {
    /**
     * @param process number of the agent process, from 1; 0 for the planner
     * @param life how often that process had been started before
     */
    void onStatus(int process, int life, Status status);
  }

  private final DemoSettings settings;
  private final Children children;
  private final Listener listener;
  private final CoordinatorProcess coordinator;
  private final int injectedAgent;
  private final long injectedOpId;
  private final List<Child> agents = new ArrayList<>();
  private final int[] lives;
  private @Nullable Child planner;

  Swarm(DemoSettings settings, Children children, Listener listener) throws IOException {
    this.settings = settings;
    this.children = children;
    this.listener = listener;
    this.coordinator =
        CoordinatorProcess.on(children, settings.data().coordinator())
            .arguments("--drain-timeout", "2s", "--drift-check-interval", "1s")
            .build();
    this.lives = new int[settings.processes() + 1];
    RandomGenerator random = RandomGeneratorFactory.of("SplittableRandom").create(settings.seed());
    this.injectedAgent = random.nextInt(settings.agents());
    this.injectedOpId = (long) INJECTED_FROM_OP_ID + random.nextInt(INJECTED_WITHIN_OPS);
  }

  /** Starts the coordinator; for the first time, or again after a kill, at the same address. */
  void startCoordinator() throws IOException {
    coordinator.start();
  }

  /** Whether the coordinator takes connections. */
  boolean coordinatorListens() {
    return coordinator.listens();
  }

  void startPlanner() throws IOException {
    planner =
        children.start(
            "planner",
            SMALL_JVM,
            List.of(
                "demo",
                ":planner",
                "--target",
                coordinator.target(),
                "--swarm",
                NAME,
                "--files",
                settings.data().fileList().toString(),
                "--acks",
                settings.data().plannerAcks().toString(),
                "--agents",
                Integer.toString(settings.agents()),
                "--unanswered",
                Integer.toString(MAX_UNANSWERED_PER_AGENT),
                "--seconds",
                Integer.toString(settings.seconds())),
            status -> listener.onStatus(0, 0, status));
  }

  /** Starts all agent processes. */
  void startAgents() throws IOException {
    for (int process = 1; process <= settings.processes(); process++) {
      agents.add(startAgents(process));
    }
  }

  /** Starts one agent process again, after a kill. */
  void restartAgents(int process) throws IOException {
    lives[process]++;
    agents.set(process - 1, startAgents(process));
  }

  private Child startAgents(int process) throws IOException {
    int first = firstAgent(process);
    int life = lives[process];
    return children.start(
        "agents " + process,
        SMALL_JVM,
        List.of(
            "demo",
            ":agents",
            "--target",
            coordinator.target(),
            "--swarm",
            NAME,
            "--root",
            settings.tree().root().toString(),
            "--journal",
            settings.data().journal(process).toString(),
            "--acks",
            settings.data().acks(process).toString(),
            "--agents",
            Integer.toString(settings.agents()),
            "--first",
            Integer.toString(first),
            "--here",
            Integer.toString(firstAgent(process + 1) - first),
            "--inject",
            settings.injection().name().toLowerCase(Locale.ROOT),
            "--inject-agent",
            Integer.toString(injectedAgent),
            "--inject-at",
            Long.toString(injectedOpId),
            "--compare-every-ms",
            Long.toString(compareEveryMs())),
        status -> listener.onStatus(process, life, status));
  }

  /** A comparison reads and hashes the whole table, which grows: seldom in a long run. */
  private long compareEveryMs() {
    return TimeUnit.SECONDS.toMillis(
        Math.max(1, Math.min(MAX_COMPARE_EVERY_S, settings.seconds() / COMPARISONS_PER_RUN)));
  }

  /** Has a row of an agent's table changed, as nobody should. */
  void corrupt(int process, String agent) {
    agents.get(process - 1).tell(AgentProcess.CORRUPT + agent);
  }

  /** The number, from 0, of the first agent of a process; processes are numbered from 1. */
  int firstAgent(int process) {
    return (process - 1) * settings.agents() / settings.processes();
  }

  /** How often an agent process has been started again. */
  int life(int process) {
    return lives[process];
  }

  long agentsPid(int process) {
    return agents.isEmpty() ? 0 : agents.get(process - 1).pid();
  }

  long coordinatorPid() {
    return coordinator.pid();
  }

  long plannerPid() {
    return planner == null ? 0 : planner.pid();
  }

  void killAgents(int process) {
    agents.get(process - 1).kill();
  }

  void killCoordinator() {
    coordinator.kill();
  }

  /**
   * Sees to it that everything that was started still runs.
   *
   * @throws DemoFailure if a process has ended by itself
   */
  void check() throws DemoFailure {
    for (Child child : all()) {
      if (!child.isAlive()) {
        throw new DemoFailure(
            String.format(
                "Expected the process \"%s\" to run, but it ended with exit code %d and these last words: %s%nIts log: %s",
                child.name(), child.exitCode(), child.lastWords(), child.log()));
      }
    }
  }

  /** Lets planner and agents finish, then the coordinator; kills what takes too long. */
  void finish() throws InterruptedException {
    List<Child> clients = new ArrayList<>(agents);
    if (planner != null) {
      clients.add(planner);
    }
    finish(clients);
    coordinator.stop();
  }

  private static void finish(List<Child> ending) throws InterruptedException {
    ending.forEach(Child::letGo);
    for (Child child : ending) {
      if (!child.awaitEnd(ParentWatch.PATIENCE_MS)) {
        child.kill();
      }
    }
  }

  private List<Child> all() {
    List<Child> all = new ArrayList<>(agents);
    Child serving = coordinator.process();
    if (serving != null) {
      all.add(serving);
    }
    if (planner != null) {
      all.add(planner);
    }
    return all;
  }
}
