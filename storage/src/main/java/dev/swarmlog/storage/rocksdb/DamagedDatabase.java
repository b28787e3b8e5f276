package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.ShardSurvey;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.ReadableRows;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.Status;
import org.rocksdb.TableProperties;
import org.rocksdb.WALRecoveryMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A RocksDB instance of which only what can be read is wanted. It is opened without being able to
 * write, so nothing about its files changes.
 *
 * <p>A block that fails its checksum ends an iterator. Where rows can be read again is then found
 * by seeking: at keys ever farther away until one succeeds, and by halving the way back. In a file
 * of which not even the index can be read no seek succeeds, so another one without rows has to be
 * in its place: see {@link DatabaseLinks}. All that it can have held is told as a gap then, though
 * rows of other files come from there.
 */
final class DamagedDatabase implements ReadableRows {

  private static final Logger logger = LoggerFactory.getLogger(DamagedDatabase.class);

  private static final int MAX_OPEN_FILES = 1024;
  private static final byte[] ABOVE_ALL_KEYS = {-1, -1, -1};
  private static final byte[] END = {};

  private final Path directory;
  private final RocksDB database;
  private final DBOptions options;
  private final ColumnFamilyOptions familyOptions;
  private final List<ColumnFamilyHandle> handles;
  private final Map<Family, ColumnFamilyHandle> byFamily = new EnumMap<>(Family.class);

  /** Files that are in the place of others. */
  private final Set<String> replacements;

  /** What those held. */
  private final List<Gap> replaced = new ArrayList<>();

  /** What of the write-ahead log is read. */
  enum Recovery {
    /** As a coordinator reads it, which refuses all damage but a torn tail. */
    STRICT(RocksOptions.WAL_RECOVERY, true),
    /** Up to the first record that is damaged: one moment of the store. */
    UP_TO_DAMAGE(WALRecoveryMode.PointInTimeRecovery, false),
    /**
     * All records that are whole, also behind a damaged one. RocksDB 11.8 refuses that where the
     * damaged record spans blocks of 32 KiB, as it goes on with the checksum of its beginning.
     */
    ALL_THAT_IS_WHOLE(WALRecoveryMode.SkipAnyCorruptedRecords, false);

    private final WALRecoveryMode mode;
    private final boolean verifiesFiles;

    Recovery(WALRecoveryMode mode, boolean verifiesFiles) {
      this.mode = mode;
      this.verifiesFiles = verifiesFiles;
    }

    /** Without it damage of a write-ahead log is not even noticed. */
    private boolean paranoid() {
      return this != ALL_THAT_IS_WHOLE;
    }
  }

  private DamagedDatabase(
      Path directory,
      RocksDB database,
      DBOptions options,
      ColumnFamilyOptions familyOptions,
      List<ColumnFamilyHandle> handles,
      List<Family> families,
      Map<String, String> replacements) {
    this.directory = directory;
    this.database = database;
    this.options = options;
    this.familyOptions = familyOptions;
    this.handles = handles;
    for (int i = 0; i < families.size(); i++) {
      byFamily.put(families.get(i), handles.get(i + 1));
    }
    this.replacements = replacements.keySet();
    for (LiveFileMetaData file : database.getLiveFilesMetaData()) {
      String detail = replacements.get(name(file));
      if (detail != null) {
        replaced.add(gap(file, detail));
      }
    }
  }

  /**
   * Opens the instance of a directory for reading.
   *
   * @throws StorageException if not even its list of files can be read
   */
  static DamagedDatabase open(Path directory, Set<Family> wanted, Recovery recovery) {
    return open(directory, wanted, recovery, Map.of());
  }

