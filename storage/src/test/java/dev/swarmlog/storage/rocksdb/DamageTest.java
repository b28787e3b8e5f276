package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.ScrubPoint;
import dev.swarmlog.storage.ScrubStep;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.repair.RepairListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Damage is found, or it has no effect: a store never opens, or reads, with less than was
 * acknowledged.
 */
final class DamageTest {

  private static final int ENTRIES = 120;
  private static final String WAL = "\\d+\\.log";
  private static final String SST = "\\d+\\.sst";
  private static final String MANIFEST = "MANIFEST-\\d+";

  @TempDir private Path directory;
  private Path original;
  private String digest;

  @BeforeEach
  void fillStore() {
    original = directory.resolve("original");
    digest =
        Stores.with(
            original,
            log -> {
              Stores.fill(log, ENTRIES, /* durable= */ true);
              return Stores.digest(log);
            });
  }

  @ParameterizedTest(name = "{1} flips in {0}, seed {2}")
  @CsvSource({"WAL, 25, 1", "SST, 25, 2", "MANIFEST, 20, 3"})
  void shouldNeverBeSilentAboutFlippedBits(String kind, int flips, long seed) throws IOException {
    // given
    String pattern =
        switch (kind) {
          case "WAL" -> WAL;
          case "SST" -> SST;
          default -> MANIFEST;
        };
    if (kind.equals("SST")) {
      // Recovery moves what is in the write-ahead log into files.
      assertThat(Stores.with(original, Stores::digest)).isEqualTo(digest);
    }
    Random random = new Random(seed);
    int detected = 0;
    for (int i = 0; i < flips; i++) {
      Path copy = directory.resolve("copy-" + i);
      Stores.copy(original, copy);

      // when
      String flipped = flip(random, copy, pattern);

      // then
      try {
        assertThat(Stores.with(copy, Stores::digest))
            .as("seed %d, flip %d: %s", seed, i, flipped)
            .isEqualTo(digest);
      } catch (StorageException e) {
        assertThat(e.kind()).as(flipped).isEqualTo(StorageException.Kind.DAMAGED);
        assertThat(e).as(flipped).hasMessageStartingWith("Expected");
        detected++;
      }
    }
    assertThat(detected).as("flips that were found").isPositive();
  }

  @Test
  void shouldScrubEverythingAndFindNothingInAWholeStore() {
    Stores.with(original, EventLog::appliedIndex);

    // when
    Scrubbed found = Stores.with(original, log -> scrub(log, 1_000));

    // then piece by piece or at once is the same
    assertThat(found.damage()).isEmpty();
    assertThat(found.bytes()).isGreaterThan(10_000);
    assertThat(Stores.with(original, log -> scrub(log, 1 << 20)).bytes()).isEqualTo(found.bytes());
  }

  @Test
  void shouldFindByAScrubWhatOpeningDoesNotLookAt() throws IOException {
    // given
    Stores.with(original, EventLog::appliedIndex);
    Random random = new Random(7);
    int opened = 0;
    int found = 0;
    for (int i = 0; i < 12; i++) {
      Path copy = directory.resolve("scrubbed-" + i);
      Stores.copy(original, copy);
      String flipped = flip(random, copy, SST);

      // when
      try {
        Scrubbed scrubbed = Stores.with(copy, log -> scrub(log, 4_000));
        opened++;
        found += scrubbed.damage().isEmpty() ? 0 : 1;
        // then a flip that a scrub does not find changes nothing
        if (scrubbed.damage().isEmpty()) {
          assertThat(Stores.with(copy, Stores::digest)).as(flipped).isEqualTo(digest);
        }
      } catch (StorageException e) {
        assertThat(e.kind()).as(flipped).isEqualTo(StorageException.Kind.DAMAGED);
      }
    }
    assertThat(found).as("found by the scrub, of %d that opened", opened).isPositive();
  }

  private record Scrubbed(long bytes, List<String> damage) {}

  private static Scrubbed scrub(EventLog log, int maxBytes) {
    long bytes = 0;
    List<String> damage = new ArrayList<>();
    Optional<ScrubPoint> next = Optional.of(ScrubPoint.START);
    while (next.isPresent()) {
      ScrubStep step = log.scrub(next.get(), maxBytes);
      bytes += step.bytes();
      step.damage().ifPresent(damage::add);
      next = step.next();
    }
    return new Scrubbed(bytes, damage);
  }

