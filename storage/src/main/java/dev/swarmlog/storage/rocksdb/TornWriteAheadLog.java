package dev.swarmlog.storage.rocksdb;

import static dev.swarmlog.storage.rocksdb.WriteAheadRecords.BLOCK_BYTES;
import static dev.swarmlog.storage.rocksdb.WriteAheadRecords.FIRST;
import static dev.swarmlog.storage.rocksdb.WriteAheadRecords.FULL;
import static dev.swarmlog.storage.rocksdb.WriteAheadRecords.HEADER_BYTES;
import static dev.swarmlog.storage.rocksdb.WriteAheadRecords.MIDDLE;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest write-ahead log of a database, where its last write was torn by a loss of power so
 * that RocksDB takes it for damage: pages of it are missing before others that are there, and read
 * as zeros.
 *
 * <p>Damage and a torn write are told apart by what follows. A writer that flushes each write
 * before the next one leaves at most one that was not flushed; so if a further write begins behind
 * the bad place, the bad one was flushed, and it is damage. If none does, nobody was told of the
 * bad one, or {@link DurableMark} says otherwise. The format is that of {@link WriteAheadRecords}.
 *
 * @param database its directory
 * @param log the file
 * @param cutAt where the torn write begins
 * @param bytes how many there are from there to the end
 */
record TornWriteAheadLog(Path database, Path log, long cutAt, long bytes) {

  private static final Logger logger = LoggerFactory.getLogger(TornWriteAheadLog.class);

  private static final String TEMPORARY_NAME = "torn.tmp";

  /**
   * Opens a database; where RocksDB refuses for damage that is a torn write, that is cut off first.
   *
   * @param severalUnflushed as for {@link #find}
   */
  static RocksStore open(
      Path database, Set<Family> families, SharedResources shared, boolean severalUnflushed) {
    try {
      return RocksStore.open(database, families, shared);
    } catch (StorageException e) {
      Optional<TornWriteAheadLog> torn =
          e.kind() == StorageException.Kind.DAMAGED
              ? find(database, severalUnflushed)
              : Optional.empty();
      if (torn.isEmpty()) {
        throw e;
      }
      logger.warn(
          "Expected {} to end with a whole write, but the last {} bytes of it are torn, as a loss of"
              + " power leaves them. They are dropped: nobody was told of them, or what is checked next refuses.",
          torn.get().log(),
          torn.get().bytes());
      torn.get().cut();
      return RocksStore.open(database, families, shared);
    }
  }

  /**
   * Looks for a torn write in the newest log.
   *
   * @param severalUnflushed whether several writes may have been under way, so that what follows
   *     says nothing
   */
  static Optional<TornWriteAheadLog> find(Path database, boolean severalUnflushed) {
    try {
      List<Path> logs = new WriteAheadLogs(database).byNumber();
      if (logs.isEmpty()) {
        return Optional.empty();
      }
      Path newest = logs.get(logs.size() - 1);
      try (FileChannel channel = FileChannel.open(newest)) {
        ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        return find(database, newest, new WriteAheadRecords(content), severalUnflushed);
      }
    } catch (IOException e) {
      throw FileFailures.of(database, "reading", e);
    }
  }

  private static Optional<TornWriteAheadLog> find(
      Path database, Path log, WriteAheadRecords records, boolean severalUnflushed) {
    int end = records.content().limit();
    int writeBegan = 0;
    int at = 0;
    while (at + HEADER_BYTES <= end) {
      if (!records.hasHeader(at)) {
        at += leftInBlock(at);
        continue;
      }
      if (beginsWrite(records, at)) {
        writeBegan = at;
      }
      if (!records.isWhole(at)) {
        // A bad record in the middle of a write makes all of that one bad.
        int cutAt = continuesWrite(records, at, writeBegan) ? writeBegan : at;
        return !severalUnflushed && writeBeginsBehind(records, at + 1)
            ? Optional.empty()
            : Optional.of(new TornWriteAheadLog(database, log, cutAt, end - cutAt));
      }
      at += records.length(at);
    }
    return Optional.empty();
  }

  /** Whether the write that began last has not ended before this place. */
  private static boolean continuesWrite(WriteAheadRecords records, int at, int writeBegan) {
    return at > writeBegan
        && records.type(writeBegan) == FIRST
        && !endsBefore(records, writeBegan, at);
  }

  private static boolean endsBefore(WriteAheadRecords records, int from, int to) {
    int at = from;
    int last = FIRST;
    while (at < to) {
      if (!records.hasHeader(at)) {
        at += leftInBlock(at);
        continue;
      }
      last = records.type(at);
      at += records.length(at);
    }
    return last != FIRST && last != MIDDLE;
  }

  /** Records lie at any byte behind a bad one; a checksum that holds is no accident. */
  private static boolean writeBeginsBehind(WriteAheadRecords records, int from) {
    for (int at = from; at + HEADER_BYTES <= records.content().limit(); at++) {
      if (beginsWrite(records, at) && records.isWhole(at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean beginsWrite(WriteAheadRecords records, int at) {
    int type = records.type(at);
    return (type == FULL || type == FIRST) && records.length(at) > HEADER_BYTES;
  }

  private static int leftInBlock(int at) {
    return BLOCK_BYTES - at % BLOCK_BYTES;
  }

  /**
   * Puts a log without the torn write in its place, durably. Hard links to the file as it was keep
   * what was cut.
   */
  void cut() {
    Path temporary = database.resolveSibling(TEMPORARY_NAME);
    try {
      try (FileChannel from = FileChannel.open(log);
          FileChannel to =
              FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE)) {
        ByteBuffer whole = from.map(FileChannel.MapMode.READ_ONLY, 0, cutAt);
        while (whole.hasRemaining()) {
          to.write(whole);
        }
        to.force(true);
      }
      Files.move(temporary, log, StandardCopyOption.ATOMIC_MOVE);
      Directories.force(database);
    } catch (IOException e) {
      throw FileFailures.of(log, "writing", e);
    }
  }
}