  /**
   * The same where files without rows are in the place of some.
   *
   * @param replacements what is wrong with each of those, by name
   */
  static DamagedDatabase open(
      Path directory, Set<Family> wanted, Recovery recovery, Map<String, String> replacements) {
    RocksDB.loadLibrary();
    DBOptions options = options(recovery);
    ColumnFamilyOptions familyOptions = new ColumnFamilyOptions();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      List<Family> families = presentFamilies(directory, wanted);
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
      for (Family family : families) {
        descriptors.add(
            new ColumnFamilyDescriptor(
                family.label().getBytes(StandardCharsets.UTF_8), familyOptions));
      }
      RocksDB database = RocksDB.openReadOnly(options, directory.toString(), descriptors, handles);
      return new DamagedDatabase(
          directory, database, options, familyOptions, handles, families, replacements);
    } catch (RocksDBException e) {
      familyOptions.close();
      options.close();
      throw Failures.ofOpen(directory, e);
    }
  }

  private static DBOptions options(Recovery recovery) {
    Properties properties = new Properties();
    if (recovery.verifiesFiles) {
      RocksOptions.verifyWriteAheadLogs(properties);
    } else {
      RocksOptions.trackWriteAheadLogs(properties);
      properties.setProperty("skip_checking_sst_file_sizes_on_db_open", "true");
      properties.setProperty("verify_sst_unique_id_in_manifest", "false");
    }
    return RocksOptions.databaseOptions(properties)
        .setParanoidChecks(recovery.paranoid())
        .setWalRecoveryMode(recovery.mode)
        .setMaxOpenFiles(MAX_OPEN_FILES);
  }

  private static List<Family> presentFamilies(Path directory, Set<Family> wanted)
      throws RocksDBException {
    try (Options options = new Options()) {
      List<String> present =
          RocksDB.listColumnFamilies(options, directory.toString()).stream()
              .map(name -> new String(name, StandardCharsets.UTF_8))
              .toList();
      return wanted.stream().filter(family -> present.contains(family.label())).toList();
    }
  }

  /** The last entry that lies in files, and not in a write-ahead log; empty if nobody can tell. */
  OptionalLong lastFiledEntry() {
    return FiledEntries.last(database, directory, file -> true);
  }

  /** Whether rows of whole files may be missing. */
  boolean lacksFiles() {
    return !replaced.isEmpty();
  }

  /**
   * A file of rows of which nothing can be read.
   *
   * @param bytes how large it has to be
   * @param detail what is wrong with it
   */
  record UnreadableFile(String name, long bytes, String detail) {}

  /** Files of which nothing can be read, as their index cannot. */
  List<UnreadableFile> unreadableFiles() {
    List<UnreadableFile> unreadable = new ArrayList<>();
    for (LiveFileMetaData file : database.getLiveFilesMetaData()) {
      String name = name(file);
      try (Options reading = new Options();
          SstFileReader reader = new SstFileReader(reading)) {
        reader.open(directory.resolve(name).toString());
        checkIndex(reader);
        if (!replacements.contains(name) && isAnother(file, reader.getTableProperties())) {
          unreadable.add(
              new UnreadableFile(
                  name, file.size(), "file %s is whole, but another one".formatted(name)));
        }
      } catch (RocksDBException e) {
        String detail = "file %s cannot be read: %s".formatted(name, damage(e));
        unreadable.add(new UnreadableFile(name, file.size(), detail));
      }
    }
    return unreadable;
  }

  /** Whether a file that can be read is not the one of that name. */
  private boolean isAnother(LiveFileMetaData file, TableProperties found) {
    return directory.resolve(name(file)).toFile().length() != file.size()
        || !Arrays.equals(found.getColumnFamilyName(), file.columnFamilyName())
        || file.numEntries() != 0 && file.numEntries() != found.getNumEntries();
  }

  /** Files of rows that the manifest does not name. */
  List<Path> unnamedFiles() {
    Set<String> named =
        database.getLiveFilesMetaData().stream()
            .map(DamagedDatabase::name)
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".sst"))
          .filter(file -> !named.contains(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileFailures.of(directory, "reading", e);
    }
  }

  /** Swarms that have their names in a file, as far as that can be read. */
  static Set<String> swarmsIn(Path file) {
    Set<String> names = new TreeSet<>();
    try (Options options = new Options();
        SstFileReader reader = new SstFileReader(options)) {
      reader.open(file.toString());
      byte[] meta = Family.META.label().getBytes(StandardCharsets.UTF_8);
      if (!Arrays.equals(reader.getTableProperties().getColumnFamilyName(), meta)) {
        return names;
      }
      try (ReadOptions reading = new ReadOptions();
          SstFileReaderIterator rows = reader.newIterator(reading)) {
        for (rows.seekToFirst(); rows.isValid(); rows.next()) {
          ShardSurvey.swarmNamedBy(rows.key()).ifPresent(names::add);
        }
        rows.status();
      }
    } catch (RocksDBException e) {
      logger.debug("{} can only be read in part", file, e);
    }
    return names;
  }

  /** A seek behind the last row reads the index and no row. */
  private static void checkIndex(SstFileReader reader) throws RocksDBException {
    try (ReadOptions reading = new ReadOptions();
        SstFileReaderIterator rows = reader.newIterator(reading)) {
      rows.seek(ABOVE_ALL_KEYS);
      rows.status();
    }
  }

  private static String name(LiveFileMetaData file) {
    return file.fileName().replace("/", "");
  }

  private static Gap gap(LiveFileMetaData file, String detail) {
    String label = new String(file.columnFamilyName(), StandardCharsets.UTF_8);
    Family family =
        Arrays.stream(Family.values())
            .filter(one -> one.label().equals(label))
            .findFirst()
            .orElseThrow();
    byte[] last = file.largestKey();
    return new Gap(family, file.smallestKey(), Arrays.copyOf(last, last.length + 1), detail);
  }

  @Override
  public void walk(Family family, Listener listener) {
    walk(family, new byte[0], ABOVE_ALL_KEYS, listener);
  }

  @Override
  public void walk(Family family, byte[] fromInclusive, byte[] toExclusive, Listener listener) {
    ColumnFamilyHandle handle = byFamily.get(family);
    if (handle == null) {
      return;
    }
    replaced.stream()
        .filter(gap -> gap.family() == family && gap.overlaps(fromInclusive, toExclusive))
        .forEach(listener::gap);
    byte[] from = fromInclusive;
    while (from != END) {
      from = walkToDamage(family, handle, from, toExclusive, listener);
    }
  }

  /** Returns where to go on, {@link #END} if the range has been walked. */
  private byte[] walkToDamage(
      Family family,
      ColumnFamilyHandle handle,
      byte[] fromInclusive,
      byte[] toExclusive,
      Listener listener) {
    byte[] next = fromInclusive;
    String detail;
    try (Slice lower = new Slice(fromInclusive);
        Slice upper = new Slice(toExclusive);
        ReadOptions reading =
            new ReadOptions()
                .setIterateLowerBound(lower)
                .setIterateUpperBound(upper)
                .setFillCache(false);
        RocksIterator rows = database.newIterator(handle, reading)) {
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        byte[] key = rows.key();
        listener.row(key, rows.value());
        next = Arrays.copyOf(key, key.length + 1);
      }
      rows.status();
      return END;
    } catch (RocksDBException e) {
      detail = damage(e);
    }
    byte[] readable = firstReadable(handle, next, toExclusive);
    listener.gap(new Gap(family, next, readable, detail));
    return readable;
  }

  private byte[] firstReadable(ColumnFamilyHandle handle, byte[] damaged, byte[] toExclusive) {
    int width = Math.max(damaged.length, toExclusive.length);
    BigInteger bad = number(damaged, width);
    BigInteger end = number(toExclusive, width);
    BigInteger step = BigInteger.ONE;
    BigInteger good = bad.add(step);
    while (good.compareTo(end) < 0 && !isReadable(handle, key(good, width), toExclusive)) {
      bad = good;
      step = step.shiftLeft(1);
      good = good.add(step);
    }
    if (good.compareTo(end) >= 0) {
      good = end;
    }
    while (good.subtract(bad).compareTo(BigInteger.ONE) > 0) {
      BigInteger middle = bad.add(good).shiftRight(1);
      if (isReadable(handle, key(middle, width), toExclusive)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good.equals(end) ? END : key(good, width);
  }

  private boolean isReadable(ColumnFamilyHandle handle, byte[] from, byte[] toExclusive) {
    try (Slice upper = new Slice(toExclusive);
        ReadOptions reading = new ReadOptions().setIterateUpperBound(upper).setFillCache(false);
        RocksIterator rows = database.newIterator(handle, reading)) {
      rows.seek(from);
      rows.status();
      return true;
    } catch (RocksDBException e) {
      damage(e);
      return false;
    }
  }

  /** What is damaged; anything else than damage is thrown. */
  private String damage(RocksDBException e) {
    StorageException failure = Failures.ofOpen(directory, e);
    Status status = e.getStatus();
    boolean damaged =
        failure.kind() == StorageException.Kind.DAMAGED
            // A file that was cut short ends where a block was expected.
            || status != null && status.getCode() == Status.Code.IOError;
    if (!damaged) {
      throw failure;
    }
    return e.getMessage() == null ? "damaged" : e.getMessage();
  }

  /** A key as a number of that many bytes: the order is that of the keys. */
  private static BigInteger number(byte[] key, int width) {
    return new BigInteger(1, Arrays.copyOf(key, width));
  }

  private static byte[] key(BigInteger number, int width) {
    byte[] bytes = number.toByteArray();
    byte[] key = new byte[width];
    int length = Math.min(bytes.length, width);
    System.arraycopy(bytes, bytes.length - length, key, width - length, length);
    return key;
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    database.close();
    familyOptions.close();
    options.close();
  }
}
