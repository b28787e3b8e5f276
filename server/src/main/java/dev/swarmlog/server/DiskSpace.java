package dev.swarmlog.server;

import dev.swarmlog.server.configuration.DiskSettings;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.rocksdb.DiskReserve;
import dev.swarmlog.v1.ErrorReason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is room on the device for what is published to main and telemetry, and the reserve
 * for all else: control, acks, compaction, administration. See ADR 0036.
 *
 * <pre>
 *             less than disk.low is left                 a writer finds no room
 *   ENOUGH  ------------------------------->   LOW   --------------------------->  FULL
 *           <-------------------------------         <---------------------------
 *             a quarter more than that is left           every writer found some
 *             for some seconds
 * </pre>
 *
 * <p>What is left is counted without the reserve, whether it is there or given up: so giving it up
 * changes no state.
 *
 * <p>It looks at the device twice a second on a thread of its own. What it saw last, any thread may
 * ask. {@link #full} and {@link #roomAgain} belong to writer threads, and wait for the device.
 */
@Singleton
public final class DiskSpace implements AutoCloseable {

  /** When to come again after a refusal for want of space. */
  public static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private static final Logger logger = LoggerFactory.getLogger(DiskSpace.class);
  private static final long LOOK_EVERY_MS = 500;

  /** The reserve begins to grow when a coordinator has been there for a while. */
  private static final long GROW_AFTER_LOOKS = 10;

  /** For so long there has to be enough: what compaction gives back, the next one may take. */
  private static final long RELIEVED_LOOKS = 6;

  /** With less left the reserve is given up, before a writer finds no room. */
  private static final long NEARLY_FULL_BYTES = 16L << 20;

  private static final long MIB = 1L << 20;

  private final DiskSettings settings;
  private final Path directory;
  private final FreeSpace freeSpace;
  private final @Nullable DiskReserve reserve;

  private final ScheduledExecutorService looking =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "swarmlog-disk-0");
            thread.setDaemon(true);
            return thread;
          });

  /** Writers that found no room, by what they write. */
  private final Set<String> withoutRoom = ConcurrentHashMap.newKeySet();

  /** What is low, for people; null if nothing is. */
  private volatile @Nullable String low;

  private volatile long usableBytes = Long.MAX_VALUE;

  private volatile LongConsumer whenLow = roomBytes -> {};

  // Guarded by this.
  private boolean readable = true;
  private long looks;
  private long looksRelieved;

  /** How a coordinator is off for space. */
  public enum State {
    ENOUGH(0),
    LOW(1),
    FULL(2);

    private final int number;

    State(int number) {
      this.number = number;
    }

    /** What the metric says. */
    public int number() {
      return number;
    }
  }

  @Inject
  DiskSpace(ServerConfiguration configuration, FreeSpace freeSpace, Optional<DiskReserve> reserve) {
    this(configuration.disk(), configuration.dataDirectory(), freeSpace, reserve.orElse(null));
  }

  /**
   * The space of a data directory, which is taken to be enough until somebody has looked.
   *
   * @param reserve null if nothing is stored
   */
  DiskSpace(
      DiskSettings settings, Path directory, FreeSpace freeSpace, @Nullable DiskReserve reserve) {
    this.settings = settings;
    this.directory = directory;
    this.freeSpace = freeSpace;
    this.reserve = reserve;
  }

  /** Of a store in memory, or of a test: it always is enough. */
  public static DiskSpace endless() {
    return new DiskSpace(
        new DiskSettings(0, 0), Path.of(""), directory -> Long.MAX_VALUE, /* reserve= */ null);
  }

  /**
   * Runs something when space becomes low, with the bytes it may write; it may wait for the device.
   */
  public void whenLow(LongConsumer action) {
    whenLow = action;
  }

  /** Looks, and goes on looking until it is closed. */
  public void start() {
    if (reserve == null) {
      return;
    }
    look();
    var unused =
        looking.scheduleWithFixedDelay(
            this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
  }

  /** Looks once. */
  synchronized void look() {
    DiskReserve held = reserve;
    if (held == null) {
      return;
    }
    try {
      long usable = freeSpace.usableBytes(directory);
      usableBytes = usable;
      looks++;
      long left = usable - (held.bytes() - held.heldBytes());
      boolean wasLow = low != null;
      judge(left);
      if (low != null && !wasLow) {
        whenLow.accept(usable - NEARLY_FULL_BYTES);
      }
      if (low != null && usable < NEARLY_FULL_BYTES) {
        giveUp(held);
      } else if (low == null
          && withoutRoom.isEmpty()
          && looks > GROW_AFTER_LOOKS
          && left >= NEARLY_FULL_BYTES
          && held.heldBytes() != held.bytes()) {
        held.grow();
      }
      readable = true;
    } catch (IOException | RuntimeException e) {
      // The next look may go better, and there has to be one.
      if (readable) {
        logger.warn("Expected to learn how much space is left in {}, but: {}", directory, e + "");
      }
      readable = false;
    }
  }

  private void judge(long leftBytes) {
    boolean before = low != null;
    long bound = settings.lowBytes() + (before ? settings.lowBytes() / 4 : 0);
    if (leftBytes >= bound) {
      looksRelieved++;
      if (before && looksRelieved > RELIEVED_LOOKS) {
        low = null;
        logger.info("The disk is no longer low: {} MiB are left.", leftBytes / MIB);
      }
      return;
    }
    looksRelieved = 0;
    low =
        "%d MiB are left beside the reserve, of %d"
            .formatted(Math.max(0, leftBytes) / MIB, settings.lowBytes() / MIB);
    if (!before) {
      logger.warn(
          "The disk is low: {} MiB are left in {} beside the reserve. Publishes to main and telemetry"
              + " are refused until there are {}; everything else goes on. Free some space, or"
              + " compact logs.",
          Math.max(0, leftBytes) / MIB,
          directory,
          (settings.lowBytes() + settings.lowBytes() / 4) / MIB);
    }
  }

  private void giveUp(DiskReserve held) throws IOException {
    long bytes = held.heldBytes();
    if (bytes > 0) {
      held.release();
      logger.warn("The disk is full: the reserve of {} MiB is given up.", bytes / MIB);
    }
  }

  /**
   * A writer has found no room.
   *
   * @param what it writes, such as {@code shard 3}
   * @param mayHaveReserve whether the reserve is given up for it
   */
  public void full(String what, boolean mayHaveReserve) {
    if (withoutRoom.add(what)) {
      logger.error(
          "The disk is full: there is no room in {} to write {}. What is published there is refused,"
              + " reading goes on. Free some space: then it goes on by itself.",
          directory,
          what);
    }
    synchronized (this) {
      try {
        if (reserve != null && mayHaveReserve) {
          giveUp(reserve);
        }
      } catch (IOException e) {
        logger.warn("Expected to give up the reserve in {}, but: {}", directory, e + "");
      }
    }
    look();
  }

  /** A writer that found no room has found some. */
  public void roomAgain(String what) {
    if (withoutRoom.remove(what)) {
      logger.info("There is room on the disk again to write {}.", what);
    }
  }

  /** How it was last seen. */
  public State state() {
    return !withoutRoom.isEmpty() ? State.FULL : low != null ? State.LOW : State.ENOUGH;
  }

  /** Whether there is a device to look at. */
  public boolean known() {
    return reserve != null;
  }

  /** What was left when it was last looked at. */
  public long usableBytes() {
    return usableBytes;
  }

  /** Why nothing is taken for main and telemetry; null if it is. */
  public @Nullable Refusal refusal() {
    String now = low;
    return now == null
        ? null
        : Refusal.of(
                ErrorReason.ERROR_REASON_DISK_FULL,
                "Expected space for more than control, but the coordinator's disk is low: %s."
                    .formatted(now))
            .withRetryAfter(RETRY_AFTER);
  }

  /** Why a writer takes nothing that has found no room. */
  public static Refusal noRoom() {
    return Refusal.of(
            ErrorReason.ERROR_REASON_DISK_FULL,
            "Expected room for the operation, but the coordinator's disk is full.")
        .withRetryAfter(RETRY_AFTER);
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
