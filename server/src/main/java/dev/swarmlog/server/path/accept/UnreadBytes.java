package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Memory;
import dev.swarmlog.server.MemoryPressure;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.UnreadFigures;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.v1.ErrorReason;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all streams together were given and their clients have not read, bounded in bytes.
 *
 * <p>A stream holds bytes from when its window is closed until it opens again or the stream is
 * gone. What lies in an open window (below 32 KiB) is not counted. From three quarters of the bound
 * on nobody else is taken on, and whoever has stalled longest, and for {@code stallPatience} at
 * least, is ended until half is free. At the bound no stream is given more; so a healthy client may
 * have to wait for about as long as that patience.
 *
 * <p>Who does not read what it is sent mostly has more under way to us that we do not read either:
 * up to a window of each stream, which nobody counts. So while memory is scarce, a quarter of those
 * who have stalled for that long is ended each second.
 *
 * <p><b>Threads.</b> Fields are guarded by the monitor, except {@code total}, which is written
 * under it. Streams may call from any thread, under a monitor of their own; none of theirs is
 * called under this one: streams are woken and ended by housekeeping.
 */
@Singleton
final class UnreadBytes implements UnreadFigures {

  private static final Logger logger = LoggerFactory.getLogger(UnreadBytes.class);

  /** A stream that can hold bytes. */
  interface Holder {

    /** There may be room again. */
    void wake();

    /** Ends the stream and drops what it holds. */
    void endStalled(Refusal why);
  }

  /** What a stream holds, and since when its client has not read. */
  private static final class Held {
    private final long sinceNs;
    private long bytes;

    Held(long sinceNs) {
      this.sinceNs = sinceNs;
    }
  }

  private final long maxBytes;

  /** From here on there is little room left. */
  private final long scarceBytes;

  private final long patienceNs;
  private final MemoryPressure pressure;
  private final TimeSource time;
  private final Executor housekeeping;
  private final AtomicBoolean tidying = new AtomicBoolean();

  /** In the order in which they stalled. */
  private final Map<Holder, Held> held = new LinkedHashMap<>();

  /** Of streams that were ended and are not gone yet. Invariant: both sums add up to total. */
  private final Map<Holder, Held> ending = new LinkedHashMap<>();

  private final Set<Holder> waiting = new LinkedHashSet<>();
  private long endingBytes;
  private long endedCount;
  private volatile long total;

  @Inject
  UnreadBytes(
      Limits limits,
      Memory memory,
      MemoryPressure pressure,
      TimeSource time,
      ScheduledExecutorService housekeeping) {
    this(limits, memory, pressure, time, (Executor) housekeeping);
  }

  UnreadBytes(
      Limits limits,
      Memory memory,
      MemoryPressure pressure,
      TimeSource time,
      Executor housekeeping) {
    this.pressure = pressure;
    this.maxBytes =
        Math.min(
            limits.maxUnreadBytes(),
            Math.max(
                limits.maxGroupBytes(),
                memory.direct().maxBytes() / 100 * limits.maxUnreadPercent()));
    this.scarceBytes = maxBytes / 4 * 3;
    this.patienceNs = limits.stallPatience().toNanos();
    this.time = time;
    this.housekeeping = housekeeping;
  }

  @Override
  public long maxUnreadBytes() {
    return maxBytes;
  }

  @Override
  public long unreadBytes() {
    return total;
  }

  @Override
  public synchronized long stalledStreamsEnded() {
    return endedCount;
  }

  /** A stream was given bytes, and its window is closed. */
  synchronized void hold(Holder holder, long bytes) {
    Held share = ending.get(holder);
    if (share == null) {
      share = held.computeIfAbsent(holder, any -> new Held(time.monotonicNs()));
    } else {
      endingBytes += bytes;
    }
    share.bytes += bytes;
    total += bytes;
  }

  /** The window of a stream has opened, or the stream is gone. */
  synchronized void release(Holder holder) {
    Held share = held.remove(holder);
    if (share == null) {
      share = ending.remove(holder);
      if (share == null) {
        return;
      }
      endingBytes -= share.bytes;
    }
    total -= share.bytes;
    if (!waiting.isEmpty() && total < maxBytes) {
      tidySoon();
    }
  }

  /** A stream is gone and wants no more. */
  synchronized void forget(Holder holder) {
    waiting.remove(holder);
    release(holder);
  }

  /** Whether a stream may be given more. If not, it is woken when there is room. */
  boolean hasRoom(Holder holder) {
    if (total < maxBytes) {
      return true;
    }
    synchronized (this) {
      if (total < maxBytes) {
        return true;
      }
      waiting.add(holder);
    }
    tidySoon();
    return false;
  }

  /** Why nobody else is taken on; null while there is room for more. */
  @Nullable Refusal refusal() {
    return total < scarceBytes
        ? null
        : Refusal.of(
                ErrorReason.ERROR_REASON_OVERLOADED,
                "Expected clients to read what they are sent, but %d of %d bytes for that are taken by what they have not read."
                    .formatted(total, maxBytes))
            .withRetryAfter(Admission.RETRY_AFTER);
  }

  private void tidySoon() {
    if (tidying.compareAndSet(false, true)) {
      housekeeping.execute(
          () -> {
            tidying.set(false);
            tidy();
          });
    }
  }

  /**
   * Ends whoever must be ended, and wakes whoever may go on. Housekeeping, once a second and when
   * something has changed.
   */
  void tidy() {
    List<Holder> stalled = new ArrayList<>();
    List<Holder> woken = List.of();
    String scarce = pressure.scarce();
    synchronized (this) {
      if (total >= scarceBytes) {
        pickStalled(stalled, held.size(), maxBytes / 2);
      } else if (scarce != null) {
        pickStalled(stalled, (held.size() + 3) / 4, 0);
      }
      if (total < maxBytes && !waiting.isEmpty()) {
        woken = List.copyOf(waiting);
        waiting.clear();
      }
      endedCount += stalled.size();
    }
    if (!stalled.isEmpty()) {
      logger.warn(
          "Ending {} streams whose clients do not read: {} of {} bytes are taken by what was not read{}.",
          stalled.size(),
          total,
          maxBytes,
          scarce == null ? "" : ", and memory is scarce: " + scarce);
    }
    Refusal why =
        Refusal.of(
                ErrorReason.ERROR_REASON_OVERLOADED,
                "Expected this client to read what it is sent, but it has stalled longest of all and the coordinator has no room left (%s)."
                    .formatted(scarce == null ? maxBytes + " bytes for what is not read" : scarce))
            .withRetryAfter(Admission.RETRY_AFTER);
    stalled.forEach(holder -> holder.endStalled(why));
    woken.forEach(Holder::wake);
  }

  /** Picks so many at most, until what the others hold is down to a bound. */
  private void pickStalled(List<Holder> stalled, int atMost, long untilBytes) {
    long nowNs = time.monotonicNs();
    Iterator<Map.Entry<Holder, Held>> oldestFirst = held.entrySet().iterator();
    while (oldestFirst.hasNext() && stalled.size() < atMost && total - endingBytes > untilBytes) {
      Map.Entry<Holder, Held> oldest = oldestFirst.next();
      if (nowNs - oldest.getValue().sinceNs < patienceNs) {
        return;
      }
      oldestFirst.remove();
      ending.put(oldest.getKey(), oldest.getValue());
      endingBytes += oldest.getValue().bytes;
      stalled.add(oldest.getKey());
    }
  }
}
