package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.conformance.proxy.Link;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A partition of one agent: it begins, does its worst, and heals. The steps run one at a time.
 *
 * @param lastsMs from beginning to healing
 * @param resets whether connections break when it heals, instead of going on with what was held
 * @param random of its steps
 */
record Partition(PartitionKind kind, int lastsMs, boolean resets, Random random) {
  private static final int SHORTEST_MS = 700;
  private static final int SHORT_MS = 2_000;

  /** Both sides take 20 s of silence, and the agent's next heartbeat is up to 5 s away. */
  private static final int SILENCE_MS = 22_000;

  private static final int FLAP_MIN_MS = 20;
  private static final int FLAP_MS = 250;

  static Partition draw(PartitionKind kind, Random random) {
    int lastsMs =
        kind == PartitionKind.SILENCE
            ? SILENCE_MS + random.nextInt(SHORT_MS)
            : SHORTEST_MS + random.nextInt(SHORT_MS);
    return new Partition(kind, lastsMs, random.nextBoolean(), new Random(random.nextLong()));
  }

  void begin(Link link, ScheduledExecutorService clock) {
    long endsNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lastsMs);
    switch (kind) {
      case BOTH_WAYS, SILENCE -> link.hold();
      case TO_COORDINATOR -> link.hold(Link.Way.UP);
      case TO_AGENT -> link.hold(Link.Way.DOWN);
      case FLAPPING -> flap(link, clock, endsNs);
      case COORDINATOR_NOT_TOLD -> link.closeOnly(Link.End.CLIENT);
      case AGENT_NOT_TOLD -> link.closeOnly(Link.End.COORDINATOR);
    }
  }

  private void flap(Link link, ScheduledExecutorService clock, long endsNs) {
    link.release();
    switch (random.nextInt(5)) {
      case 0 -> link.hold(Link.Way.UP);
      case 1 -> link.hold(Link.Way.DOWN);
      case 2 -> link.hold();
      case 3 -> link.drop();
      default -> {}
    }
    int next = FLAP_MIN_MS + random.nextInt(FLAP_MS);
    if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(next) < endsNs) {
      clock.schedule(() -> flap(link, clock, endsNs), next, TimeUnit.MILLISECONDS);
    }
  }

  void heal(Link link) {
    // An end that was not told finds out by itself.
    boolean breaks = resets && kind != PartitionKind.AGENT_NOT_TOLD;
    if (breaks) {
      link.drop();
    }
    link.release();
  }

  @Override
  public String toString() {
    return "%s for %d ms%s".formatted(kind, lastsMs, resets ? ", then a reset" : "");
  }
}
