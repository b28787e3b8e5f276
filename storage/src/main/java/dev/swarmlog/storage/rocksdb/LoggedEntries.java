package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.eventlog.AppliedEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which entries lie in the write-ahead logs of a shard, in the order of the logs.
 *
 * <p>RocksDB does not notice a hole between its files and its logs: a manifest that has lost its
 * end, or an older one that was put back, names fewer files, and what the logs hold is applied
 * behind them all the same. Nor does it notice that a whole write is missing from a log. {@link
 * DurableMark} does not help, as the last entry is there. That entries follow each other does.
 *
 * <p>A log is read up to the first record that is not whole: what is to be thought of that one is
 * not for here. Records that are no entry, such as those of dropped ranges, are passed over.
 */
final class LoggedEntries {

  /** Entries that follow each other. */
  private record Run(long first, long last) {}

  /** Entries that are missing. */
  record Hole(long first, long last) {
    @Override
    public String toString() {
      return first == last ? "entry " + first : "entries %d to %d".formatted(first, last);
    }
  }

  private final List<Run> runs = new ArrayList<>();

  private LoggedEntries() {}

  /**
   * Reads the write-ahead logs of a database that nobody has open; of one that is not there, none.
   */
  static LoggedEntries of(Path database) {
    LoggedEntries entries = new LoggedEntries();
    try {
      for (Path log : new WriteAheadLogs(database).byNumber()) {
        entries.read(log);
      }
    } catch (IOException e) {
      throw FileFailures.of(database, "reading", e);
    }
    return entries;
  }

  /** What is wrong with a store that has a hole, for people. */
  static String describe(Hole hole) {
    return "%s %s neither in the files that its MANIFEST names nor in its write-ahead log, though later ones are: MANIFEST has lost its end or is an older one, or the log has lost a part"
        .formatted(hole, hole.first() == hole.last() ? "lies" : "lie");
  }

  private void read(Path log) throws IOException {
    if (Files.size(log) == 0) {
      return;
    }
    try (FileChannel channel = FileChannel.open(log)) {
      ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      WriteAheadRecords records = new WriteAheadRecords(content);
      byte[] key = AppliedEntry.key();
      records.forEachWriteEnd(
          RocksWriteSet.putBytes(key, AppliedEntry.VALUE_BYTES),
          end -> {
            byte[] value = RocksWriteSet.lastPut(end, key, AppliedEntry.VALUE_BYTES);
            if (value != null) {
              add(AppliedEntry.index(value));
            }
          });
    }
  }

  private void add(long entry) {
    int newest = runs.size() - 1;
    if (newest >= 0 && entry == runs.get(newest).last() + 1) {
      runs.set(newest, new Run(runs.get(newest).first(), entry));
    } else {
      runs.add(new Run(entry, entry));
    }
  }

  /**
   * The first entries that are neither in files nor in the logs, though later ones are.
   *
   * @param lastInFiles the last entry of the files; they hold all before it
   */
  Optional<Hole> holeBehind(long lastInFiles) {
    long through = lastInFiles;
    for (Run run : runs) {
      if (run.first() > through + 1) {
        return Optional.of(new Hole(through + 1, run.first() - 1));
      }
      through = Math.max(through, run.last());
    }
    return Optional.empty();
  }
}
