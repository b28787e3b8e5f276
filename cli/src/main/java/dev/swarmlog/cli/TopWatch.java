package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.ListBacklogsRequest;
import dev.swarmlog.v1.ListBacklogsResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the coordinator once per interval, on a thread of its own: keys are answered meanwhile,
 * however long that takes. Goes on asking when the coordinator is away.
 *
 * <p>{@link #look} and {@link #tell} belong to one thread, which is not that one.
 */
final class TopWatch implements AutoCloseable {

  /** How often answers are looked for. */
  static final long LOOK_MS = 100;

  private static final int MAX_LISTED = 1_000;

  private final SwarmClient client;
  private final Duration interval;
  private final ScheduledExecutorService asking =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "swarmlog-top");
            thread.setDaemon(true);
            return thread;
          });
  private final Queue<Consumer<TopModel>> answers = new ConcurrentLinkedQueue<>();

  private @Nullable ScheduledFuture<?> round;

  /** Owned by the asking thread. */
  private GetOverviewResponse before;

  private long sampledNs = System.nanoTime();

  TopWatch(SwarmClient client, Duration interval, GetOverviewResponse first) {
    this.client = client;
    this.interval = interval;
    this.before = first;
  }

  /**
   * Asks for this from now on, beginning at once.
   *
   * @param detail a swarm whose agents are wanted, too; null for none
   */
  void look(TopOrder order, @Nullable String detail) {
    ScheduledFuture<?> earlier = round;
    if (earlier != null) {
      earlier.cancel(false);
    }
    round =
        asking.scheduleAtFixedRate(
            () -> ask(order, detail), 0, interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Tells what has come since. */
  void tell(TopModel model) {
    for (Consumer<TopModel> answer = answers.poll(); answer != null; answer = answers.poll()) {
      answer.accept(model);
    }
  }

  private void ask(TopOrder order, @Nullable String detail) {
    try {
      GetOverviewResponse now =
          client.getOverview(
              GetOverviewRequest.newBuilder()
                  .setOrder(order.inContract())
                  .setMaxSwarms(MAX_LISTED)
                  .build());
      TopSample sample = TopSample.of(now, before);
      // A rate over a moment, after a key, says little.
      long nowNs = System.nanoTime();
      if (nowNs - sampledNs >= interval.toNanos() / 2) {
        before = now;
        sampledNs = nowNs;
      }
      answers.add(model -> model.answered(sample));
      if (detail != null) {
        ListBacklogsResponse backlogs =
            client.listBacklogs(
                ListBacklogsRequest.newBuilder().setSwarm(detail).setMaxAgents(MAX_LISTED).build());
        answers.add(model -> model.answered(detail, backlogs));
      }
    } catch (SwarmlogException e) {
      if (e.reason() == ErrorReason.ERROR_REASON_SWARM_NOT_FOUND) {
        answers.add(TopModel::left);
      } else {
        answers.add(
            model ->
                model.troubled("the coordinator went away; trying again ... (this is not new)"));
      }
    }
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