  @Test
  void shouldRefuseStoreThatLostItsEnd() throws IOException {
    // given
    Path log = last(Stores.databaseFiles(original, WAL));
    byte[] bytes = Files.readAllBytes(log);

    // when
    Files.write(log, Arrays.copyOf(bytes, bytes.length / 2));

    // then
    assertThatThrownBy(() -> Stores.with(original, Stores::digest))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED))
        .hasMessageContaining("Expected entries up to " + ENTRIES)
        .hasMessageContaining("are lost");
  }

  @Test
  void shouldLeaveTheFilesOfAStoreItRefusesAsTheyWere() throws IOException {
    // given
    Path log = last(Stores.databaseFiles(original, WAL));
    byte[] half = Arrays.copyOf(Files.readAllBytes(log), (int) Files.size(log) / 2);
    Files.write(log, half);

    // when
    assertDamaged(original);
    assertDamaged(original);

    // then
    assertThat(Files.readAllBytes(log)).isEqualTo(half);
    assertThat(log.resolveSibling("CURRENT")).exists();
    assertThat(original.resolve("shard-0000/before-opening")).doesNotExist();
  }

  @Test
  void shouldDropTheLinksOfAStoreThatIsWhole() {
    // when
    String found = Stores.with(original, Stores::digest);

    // then
    assertThat(found).isEqualTo(digest);
    assertThat(original.resolve("shard-0000/before-opening")).doesNotExist();
  }

  @Test
  void shouldRefuseStoreWithoutItsWriteAheadLog() throws IOException {
    // when
    Files.delete(last(Stores.databaseFiles(original, WAL)));

    // then
    assertDamaged(original);
  }

  @Test
  void shouldRefuseStoreWithoutItsDatabase() throws IOException {
    // when
    Files.delete(original.resolve("shard-0000/rocksdb/CURRENT"));

    // then
    assertDamaged(original);
  }

  @Test
  void shouldRefuseStoreWithoutItsMark() throws IOException {
    // when
    Files.delete(original.resolve("shard-0000/durable-mark"));

    // then
    assertDamaged(original);
  }

  @Test
  void shouldOpenWithOneDamagedSlotOfTheMarkAndRefuseWithTwo() throws IOException {
    // given
    Path mark = original.resolve("shard-0000/durable-mark");
    byte[] bytes = Files.readAllBytes(mark);

    // when
    bytes[10] ^= 1;
    Files.write(mark, bytes);

    // then
    assertThat(Stores.with(original, Stores::digest)).isEqualTo(digest);

    // when
    bytes[4096 + 10] ^= 1;
    Files.write(mark, bytes);

    // then
    assertDamaged(original);
  }

  @Test
  void shouldOpenWithTornTailOfWhatWasNotAcknowledged() throws IOException {
    // given a store as a loss of power leaves it: entries behind the last sync, cut somewhere
    Path powerless = directory.resolve("powerless");
    Path crashed = directory.resolve("crashed");
    long synced;
    try (DataDirectory data = DataDirectory.open(powerless, Stores.OPTIONS);
        EventLog log = data.openShard(0)) {
      Stores.fill(log, 30, /* durable= */ true);
      synced = Files.size(last(Stores.databaseFiles(powerless, WAL)));
      Stores.fill(log, 10, /* durable= */ false);
      Stores.copy(powerless, crashed);
    }
    long written = Files.size(last(Stores.databaseFiles(crashed, WAL)));
    assertThat(written).isGreaterThan(synced);

    for (long size = synced; size <= written; size += Math.max(1, (written - synced) / 25)) {
      Path cut = directory.resolve("cut-" + size);
      Stores.copy(crashed, cut);
      Path wal = last(Stores.databaseFiles(cut, WAL));
      Files.write(wal, Arrays.copyOf(Files.readAllBytes(wal), (int) size));

      // when
      long applied = Stores.with(cut, EventLog::appliedIndex);

      // then
      assertThat(applied).as("cut at %d", size).isBetween(30L, 40L);
    }

    // when one byte of what was synced is missing too
    Path wal = last(Stores.databaseFiles(crashed, WAL));
    Files.write(wal, Arrays.copyOf(Files.readAllBytes(wal), (int) synced - 1));

    // then
    assertDamaged(crashed);
  }

  @Test
  void shouldOpenWhereTheLastWriteHasHolesAndRefuseWhereAnotherOneFollows() throws IOException {
    // given a store as a loss of power leaves it: one entry behind the last flush, or two
    Path powerless = directory.resolve("powerless");
    Path one = directory.resolve("one");
    Path two = directory.resolve("two");
    int flushed;
    int written;
    try (DataDirectory data = DataDirectory.open(powerless, Stores.OPTIONS);
        EventLog log = data.openShard(0)) {
      Stores.fill(log, 30, /* durable= */ true);
      flushed = (int) Files.size(last(Stores.databaseFiles(powerless, WAL)));
      Stores.fill(log, 1, /* durable= */ false);
      written = (int) Files.size(last(Stores.databaseFiles(powerless, WAL)));
      Stores.copy(powerless, one);
      Stores.fill(log, 1, /* durable= */ false);
      Stores.copy(powerless, two);
    }

    for (int hole = flushed; hole < written - 1; hole += Math.max(1, (written - flushed) / 10)) {
      Path torn = directory.resolve("torn-" + hole);
      Stores.copy(one, torn);
      makeHole(torn, hole, Math.min(written - 1, hole + 100));

      // when, then
      assertThat(isWhole(torn)).as("verified with a hole at %d", hole).isTrue();
      assertThat(Stores.with(torn, EventLog::appliedIndex)).as("hole at %d", hole).isEqualTo(30);
      assertThat(Stores.with(torn, EventLog::appliedIndex)).as("once more").isEqualTo(30);

      if (hole == flushed) {
        // A record's beginning that is all zeros is the end of the log to RocksDB.
        continue;
      }

      // when, then
      Path damaged = directory.resolve("damaged-" + hole);
      Stores.copy(two, damaged);
      makeHole(damaged, hole, Math.min(written - 1, hole + 100));
      assertThat(isWhole(damaged)).as("verified with a hole at %d", hole).isFalse();
      assertDamaged(damaged);
    }

    // when, then: the mark knows of what was flushed
    makeHole(one, flushed - 50, written - 1);
    assertDamaged(one);
  }

  @Test
  void shouldCreateItsDirectoryAnewWhereThatWasInterrupted() throws IOException {
    // given
    Path interrupted = directory.resolve("interrupted");
    Files.createDirectories(interrupted.resolve("shard-0000/rocksdb.new"));
    Files.createFile(interrupted.resolve("shard-0000/durable-mark"));
    Files.writeString(interrupted.resolve("shard-0000/rocksdb.new/CURRENT"), "MANIFEST-000001\n");

    // when, then
    assertThat(Stores.with(interrupted, EventLog::appliedIndex)).isZero();
    assertThat(interrupted.resolve("shard-0000/rocksdb.new")).doesNotExist();
  }

  @Test
  void shouldBeToldOfDamageThatACompactionMeets() throws IOException {
    // given a damaged file that no write reads, but a compaction before long; opening makes it
    Stores.with(original, EventLog::appliedIndex);
    Path history = last(Stores.filesOf(original, Family.HISTORY));
    byte[] bytes = Files.readAllBytes(history);
    bytes[bytes.length / 4] ^= 1;
    Files.write(history, bytes);

    // when
    try (DataDirectory data = DataDirectory.open(original, Stores.SMALL_BUFFERS)) {
      EventLog log = data.openShard(0);

      // then
      assertThatThrownBy(() -> Stores.fill(log, 50_000, /* durable= */ false))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED));
      log.close();
    }
  }

  private static void makeHole(Path store, int from, int to) throws IOException {
    Path wal = last(Stores.databaseFiles(store, WAL));
    byte[] bytes = Files.readAllBytes(wal);
    Arrays.fill(bytes, from, to, (byte) 0);
    Files.write(wal, bytes);
  }

  private static boolean isWhole(Path store) {
    try (DamagedDirectory locked = DamagedDirectory.open(store, RepairListener.NONE)) {
      return locked.verify().isWhole();
    }
  }

  private static void assertDamaged(Path store) {
    assertThatThrownBy(() -> Stores.with(store, Stores::digest))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED))
        .hasMessageStartingWith("Expected");
  }

  private static String flip(Random random, Path store, String pattern) throws IOException {
    List<Path> files = Stores.databaseFiles(store, pattern);
    assertThat(files).as(pattern).isNotEmpty();
    Path file = files.get(random.nextInt(files.size()));
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == 0) {
      return file + " is empty";
    }
    int at = random.nextInt(bytes.length);
    int bit = random.nextInt(8);
    bytes[at] ^= (byte) (1 << bit);
    Files.write(file, bytes);
    return file.getFileName() + " byte " + at + " of " + bytes.length + " bit " + bit;
  }

  private static Path last(List<Path> files) {
    return files.get(files.size() - 1);
  }
}
