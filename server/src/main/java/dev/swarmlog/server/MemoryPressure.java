package dev.swarmlog.server;

import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether memory is so scarce that nothing new is taken on: from {@code maxMemoryPercent} of the
 * heap or of direct memory on, until both are below {@code relievedMemoryPercent}.
 *
 * <p>{@link #sample} belongs to housekeeping; everything else may be called from any thread.
 */
@Singleton
public final class MemoryPressure {

  private static final Logger logger = LoggerFactory.getLogger(MemoryPressure.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final int MIB = 1 << 20;

  private final Limits limits;
  private final Memory memory;
  private final TimeSource time;

  /** Each stream waits at most once. */
  private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

  private volatile @Nullable String scarce;

  // Owned by housekeeping.
  private long collections;
  private long collectedNs;

  @Inject
  public MemoryPressure(Limits limits, Memory memory, TimeSource time) {
    this.limits = limits;
    this.memory = memory;
    this.time = time;
  }

  /** Looks at memory again. Once a second. */
  public void sample() {
    String before = scarce;
    int boundPercent = before == null ? limits.maxMemoryPercent() : limits.relievedMemoryPercent();
    String now = beyond("the heap, after a collection,", memory.heap(), boundPercent);
    if (now == null) {
      now = beyond("direct memory", memory.direct(), boundPercent);
    }
    scarce = now;
    if (before == null && now != null) {
      logger.warn("Memory is scarce; new sessions, syncs and publishes are refused: {}", now);
      collectedNs = time.monotonicNs();
    } else if (before != null && now == null) {
      logger.info("Memory is no longer scarce.");
      relieve();
    }
    if (now != null) {
      collectIfStale();
    }
  }

  /**
   * Nothing new is taken on, so little garbage comes, and it might be long until a collection says
   * that it is better.
   */
  private void collectIfStale() {
    long counted = memory.collections();
    long nowNs = time.monotonicNs();
    if (counted != collections) {
      collections = counted;
      collectedNs = nowNs;
    } else if (nowNs - collectedNs > limits.memoryPatience().toNanos()) {
      collectedNs = nowNs;
      memory.collect();
    }
  }

  /** What is scarce, for people to read; null if nothing is. */
  public @Nullable String scarce() {
    return scarce;
  }

  /** Why nothing new is taken on; null if it is. */
  public @Nullable Refusal refusal() {
    String now = scarce;
    return now == null
        ? null
        : Refusal.of(
                ErrorReason.ERROR_REASON_OVERLOADED,
                "Expected memory for more than what is under way, but it is scarce: %s."
                    .formatted(now))
            .withRetryAfter(RETRY_AFTER);
  }

  /**
   * Whether something may be taken on now. If not, it is run when that may have changed; it has to
   * ask again then.
   *
   * @param again the same object from the same caller each time
   */
  public boolean admits(Runnable again) {
    if (scarce == null) {
      return true;
    }
    waiting.add(again);
    // It may have got better between the two.
    if (scarce == null) {
      relieve();
    }
    return false;
  }

  private void relieve() {
    for (Runnable next : waiting) {
      if (waiting.remove(next)) {
        next.run();
      }
    }
  }

  /** Something wants nothing any more. */
  public void forget(Runnable again) {
    waiting.remove(again);
  }

  private static @Nullable String beyond(String what, Memory.Usage usage, int boundPercent) {
    return usage.maxBytes() > 0 && usage.usedBytes() * 100 >= usage.maxBytes() * boundPercent
        ? "%s holds %d of %d MiB".formatted(what, usage.usedBytes() / MIB, usage.maxBytes() / MIB)
        : null;
  }
}
