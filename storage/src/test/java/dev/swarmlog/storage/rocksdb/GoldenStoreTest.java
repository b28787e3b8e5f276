package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** Digest over all rows of the store of format 1. */
  private static final String FORMAT_1_DIGEST =
      "033d57cc183ea3d2b312b12d2f5fde0ebf8edede80bc82297a253becb402726f";

  @TempDir private Path directory;

  @Test
  void shouldOpenStoreOfFormat1() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String digest =
        Stores.with(
            directory,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(ENTRIES);
              log.sync();
              return Stores.digest(log);
            });

    // then
    assertThat(digest).isEqualTo(FORMAT_1_DIGEST);
  }

  @Test
  void shouldGoOnInStoreOfFormat1() throws IOException {
    // given
    unzip("/golden/format-1.zip");

    // when
    String continued = Stores.with(directory, log -> filled(log, ENTRIES));

    // then
    assertThat(continued).isEqualTo(filled(InMemoryEventLog.create(), 2 * ENTRIES));
  }

  @Test
  void shouldGiveTheSameBytesInEveryForm() {
    assertThat(filled(InMemoryEventLog.create(), ENTRIES)).isEqualTo(FORMAT_1_DIGEST);
    String onDisk = Stores.with(directory, log -> filled(log, ENTRIES));
    assertThat(onDisk).isEqualTo(FORMAT_1_DIGEST);
  }

  private static String filled(EventLog log, int entryCount) {
    Stores.fill(log, entryCount, /* durable= */ true);
    return Stores.digest(log);
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
    Stores.with(store, log -> filled(log, ENTRIES / 2));
    // The second half is in the write-ahead log, the first in files.
    String digest = Stores.with(store, log -> filled(log, ENTRIES / 2));
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
