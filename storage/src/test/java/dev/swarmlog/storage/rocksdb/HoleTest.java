package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.LogCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store of which the end is there, and something before it is not: what a swarm that has become
 * quiet holds may be missing while others go on. It never opens as if nothing were wrong.
 */
final class HoleTest {

  private static final String QUIET = "quiet";
  private static final String BUSY = "busy";
  private static final int ENTRIES = 20;
  private static final int CUT_STEP_BYTES = 7;

  @TempDir private Path directory;
  private Path store;

  /** The manifest and what names it, before the quiet swarm's operations became files. */
  private Path olderList;

  @BeforeEach
  void fillStore() throws IOException {
    store = directory.resolve("store");
    fill(BUSY);
    fill(QUIET);
    olderList = directory.resolve("older-list");
    Files.createDirectory(olderList);
    for (Path file : Stores.databaseFiles(store, "CURRENT|MANIFEST-\\d+")) {
      Files.copy(file, olderList.resolve(file.getFileName()));
    }
    fill(BUSY);
  }

  /** Opens it, which makes files of what the write-ahead log held, and appends to a swarm. */
  private void fill(String swarm) {
    Stores.with(
        store,
        log -> {
          if (log.swarm(swarm).isEmpty()) {
            apply(log, Entries.createSwarm(swarm));
          }
          for (int i = 0; i < ENTRIES; i++) {
            apply(
                log,
                Entries.append(
                    Entries.publish(swarm, Log.LOG_MAIN, Entries.event("event " + i)).build()));
          }
          return log;
        });
  }

  private static void apply(EventLog log, Command command) {
    Entry entry =
        Entry.newBuilder()
            .setVersion(EventLog.ENTRY_VERSION)
            .setIndex(log.appliedIndex() + 1)
            .setLoggedUnixNano(Entries.START_UNIX_NS + log.appliedIndex())
            .addCommands(command)
            .build();
    assertThat(log.apply(entry).outcomes())
        .isNotEmpty()
        .noneMatch(Outcome.Refused.class::isInstance);
    log.sync();
  }

  /** Of a copy, as opening changes files. */
  private String digest(Path of) {
    Path copy = of.resolveSibling(of.getFileName() + "-read");
    Stores.copy(of, copy);
    return Stores.with(copy, Stores::digest);
  }

  @Test
  void shouldNeverOpenWithoutWhatACutManifestNamed() throws IOException {
    // given
    String digest = digest(store);
    Path manifest = last(Stores.databaseFiles(store, "MANIFEST-\\d+"));
    byte[] whole = Files.readAllBytes(manifest);
    int refused = 0;
    int holes = 0;
    for (int cut = 1; cut < whole.length; cut += CUT_STEP_BYTES) {
      Path damaged = directory.resolve("cut-" + cut);
      Stores.copy(store, damaged);
      Files.write(
          last(Stores.databaseFiles(damaged, "MANIFEST-\\d+")),
          Arrays.copyOf(whole, whole.length - cut));

      // when
      boolean found = !isWhole(damaged);

      // then
      try {
        assertThat(Stores.with(damaged, Stores::digest)).as("cut by %d", cut).isEqualTo(digest);
        assertThat(found).as("found by verify, cut by %d", cut).isFalse();
      } catch (StorageException e) {
        assertThat(e.kind()).as("cut by %d", cut).isEqualTo(StorageException.Kind.DAMAGED);
        assertThat(found).as("found by verify, cut by %d", cut).isTrue();
        assertThat(damage(damaged)).as("cut by %d", cut).isNotEmpty();
        refused++;
        holes += String.valueOf(e.getMessage()).contains("its MANIFEST names") ? 1 : 0;
      }
    }
    assertThat(refused).isPositive();
    assertThat(holes).as("that only a hole shows").isPositive();
  }

  @Test
  void shouldRefuseAnOlderManifestThatWasPutBack() throws IOException {
    // when
    putBack();

    // then
    assertThat(isWhole(store)).isFalse();
    assertDamaged(store);
    // nor the second time, though RocksDB had made files of what is there
    assertThat(isWhole(store)).isFalse();
    assertDamaged(store);
  }

  @Test
  void shouldRefuseItAsOftenWhereFilesCannotBeLinked() throws IOException {
    // given something in the way of the links
    Files.createSymbolicLink(store.resolve("shard-0000/before-opening.tmp"), Path.of("nowhere"));

    // when
    putBack();

    // then
    assertDamaged(store);
    assertDamaged(store);
  }

  private void putBack() throws IOException {
    Path database = store.resolve("shard-0000/rocksdb");
    try (var files = Files.list(olderList)) {
      for (Path file : files.toList()) {
        Files.copy(file, database.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void shouldRefuseALogThatLostAWrite() throws IOException {
    // given
    Path log = last(Stores.databaseFiles(store, "\\d+\\.log"));
    byte[] bytes = Files.readAllBytes(log);
    assertThat(bytes).hasSizeLessThan(WriteAheadRecords.BLOCK_BYTES);
    WriteAheadRecords records = new WriteAheadRecords(ByteBuffer.wrap(bytes));
    List<Integer> begins = new ArrayList<>();
    for (int at = 0; records.hasHeader(at); at += records.length(at)) {
      begins.add(at);
    }
    int from = begins.get(begins.size() / 2);
    int to = begins.get(begins.size() / 2 + 1);

    // when
    byte[] rest = new byte[bytes.length - (to - from)];
    System.arraycopy(bytes, 0, rest, 0, from);
    System.arraycopy(bytes, to, rest, from, bytes.length - to);
    Files.write(log, rest);

    // then
    assertThat(isWhole(store)).isFalse();
    assertDamaged(store);
  }

  @Test
  void shouldRepairWhatIsLeftInANewEpoch() throws IOException {
    // given
    Path manifest = last(Stores.databaseFiles(store, "MANIFEST-\\d+"));
    byte[] whole = Files.readAllBytes(manifest);
    for (int cut = 1; ; cut++) {
      Files.write(manifest, Arrays.copyOf(whole, whole.length - cut));
      if (damage(store).stream().anyMatch(found -> found.contains("its MANIFEST names"))) {
        break;
      }
    }
    assertThat(damage(store)).anyMatch(found -> found.contains("may be missing whole: quiet"));

    // when
    AtomicLong ids = new AtomicLong();
    DirectoryCondition condition;
    try (DamagedDirectory damaged = DamagedDirectory.open(store, RepairListener.NONE)) {
      condition = damaged.repair(Stores.OPTIONS, ids::incrementAndGet).condition();
    }

    // then
    assertThat(condition.shards().get(0).logs())
        .isNotEmpty()
        .allSatisfy((LogCondition log) -> assertThat(log.newEpoch()).isNotZero());
    assertThat(isWhole(store)).isTrue();
  }

  private static boolean isWhole(Path store) {
    try (DamagedDirectory damaged = DamagedDirectory.open(store, RepairListener.NONE)) {
      return damaged.verify().isWhole();
    }
  }

  private static List<String> damage(Path store) {
    try (DamagedDirectory damaged = DamagedDirectory.open(store, RepairListener.NONE)) {
      return damaged.verify().shards().get(0).damage();
    }
  }

  private static void assertDamaged(Path store) {
    assertThatThrownBy(() -> Stores.with(store, Stores::digest))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED));
  }

  private static Path last(List<Path> files) {
    return files.get(files.size() - 1);
  }
}
