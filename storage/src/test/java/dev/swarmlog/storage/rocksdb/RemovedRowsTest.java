package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removed rows that cursors step over are flushed away, and only those, and not too often. */
final class RemovedRowsTest {

  private static final int MANY = (int) RemovedRows.MIN_REMOVED;
  private static final byte[] LOWEST = new byte[0];
  private static final byte[] ABOVE_ALL = {-1};

  @TempDir private Path directory;
  private SharedResources shared;
  private RocksStore store;
  private long next;

  @BeforeEach
  void openStore() {
    shared = new SharedResources(Stores.OPTIONS);
    open();
  }

  private void open() {
    store = RocksStore.open(directory.resolve("rocksdb"), KeyValueEventLog.FAMILIES, shared);
  }

  @AfterEach
  void closeStore() {
    store.close();
    shared.close();
  }

  @Test
  void shouldFlushWhatCursorsStepOver() {
    // given
    List<Long> left = putAndRemove(MANY, 10);
    assertThat(store.removedInBuffer(Family.DELTA)).isEqualTo(MANY);

    // when
    List<Long> seen = walk();

    // then
    awaitFlushed();
    assertThat(seen).isEqualTo(left);
    assertThat(walk()).isEqualTo(left);
  }

  @Test
  void shouldFlushAllFamiliesTogether() {
    // given
    putAndRemove(MANY, 10);
    WriteSet changes = store.newWriteSet();
    changes.put(Family.META, key(1), key(1));
    store.write(changes);

    // when
    walk();

    // then
    awaitFlushed();
    assertThat(store.removedInBuffer(Family.META)).isZero();
    await().until(() -> files(".sst").size() == 2);
  }

  @Test
  void shouldKeepWhatWasWrittenMeanwhileOverARestart() {
    // given
    List<Long> left = putAndRemove(MANY, 10);

    // when
    walk();
    left.addAll(putAndRemove(20, 5));
    store.sync();
    store.close();
    open();

    // then
    assertThat(walk()).isEqualTo(left);
  }

  @Test
  void shouldNotFlushForAFewRemovedRows() {
    // given
    putAndRemove(MANY - 1, 10);

    // when
    walk();

    // then
    assertNotFlushed(MANY - 1);
  }

  @Test
  void shouldNotFlushWhereMostRowsAreMet() {
    // given
    putAndRemove(MANY, MANY);

    // when
    walk();

    // then
    assertNotFlushed(MANY);
  }

  @Test
  void shouldNotFlushForOtherRowsThanThoseOfTheWalk() {
    // given
    List<Long> before = putAndRemove(0, 10);
    putAndRemove(MANY, 10);

    // when
    List<Long> seen = walk(LOWEST, key(before.get(before.size() - 1) + 1));

    // then
    assertThat(seen).isEqualTo(before);
    assertNotFlushed(MANY);
  }

  @Test
  void shouldNotFlushForWhatLiesInFiles() {
    // given
    List<Long> put = putAndRemove(0, MANY);
    store.close();
    // Opening moves what is in the write-ahead log into files: rows and removals into different
    // ones.
    open();
    remove(put.subList(0, MANY - 10));
    store.close();
    open();
    assertThat(store.removedInBuffer(Family.DELTA)).isZero();
    int files = files(".sst").size();

    // when
    walk();

    // then
    assertThat(files(".sst")).hasSize(files);
  }

  @Test
  void shouldFlushOnceForManyReaders() {
    // given
    putAndRemove(MANY, 10);
    walk();
    awaitFlushed();
    List<Long> left = putAndRemove(2 * MANY, 10);

    // when
    List<Integer> found =
        IntStream.range(0, 64)
            .parallel()
            .map(reader -> walk(key(left.get(0) - 2 * MANY), ABOVE_ALL).size())
            .boxed()
            .toList();

    // then
    assertThat(found).hasSize(64).containsOnly(left.size());
    assertNotFlushed(2 * MANY);
  }

  @Test
  void shouldLeaveFailuresOfTheDeviceToTheWriter() throws IOException {
    // given
    List<Long> left = putAndRemove(MANY, 10);
    Path gone = directory.resolve("gone");
    Files.move(directory.resolve("rocksdb"), gone);

    // when
    List<Long> seen = walk();

    // then
    assertThat(seen).isEqualTo(left);
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> putAndRemove(0, 1))
                    .isInstanceOf(StorageException.class)
                    .hasMessageStartingWith("Expected"));
    Files.move(gone, directory.resolve("rocksdb"));
  }

  /** Puts rows and removes the first of them again. Returns those that are left. */
  private List<Long> putAndRemove(int removed, int left) {
    List<Long> put = LongStream.range(next, next + removed + left).boxed().toList();
    next += removed + left;
    WriteSet changes = store.newWriteSet();
    put.forEach(row -> changes.put(Family.DELTA, key(row), key(row)));
    store.write(changes);
    remove(put.subList(0, removed));
    return new ArrayList<>(put.subList(removed, put.size()));
  }

  private void remove(List<Long> rows) {
    WriteSet changes = store.newWriteSet();
    rows.forEach(row -> changes.deleteOnce(Family.DELTA, key(row)));
    store.write(changes);
  }

  private List<Long> walk() {
    return walk(LOWEST, ABOVE_ALL);
  }

  private List<Long> walk(byte[] fromInclusive, byte[] toExclusive) {
    List<Long> rows = new ArrayList<>();
    try (RowCursor cursor = store.scan(Family.DELTA, fromInclusive, toExclusive)) {
      while (cursor.next()) {
        rows.add(ByteBuffer.wrap(cursor.key()).getLong());
      }
    }
    return rows;
  }

  private void awaitFlushed() {
    await().until(() -> store.removedInBuffer(Family.DELTA) == 0);
  }

  /** A flush that has been asked for has a new write buffer at once. */
  private void assertNotFlushed(long removed) {
    assertThat(store.removedInBuffer(Family.DELTA)).isEqualTo(removed);
  }

  private List<Path> files(String suffix) {
    try (Stream<Path> files = Files.list(directory.resolve("rocksdb"))) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] key(long row) {
    return ByteBuffer.allocate(Long.BYTES).putLong(row).array();
  }
}
