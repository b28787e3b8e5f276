package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each state in which a process that is killed may leave a shard while it opens it. */
final class FilesBeforeOpeningTest {

  @TempDir Path shard;

  private Path database;
  private Path links;

  @BeforeEach
  void fill() throws IOException {
    database = folder("rocksdb", "CURRENT", "000004.log");
    links = shard.resolve("before-opening");
  }

  @Test
  void shouldTakeBackAnOpeningThatDidNotComeToItsEnd() throws IOException {
    // given
    keep();
    open();

    // when
    keep();

    // then
    assertThat(names(database)).containsExactly("000004.log", "CURRENT");
    assertThat(names(shard)).containsExactly("before-opening", "rocksdb");
  }

  @Test
  void shouldGoOnWithTakingBack() throws IOException {
    // given
    keep();
    open();
    Files.move(database, shard.resolve("rocksdb.opened"));

    // when
    keep();

    // then
    assertThat(names(database)).containsExactly("000004.log", "CURRENT");
    assertThat(names(shard)).containsExactly("before-opening", "rocksdb");
  }

  @Test
  void shouldNotTakeBackWhatWasOpenedWhereTheLinksWereBeingDropped() throws IOException {
    // given
    open();
    folder("before-opening.tmp", "CURRENT");

    // when
    FilesBeforeOpening kept = keep();

    // then
    assertThat(names(links)).containsExactly("000006.sst", "CURRENT");

    // when
    boolean opened = kept.during(() -> true);

    // then
    assertThat(opened).isTrue();
    assertThat(names(database)).containsExactly("000006.sst", "CURRENT");
    assertThat(names(shard)).containsExactly("rocksdb");
  }

  @Test
  void shouldRemoveWhatWasTakenBack() throws IOException {
    // given
    folder("rocksdb.opened", "000006.sst");

    // when
    boolean opened = keep().during(() -> true);

    // then
    assertThat(opened).isTrue();
    assertThat(names(database)).containsExactly("000004.log", "CURRENT");
    assertThat(names(shard)).containsExactly("rocksdb");
  }

  @Test
  void shouldPutBackWhatCouldNotBeOpened() throws IOException {
    // given
    FilesBeforeOpening kept = keep();

    // when
    assertThatThrownBy(
            () ->
                kept.during(
                    () -> {
                      open();
                      throw new StorageException(StorageException.Kind.DAMAGED, "damaged");
                    }))
        .hasMessage("damaged");

    // then
    assertThat(names(database)).containsExactly("000004.log", "CURRENT");
    assertThat(names(shard)).containsExactly("rocksdb");
  }

  private FilesBeforeOpening keep() {
    try (SharedResources shared = new SharedResources(Stores.OPTIONS)) {
      return FilesBeforeOpening.keep(shard, KeyValueEventLog.FAMILIES, shared);
    }
  }

  /** As RocksDB does: a file of what the write-ahead log holds, which is removed. */
  private void open() {
    try {
      Files.createFile(database.resolve("000006.sst"));
      Files.delete(database.resolve("000004.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path folder(String name, String... files) throws IOException {
    Path folder = Files.createDirectory(shard.resolve(name));
    for (String file : files) {
      Files.createFile(folder.resolve(file));
    }
    return folder;
  }

  private static Stream<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList().stream();
    }
  }
}
