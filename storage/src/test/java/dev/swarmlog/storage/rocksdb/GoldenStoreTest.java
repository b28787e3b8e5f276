package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
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
  private static final int SUMS_BYTES_OF_FORMAT_1 = 48;

  /** Digest over all rows of the store of format 1. */
  private static final String FORMAT_1_DIGEST =
      "033d57cc183ea3d2b312b12d2f5fde0ebf8edede80bc82297a253becb402726f";

  /** Digest over all rows of the store of format 2. */
  private static final String FORMAT_2_DIGEST =
      "7ddf9b0b47014fe830fd7fcfc9ee01fa9df3ed4db4b5b420c5f607edee43a58d";

  @TempDir private Path directory;

  @Test
  void shouldOpenStoreOfFormat1AndMarkItAsOneOfFormat2() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(formatOf(log)).isEqualTo(2);
              log.sync();
              return digestAsOfFormat1(log);
            });

    // then nothing else has changed
    assertThat(digest).isEqualTo(FORMAT_1_DIGEST);
    assertThat(Stores.<Integer>with(directory, GoldenStoreTest::formatOf)).isEqualTo(2);
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
              return digestAsOfFormat1(log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, 2 * ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOfFormat1(twin));
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
              return digestAsOfFormat1(log);
            });

    // then
    EventLog twin = InMemoryEventLog.create();
    Stores.fill(twin, ENTRIES, /* durable= */ true);
    Stores.fill(twin, Stores::expiringEntry, ENTRIES, /* durable= */ true);
    assertThat(continued).isEqualTo(digestAsOfFormat1(twin));
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
          assertThat(log.countDeletions(Entries.SWARM, Log.LOG_MAIN, View.everything(), 0, before))
              .isEqualTo(operations);
          Stores.fill(log, ENTRIES, /* durable= */ true);
          long middle = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
          Stores.fill(log, ENTRIES, /* durable= */ true);
          long after = log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId();
          assertThat(
                  log.countDeletions(Entries.SWARM, Log.LOG_MAIN, View.everything(), middle, after))
              .isEqualTo(ENTRIES / 4);
          return log;
        });
  }

  @Test
  void shouldGiveTheBytesOfFormat1WhereNothingExpires() {
    EventLog inMemory = InMemoryEventLog.create();
    Stores.fill(inMemory, ENTRIES, /* durable= */ true);
    assertThat(digestAsOfFormat1(inMemory)).isEqualTo(FORMAT_1_DIGEST);
  }

  @Test
  void shouldOpenStoreOfFormat2() throws IOException {
    // given
    unzip("/golden/format-2.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              assertThat(log.nextExpiryUnixNs()).isPresent();
              log.sync();
              return Stores.digest(log);
            });

    // then
    assertThat(digest).isEqualTo(FORMAT_2_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat2() throws IOException {
    // given
    unzip("/golden/format-2.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, Stores::expiringEntry, ENTRIES));

    // then
    assertThat(continued)
        .isEqualTo(filled(InMemoryEventLog.create(), Stores::expiringEntry, 2 * ENTRIES));
  }

  @Test
  void shouldGiveTheSameBytesInEveryForm() {
    assertThat(filled(InMemoryEventLog.create(), Stores::expiringEntry, ENTRIES))
        .isEqualTo(FORMAT_2_DIGEST);
    String onDisk = Stores.with(directory, log -> filled(log, Stores::expiringEntry, ENTRIES));
    assertThat(onDisk).isEqualTo(FORMAT_2_DIGEST);
  }

  private static String filled(EventLog log, LongFunction<Entry> sequence, int entryCount) {
    Stores.fill(log, sequence, entryCount, /* durable= */ true);
    return Stores.digest(log);
  }

  /** The digest, had the format row stayed as it was, and were no deletions counted. */
  private static String digestAsOfFormat1(EventLog log) {
    return Stores.digestAsSeen(
        log,
        row -> {
          byte[] value = row.value();
          if (isFormat(row)) {
            value = ByteBuffer.wrap(value.clone()).putInt(0, 1).array();
          } else if (row.family().equals("scope")) {
            value = Arrays.copyOf(value, SUMS_BYTES_OF_FORMAT_1);
          }
          return new EventLog.Row(row.family(), row.key(), value);
        });
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
    Stores.with(store, log -> filled(log, Stores::expiringEntry, ENTRIES / 2));
    // The second half is in the write-ahead log, the first in files.
    String digest = Stores.with(store, log -> filled(log, Stores::expiringEntry, ENTRIES / 2));
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
