package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.StoreLayers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The data directory of a coordinator, locked by this process: its shards, its telemetry, and what
 * they share.
 *
 * <pre>
 * FORMAT            what this is, its format, how many shards; written last when a directory is created
 * LOCK              locked by the process that has it open; holds that process's ID
 * shard-0000/       one shard: durable-mark, rocksdb/
 * telemetry/        rocksdb/
 * reserve           space held back for a full device
 * </pre>
 *
 * <p>The number of shards is fixed when the directory is created. One thread opens and closes it;
 * shards and telemetry may be opened by several threads at once. The logs that it hands out have
 * owners of their own. Close them first.
 */
public final class DataDirectory implements AutoCloseable {

  private static final Pattern SHARD_NAME = Pattern.compile("shard-\\d{4}");

  private final Path directory;
  private final DirectoryLock lock;
  private final int shardCount;
  private final SharedResources shared;

  private DataDirectory(
      Path directory, DirectoryLock lock, int shardCount, SharedResources shared) {
    this.directory = directory;
    this.lock = lock;
    this.shardCount = shardCount;
    this.shared = shared;
  }

  /**
   * Opens a data directory, or creates it where there is nothing or an empty directory.
   *
   * @throws StorageException if it is locked, read-only, foreign, newer or damaged; nothing was
   *     changed then
   */
  public static DataDirectory open(Path directory, StorageOptions options) {
    createIfMissing(directory);
    boolean existing = Files.exists(directory.resolve(FormatFile.NAME));
    if (existing) {
      FileKinds.check(directory);
      FormatFile.read(directory);
    } else {
      checkEmpty(directory, options.shardCount());
    }
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      // Another process may have created it meanwhile.
      if (!Files.exists(directory.resolve(FormatFile.NAME))) {
        create(directory, options.shardCount());
      }
      int shardCount = FormatFile.read(directory).shardCount();
      makeRoomToOpen(directory, shardCount);
      return new DataDirectory(directory, lock, shardCount, new SharedResources(options));
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** On a full device the reserve is there for this, too. */
  private static void makeRoomToOpen(Path directory, int shardCount) {
    try {
      long needed = TelemetryDirectory.of(directory).logs().openingBytes();
      for (int shard = 0; shard < shardCount; shard++) {
        needed += shard(directory, shard, shardCount).logs().openingBytes();
      }
      if (WriteAheadLogs.usableBytes(directory) < needed) {
        new DiskReserve(directory, 0).release();
      }
    } catch (IOException e) {
      throw FileFailures.of(directory, "making room in", e);
    }
  }

  /**
   * The space that is held back in it, once somebody lets it grow.
   *
   * @param bytes how much; 0 for none
   */
  public DiskReserve reserve(long bytes) {
    return new DiskReserve(directory, bytes);
  }

  /** How many shards there are. */
  public int shardCount() {
    return shardCount;
  }

  /** Where it lies. */
  public Path path() {
    return directory;
  }

  /**
   * Opens a shard. One whose rows are of an older format is marked as one of the present format, so
   * that an older version refuses it from then on.
   *
   * @param shard from 0 to {@link #shardCount} - 1; each once
   * @throws StorageException if it is damaged, or holds less than was acknowledged, or its rows are
   *     of a newer format; nothing was changed in the latter case
   */
  public EventLog openShard(int shard) {
    return openShard(shard, StoreLayers.NONE);
  }

  /**
   * As {@link #openShard(int)}, with something around the event log.
   *
   * @param layers of this shard alone
   */
  public EventLog openShard(int shard, StoreLayers layers) {
    if (shard < 0 || shard >= shardCount) {
      throw new IllegalArgumentException(
          "Expected a shard from 0 to " + (shardCount - 1) + ", but got " + shard);
    }
    return shard(directory, shard, shardCount).open(shared, layers);
  }

  /**
   * Opens the telemetry of all swarms; once. Where it has been removed it is made anew.
   *
   * @throws StorageException if it is damaged; its files are as they were then
   */
  public TelemetryLog openTelemetry() {
    return TelemetryDirectory.of(directory).open(shared);
  }

  /** Unlocks the directory. The logs opened from it must have been closed. */
  @Override
  public void close() {
    shared.close();
    lock.close();
  }

  static ShardDirectory shard(Path directory, int shard, int shardCount) {
    return new ShardDirectory(
        directory.resolve(String.format(Locale.ROOT, "shard-%04d", shard)), shard, shardCount);
  }

  private static void createIfMissing(Path directory) {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(directory)) {
      throw foreign(directory, "it is not a directory");
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw FileFailures.of(directory, "creating", e);
    }
  }

  private static void create(Path directory, int shardCount) {
    for (int shard = 0; shard < shardCount; shard++) {
      shard(directory, shard, shardCount).create();
    }
    TelemetryDirectory.of(directory).create();
    try {
      Directories.forceAncestors(directory);
    } catch (IOException e) {
      throw FileFailures.of(directory, "creating", e);
    }
    new FormatFile(shardCount).write(directory);
  }

  /**
   * Accepts what a creation that was interrupted leaves behind: our own names, and no database yet.
   */
  private static void checkEmpty(Path directory, int shardCount) {
    List<String> names;
    try (Stream<Path> entries = Files.list(directory)) {
      names = entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
    } catch (IOException e) {
      throw FileFailures.of(directory, "reading", e);
    }
    for (String name : names) {
      boolean shard = SHARD_NAME.matcher(name).matches();
      boolean ours =
          shard
              || name.equals(DirectoryLock.NAME)
              || name.equals(FormatFile.TEMPORARY_NAME)
              || name.equals(TelemetryDirectory.NAME);
      // A file system's root has this one.
      if (!ours && !name.equals("lost+found")) {
        throw foreign(directory, "it holds '" + name + "' and no file " + FormatFile.NAME);
      }
      if (shard && new ShardDirectory(directory.resolve(name), 0, shardCount).hasDatabase()) {
        throw new StorageException(
            StorageException.Kind.DAMAGED,
            "Expected a file "
                + FormatFile.NAME
                + " in "
                + directory
                + ", for there are shards, but it is missing. Restore it from a backup.");
      }
    }
  }

  private static StorageException foreign(Path directory, String found) {
    return new StorageException(
        StorageException.Kind.FOREIGN,
        "Expected "
            + directory
            + " to be empty or a Swarmlog data directory, but "
            + found
            + ". Choose another directory.");
  }
}
