package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.display.Board;
import dev.swarmlog.demo.display.Board.Health;
import dev.swarmlog.demo.journal.UnixNano;
import dev.swarmlog.demo.supervise.FaultPlan.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGeneratorFactory;

/**
 * Carries the fault plan out, and sees what was killed come back. Used by the supervisor's thread.
 */
final class Kills {
  /** Told what happened, to be shown; {@code bad} things stand out. */
  interface Listener {
    void onEvent(boolean bad, String text);
  }

  private final FaultPlan plan = new FaultPlan();
  private final Swarm swarm;
  private final Observed observed;
  private final Listener listener;
  private final int victim;
  private final List<Long> unixNanos = new ArrayList<>();
  private int agentKills;
  private int coordinatorKills;
  private Board.ProcessRow coordinator = new Board.ProcessRow(0, Health.ON_THE_WAY, "starting");

  Kills(DemoSettings settings, Swarm swarm, Observed observed, Listener listener) {
    this.swarm = swarm;
    this.observed = observed;
    this.listener = listener;
    this.victim =
        1
            + RandomGeneratorFactory.of("SplittableRandom")
                .create(~settings.seed())
                .nextInt(settings.processes());
  }

  /** The coordinator takes connections for the first time. */
  void coordinatorServes() {
    coordinatorIs(Health.WELL, "serving");
  }

  /**
   * Does what the plan says is due.
   *
   * @param progress of the work, 0 to 1
   * @throws IOException if what was killed cannot be started again
   */
  void carryOut(double progress) throws IOException {
    State before = plan.state();
    boolean recovered = observed.isRecovered();
    FaultPlan.Action action = plan.next(progress, observed.inFlight(), recovered);
    if (recovered && before == State.AGENTS_DOWN) {
      listener.onEvent(
          false, String.format("Agent process %d is back: %s.", victim, observed.returned()));
    } else if (recovered && before == State.COORDINATOR_DOWN) {
      coordinatorIs(Health.RECOVERED, "serving, was killed once");
      listener.onEvent(false, "All agents are back: " + observed.returned() + ".");
    }
    switch (action) {
      case NOTHING -> watchCoordinator();
      case KILL_AGENTS -> killAgents();
      case KILL_COORDINATOR -> killCoordinator();
    }
  }

  private void killAgents() throws IOException {
    long pid = swarm.agentsPid(victim);
    long inFlight = observed.inFlight();
    unixNanos.add(UnixNano.now());
    swarm.killAgents(victim);
    agentKills++;
    observed.killed(victim, pid);
    swarm.restartAgents(victim);
    listener.onEvent(
        true,
        String.format(
            "Killed agent process %d (pid %d) with %,d in flight; started again as pid %d.",
            victim, pid, inFlight, swarm.agentsPid(victim)));
  }

  private void killCoordinator() throws IOException {
    long pid = swarm.coordinatorPid();
    long inFlight = observed.inFlight();
    unixNanos.add(UnixNano.now());
    swarm.killCoordinator();
    coordinatorKills++;
    observed.cutOff();
    swarm.startCoordinator();
    coordinatorIs(Health.KILLED, "killed (pid " + pid + "), starting again");
    listener.onEvent(
        true,
        String.format(
            "Killed the coordinator (pid %d) with %,d in flight; started again as pid %d.",
            pid, inFlight, swarm.coordinatorPid()));
  }

  private void watchCoordinator() {
    if (coordinator.health() == Health.KILLED && swarm.coordinatorListens()) {
      coordinatorIs(Health.ON_THE_WAY, "serving again, agents are coming back");
    }
  }

  /** Something is down, or has not caught up yet. */
  boolean isDisturbed() {
    return plan.isDisturbed();
  }

  /** Both kills were, and everybody is back. */
  boolean areOver() {
    return plan.state() == State.OVER;
  }

  /** How the coordinator is. */
  Board.ProcessRow coordinator() {
    return coordinator;
  }

  /** When each kill was. */
  List<Long> unixNanos() {
    return List.copyOf(unixNanos);
  }

  int agentKills() {
    return agentKills;
  }

  int coordinatorKills() {
    return coordinatorKills;
  }

  private void coordinatorIs(Health health, String state) {
    coordinator = new Board.ProcessRow(swarm.coordinatorPid(), health, state);
  }
}
