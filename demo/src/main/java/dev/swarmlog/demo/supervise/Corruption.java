package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.process.Status;
import dev.swarmlog.demo.survey.Surveyors;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Has one row of one agent's table changed behind its back, when the kills are over, and waits
 * until the coordinator has published that it found and healed it. Used by the supervisor's thread.
 *
 * <p>What is changed is what the agent holds and reports: if it is not healed, the checker finds
 * that table and journal differ.
 */
final class Corruption {
  private static final double AT = 0.65;

  private final Swarm swarm;
  private final Observed observed;
  private final Kills.Listener listener;
  private final String victim;
  private boolean asked;
  private Status.@Nullable Corrupted corrupted;
  private long corruptedNanos;
  private boolean healed;
  // Nothing was surveyed: there is no row to change.
  private boolean impossible;

  Corruption(DemoSettings settings, Swarm swarm, Observed observed, Kills.Listener listener) {
    this.swarm = swarm;
    this.observed = observed;
    this.listener = listener;
    this.victim =
        Surveyors.agentName(
            RandomGeneratorFactory.of("SplittableRandom")
                .create(settings.seed() + 1)
                .nextInt(settings.agents()));
  }

  /**
   * Does what is due.
   *
   * @param progress of the work, 0 to 1
   * @param killsAreOver so that no restart mends the row
   */
  void carryOut(double progress, boolean killsAreOver) {
    if (!asked && killsAreOver && (progress >= AT || observed.planner().done())) {
      asked = true;
      swarm.corrupt(observed.agent(victim).process, victim);
    }
  }

  void on(Status.Corrupted status) {
    if (status.key().isEmpty()) {
      impossible = true;
      return;
    }
    corrupted = status;
    corruptedNanos = System.nanoTime();
    observed.corrupted(status);
    listener.onEvent(
        true,
        String.format(
            "Changed a row of %s behind its back: %s has %s.",
            status.agent(), status.key(), status.change()));
  }

  void on(Status.DriftOver status) {
    Status.Corrupted wrong = corrupted;
    boolean ours =
        wrong != null
            && status.agent().equals(wrong.agent())
            && status.keys().contains(wrong.key());
    if (ours && !healed) {
      healed = true;
      observed.healed(status);
      listener.onEvent(
          false,
          String.format(
              "Found and %s %s of %s: %,d messages, %,d bytes, %.1f s.",
              status.healing(),
              String.join(", ", status.keys()),
              status.agent(),
              status.messageCount(),
              status.byteCount(),
              (System.nanoTime() - corruptedNanos) / 1e9));
    }
  }

  /** It is still to come, or to be healed. */
  boolean isPending() {
    return !healed && !impossible;
  }

  int injected() {
    return corrupted == null ? 0 : 1;
  }

  int healed() {
    return healed ? 1 : 0;
  }
}
