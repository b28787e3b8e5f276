package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.FailureCounts;
import dev.swarmlog.storage.KeyedBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store of each format that was ever released opens and holds what it held; and the rules of
 * apply that wrote it still give the same bytes.
 *
 * <p>{@link #main} writes the store of the current format. It is run once per format and its file
 * is never replaced: if these tests fail, entries or rows have changed, and that needs a new
 * version of them, not a new file.
 */
final class GoldenStoreTest {

  private static final int ENTRIES = 60;
  private static final int CURRENT_FORMAT = 6;

  /** Length of sums by format. */
  private static final Map<Integer, Integer> SUMS_BYTES = Map.of(1, 48, 2, 56, 3, 72, 4, 72, 5, 72);

  /** Digest over all rows of the store of format 1. */
  private static final String FORMAT_1_DIGEST =
      "033d57cc183ea3d2b312b12d2f5fde0ebf8edede80bc82297a253becb402726f";

  /** Digest over all rows of the store of format 2. */
  private static final String FORMAT_2_DIGEST =
      "7ddf9b0b47014fe830fd7fcfc9ee01fa9df3ed4db4b5b420c5f607edee43a58d";

  /** Digest over all rows of the store of format 3. */
  private static final String FORMAT_3_DIGEST =
      "1d93e623af349788cfc1f69831d05852011542f54ce538fa2e396435d0fa9d6b";

  /** Digest over all rows of the store of format 4. */
  private static final String FORMAT_4_DIGEST =
      "1ed9a81360003a9a6f2141b0192ae23180ff0b0dd46263a4f158e2200e116495";

  /** Digest over all rows of the store of format 5. */
  private static final String FORMAT_5_DIGEST =
      "3263f7d39f45ca67d7aec8b8f1d0654ea876f2fa3497e3fcb5c40cfae0bc5991";

  /** Digest over all rows of the store of format 6. */
  private static final String FORMAT_6_DIGEST =
      "0724c3eb36ac9c4b8a513697072c0aeefdb6efa8dc5b6876d99f25039bdd52fb";

  @TempDir private Path directory;

  @Test
  void shouldOpenStoreOfFormat1AndMarkItAsCurrent() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(formatOf(log)).isEqualTo(CURRENT_FORMAT);
              log.sync();
              return digestAsOf(1, log);
            });

    // then nothing else has changed
    assertThat(digest).isEqualTo(FORMAT_1_DIGEST);
    assertThat(Stores.<Integer>with(directory, GoldenStoreTest::formatOf))
        .isEqualTo(CURRENT_FORMAT);
  }

  @Test
  void shouldGoOnInStoreOfFormat1() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String continued =
        Stores.with(
            directory,
            log -> {
              Stores.fill(log, ENTRIES, /* durable= */ true);
              return digestAsOf(1, log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, 2 * ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOf(1, twin));
  }

  @Test
  void shouldExpireInStoreOfFormat1() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String continued =
        Stores.with(
            directory,
            log -> {
              Stores.fill(log, Stores::expiringEntry, ENTRIES, /* durable= */ true);
              return digestAsOf(1, log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, ENTRIES, /* durable= */ true);
    Stores.fill(twin, Stores::expiringEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOf(1, twin));
  }

  @Test
  void shouldCountDeletionsInStoreOfFormat1FromNowOn() throws IOException {
    unzip("/golden/format-1.zip");

    Stores.with(
        directory,
        log -> {
          long before = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
          long operations = log.count(Entries.SWARM, Log.LOG_MAIN, View.everything(), 0, before);
          // Not counted then: as many as there may be.
          assertThat(bounds(log, 0).deletions()).isEqualTo(operations);
          Stores.fill(log, ENTRIES, /* durable= */ true);
          long middle = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
          Stores.fill(log, ENTRIES, /* durable= */ true);
          assertThat(bounds(log, middle).deletions()).isEqualTo(ENTRIES / 4);
          return log;
        });
  }

  @Test
  void shouldGiveTheBytesOfFormat1WhereNothingExpires() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, ENTRIES, /* durable= */ true);
    assertThat(digestAsOf(1, inMemory)).isEqualTo(FORMAT_1_DIGEST);
  }

  @Test
  void shouldOpenStoreOfFormat2AndMarkItAsCurrent() throws IOException {
    // given
    unzip("/golden/format-2.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(log.nextTimerUnixNs()).isPresent();
              assertThat(formatOf(log)).isEqualTo(CURRENT_FORMAT);
              log.sync();
              return digestAsOf(2, log);
            });

    // then nothing else has changed
    assertThat(digest).isEqualTo(FORMAT_2_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat2() throws IOException {
    // given
    unzip("/golden/format-2.zip");

    // when
    String continued =
        Stores.with(
            directory,
            log -> {
              Stores.fill(log, Stores::expiringEntry, ENTRIES, /* durable= */ true);
              return digestAsOf(2, log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, Stores::expiringEntry, 2 * ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOf(2, twin));
  }

  @Test
  void shouldNotKnowTheSizeOfStateThatWasWrittenBefore() throws IOException {
    unzip("/golden/format-2.zip");

    Stores.with(
        directory,
        log -> {
          assertThat(bounds(log, 0).stateBytes()).isEmpty();
          long before = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
          Stores.fill(log, Stores::expiringEntry, ENTRIES, /* durable= */ true);
          assertThat(bounds(log, 0).stateBytes()).isEmpty();
          assertThat(bounds(log, before).deletions()).isPositive();
          return log;
        });
  }

  @Test
  void shouldGiveTheBytesOfFormat2() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, Stores::expiringEntry, ENTRIES, /* durable= */ true);
    assertThat(digestAsOf(2, inMemory)).isEqualTo(FORMAT_2_DIGEST);
  }

  @Test
  void shouldOpenStoreOfFormat3AndMarkItAsCurrent() throws IOException {
    // given
    unzip("/golden/format-3.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(bounds(log, 0).stateBytes()).isPresent();
              assertThat(formatOf(log)).isEqualTo(CURRENT_FORMAT);
              assertThat(horizon(log)).isZero();
              log.sync();
              return digestAsOf(3, log);
            });

    // then nothing else has changed
    assertThat(digest).isEqualTo(FORMAT_3_DIGEST);
  }

  @Test
  void shouldGiveTheBytesOfFormat3() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, Stores::expiringEntry, ENTRIES, /* durable= */ true);
    assertThat(digestAsOf(3, inMemory)).isEqualTo(FORMAT_3_DIGEST);
  }

  @Test
  void shouldCompactStoreOfFormat3() throws IOException {
    // given
    unzip("/golden/format-3.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::compactingEntry, ENTRIES));

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, Stores::expiringEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(filled(twin, Stores::compactingEntry, ENTRIES));
    assertThat(horizon(twin)).isPositive();
  }

  @Test
  void shouldCompactStoreOfFormat1() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String continued =
        Stores.with(
            directory,
            log -> {
              Stores.fill(log, Stores::compactingEntry, ENTRIES, /* durable= */ true);
              return digestAsOf(1, log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, ENTRIES, /* durable= */ true);
    Stores.fill(twin, Stores::compactingEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOf(1, twin));
  }

  @Test
  void shouldOpenStoreOfFormat4AndMarkItAsCurrent() throws IOException {
    // given
    unzip("/golden/format-4.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(horizon(log)).isPositive();
              assertThat(formatOf(log)).isEqualTo(CURRENT_FORMAT);
              log.sync();
              return digestAsOf(4, log);
            });

    // then
    assertThat(digest).isEqualTo(FORMAT_4_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat4() throws IOException {
    // given
    unzip("/golden/format-4.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::compactingEntry, ENTRIES));

    // then
    assertThat(continued)
        .isEqualTo(filled(InMemoryEventLog.create(), Stores::compactingEntry, 2 * ENTRIES));
  }

  @Test
  void shouldGiveTheBytesOfFormat4() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, Stores::compactingEntry, ENTRIES, /* durable= */ true);
    assertThat(digestAsOf(4, inMemory)).isEqualTo(FORMAT_4_DIGEST);
  }

  @Test
  void shouldRefuseOperationsInStoreOfFormat4() throws IOException {
    // given
    unzip("/golden/format-4.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::failingEntry, ENTRIES));

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, Stores::compactingEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(filled(twin, Stores::failingEntry, ENTRIES));
    assertThat(failures(twin).retries()).isPositive();
  }

  @Test
  void shouldOpenStoreOfFormat5AndMarkItAsCurrent() throws IOException {
    // given
    unzip("/golden/format-5.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(failures(log).parked()).isPositive();
              assertThat(failures(log).retries()).isPositive();
              assertThat(formatOf(log)).isEqualTo(CURRENT_FORMAT);
              log.sync();
              return digestAsOf(5, log);
            });

    // then
    assertThat(digest).isEqualTo(FORMAT_5_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat5() throws IOException {
    // given
    unzip("/golden/format-5.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::failingEntry, ENTRIES));

    // then
    assertThat(continued)
        .isEqualTo(filled(InMemoryEventLog.create(), Stores::failingEntry, 2 * ENTRIES));
  }

  @Test
  void shouldGiveTheBytesOfFormat5() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, Stores::failingEntry, ENTRIES, /* durable= */ true);
    assertThat(digestAsOf(5, inMemory)).isEqualTo(FORMAT_5_DIGEST);
  }

  @Test
  void shouldStartEpochsInStoreOfFormat5() throws IOException {
    // given
    unzip("/golden/format-5.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::branchingEntry, ENTRIES));

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, Stores::failingEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(filled(twin, Stores::branchingEntry, ENTRIES));
    assertThat(ancestors(twin)).isNotEmpty();
  }

  @Test
  void shouldOpenStoreOfFormat6() throws IOException {
    // given
    unzip("/golden/format-6.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(ancestors(log)).hasSize(ENTRIES / 13);
              log.sync();
              return Stores.digest(log);
            });

    // then
    assertThat(digest).isEqualTo(FORMAT_6_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat6() throws IOException {
    // given
    unzip("/golden/format-6.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::branchingEntry, ENTRIES));

    // then
    assertThat(continued)
        .isEqualTo(filled(InMemoryEventLog.create(), Stores::branchingEntry, 2 * ENTRIES));
  }

  @Test
  void shouldGiveTheSameBytesInEveryForm() {
    assertThat(filled(InMemoryEventLog.create(), Stores::branchingEntry, ENTRIES))
        .isEqualTo(FORMAT_6_DIGEST);
    String onDisk = Stores.with(directory, log -> filled(log, Stores::branchingEntry, ENTRIES));
    assertThat(onDisk).isEqualTo(FORMAT_6_DIGEST);
  }

  private static List<AncestorEpoch> ancestors(EventLog log) {
    return log.swarm(Entries.SWARM).orElseThrow().ancestors();
  }

  private static FailureCounts failures(EventLog log) {
    return log.swarm(Entries.SWARM).orElseThrow().failures();
  }

  private static long horizon(EventLog log) {
    return log.swarm(Entries.SWARM).orElseThrow().horizonOpId(Log.LOG_MAIN);
  }

  private static KeyedBounds bounds(EventLog log, long from) {
    long head = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
    return log.keyedBounds(Entries.SWARM, Log.LOG_MAIN, View.everything(), from, head);
  }

  private static String filled(EventLog log, LongFunction<Entry> sequence, int entryCount) {
    Stores.fill(log, sequence, entryCount, /* durable= */ true);
    return Stores.digest(log);
  }

  /** The digest, had an older version written the rows: without what has been added since. */
  private static String digestAsOf(int format, EventLog log) {
    return Stores.digestAsSeen(
        log,
        row -> {
          byte[] value = row.value();
          if (isFormat(row)) {
            value = ByteBuffer.wrap(value.clone()).putInt(0, format).array();
          } else if (row.family().equals("scope")) {
            value = Arrays.copyOf(value, SUMS_BYTES.get(format));
          } else if (row.family().equals("state") && format < 3) {
            value = withoutSize(value);
          }
          return new EventLog.Row(row.family(), row.key(), value);
        });
  }

  /** A row of {@code state} as it was before format 3. */
  private static byte[] withoutSize(byte[] row) {
    int flags = row[Long.BYTES];
    if ((flags & 8) == 0) {
      return row;
    }
    int size = Long.BYTES + 1 + ((flags & 1) == 0 ? 0 : 16);
    byte[] shorter = Arrays.copyOf(row, row.length - Integer.BYTES);
    System.arraycopy(row, size + Integer.BYTES, shorter, size, row.length - size - Integer.BYTES);
    shorter[Long.BYTES] = (byte) (flags & ~8);
    return shorter;
  }

  private static int formatOf(EventLog log) {
    List<Integer> versions = new ArrayList<>();
    log.dump(
        row -> {
          if (isFormat(row)) {
            versions.add(ByteBuffer.wrap(row.value()).getInt());
          }
        });
    assertThat(versions).hasSize(1);
    return versions.get(0);
  }

  /** {@code ffff | 0 (8) | 01} of {@code meta}. */
  private static boolean isFormat(EventLog.Row row) {
    return row.family().equals("meta")
        && HexFormat.of().formatHex(row.key()).equals("ffff" + "00".repeat(8) + "01");
  }

  private void unzip(String resource) throws IOException {
    try (InputStream file = GoldenStoreTest.class.getResourceAsStream(resource);
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = directory.resolve(entry.getName());
        Files.createDirectories(target.getParent());
        Files.copy(zip, target);
      }
    }
  }

  /**
   * Writes the store of the current format and prints its digest.
   *
   * @param arguments a new directory, and the zip file to write
   */
  public static void main(String[] arguments) throws IOException {
    Path store = Path.of(arguments[0]);
    Stores.with(store, log -> filled(log, Stores::branchingEntry, ENTRIES / 2));
    // The second half is in the write-ahead log, the first in files.
    String digest = Stores.with(store, log -> filled(log, Stores::branchingEntry, ENTRIES / 2));
    System.out.println(digest);
    try (Stream<Path> files = Files.walk(store);
        OutputStream out = Files.newOutputStream(Path.of(arguments[1]));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      List<Path> regular = files.filter(Files::isRegularFile).sorted().toList();
      for (Path file : regular) {
        String name = store.relativize(file).toString();
        // RocksDB's own diary names machine and paths, and is of no use to a reader.
        if (!name.matches(".*/LOG(\\.old\\.\\d+)?") && !name.endsWith("LOCK")) {
          zip.putNextEntry(new ZipEntry(name));
          Files.copy(file, zip);
          zip.closeEntry();
        }
      }
    }
  }
}
