package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.eventlog.AppliedEntry;
import dev.swarmlog.storage.kv.Family;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which entries the files of a shard's database hold, without its write-ahead logs. Families are
 * flushed together, so files hold all entries up to one.
 */
final class FiledEntries {

  private static final Logger logger = LoggerFactory.getLogger(FiledEntries.class);

  private FiledEntries() {}

  /**
   * The last entry that lies in files.
   *
   * @param database open, and such that no file of {@code meta} goes meanwhile
   * @param counts whether a file counts, by its name
   * @return 0 if there is none; empty if that cannot be read
   */
  static OptionalLong last(RocksDB database, Path directory, Predicate<String> counts) {
    byte[] key = AppliedEntry.key();
    long last = 0;
    for (LiveFileMetaData file : database.getLiveFilesMetaData()) {
      String name = file.fileName().replace("/", "");
      if (isOf(Family.META, file) && mayHold(key, file) && counts.test(name)) {
        try {
          last = Math.max(last, entryIn(directory.resolve(name), key));
        } catch (RocksDBException e) {
          logger.warn("Expected to read the last entry in {}, but: {}", name, e.getMessage());
          return OptionalLong.empty();
        }
      }
    }
    return OptionalLong.of(last);
  }

  private static boolean isOf(Family family, LiveFileMetaData file) {
    return new String(file.columnFamilyName(), StandardCharsets.UTF_8).equals(family.label());
  }

  private static boolean mayHold(byte[] key, LiveFileMetaData file) {
    return Arrays.compareUnsigned(file.smallestKey(), key) <= 0
        && Arrays.compareUnsigned(key, file.largestKey()) <= 0;
  }

  private static long entryIn(Path file, byte[] key) throws RocksDBException {
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      try (ReadOptions reading = new ReadOptions();
          SstFileReaderIterator rows = reader.newIterator(reading)) {
        rows.seek(key);
        boolean found = rows.isValid() && Arrays.equals(rows.key(), key);
        rows.status();
        return found ? AppliedEntry.index(rows.value()) : 0;
      }
    }
  }
}
