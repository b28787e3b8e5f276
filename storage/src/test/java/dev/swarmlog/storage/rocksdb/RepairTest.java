package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.EventLog.Row;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.LogCondition;
import dev.swarmlog.storage.repair.OpRange;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.ReleaseRetries;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.LiveFileMetaData;

/**
 * A repaired store opens, holds a prefix of each log and all that follows from it, and every
 * operation that was acknowledged is kept, or reported as lost or cut off. Seeds are printed;
 * {@code -Drepair.seed=…} runs one again.
 */
final class RepairTest {

  private static final int ENTRIES = 150;
  private static final int FLIPS = Integer.getInteger("repair.flips", 10);

  @TempDir private Path directory;

  /** Which histories are written. */
  enum History {
    PLAIN(Stores::entry),
    COMPACTED(Stores::compactingEntry),
    WITH_FAILURES(Stores::failingEntry);

    private final LongFunction<Entry> entries;

    History(LongFunction<Entry> entries) {
      this.entries = entries;
    }
  }

  /** Where a bit is flipped. */
  enum Place {
    WRITE_AHEAD_LOG("\\d+\\.log"),
    FILES("\\d+\\.sst");

    private final String files;

    Place(String files) {
      this.files = files;
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindAWholeStoreWholeAndLeaveItAlone(History history) {
    // given
    Path store = filled(history);
    String digest = Stores.with(store, Stores::digest);

    // when
    DirectoryCondition condition = verify(store);
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then
    assertThat(condition.isWhole()).as(condition.toString()).isTrue();
    assertThat(repaired.keptAside()).isEmpty();
    assertThat(Stores.with(store, Stores::digest)).isEqualTo(digest);
  }

  @ParameterizedTest
  @EnumSource
  void shouldMakeTheSameRowsOfTheOperations(History history) {
    // given a store of which nothing that follows from operations is trusted
    Path store = filled(history);
    Map<String, String> before = rows(store);
    Path twin = directory.resolve("rebuilt");
    Stores.copy(store, twin);

    // when
    Map<String, String> after = rebuilt(twin);

    // then
    assertThat(differences(before, after)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepEverythingUpToTheFirstOperationThatIsLost(Place place) throws IOException {
    long seed = Long.getLong("repair.seed", 20_261_122L);
    System.out.println("repair.seed " + seed);
    Random random = new Random(seed);
    int damagedCount = 0;
    int lossy = 0;
    for (int i = 0; i < FLIPS; i++) {
      History history = History.values()[random.nextInt(History.values().length)];
      Path original = directory.resolve("original-" + i);
      fill(history, original);
      Path damaged = directory.resolve("damaged-" + i);
      Stores.copy(original, damaged);
      // Opening moves what is in the write-ahead log into files.
      Logs before = logs(original);
      String digest = Stores.with(original, Stores::digest);
      if (place == Place.FILES) {
        Stores.with(damaged, EventLog::appliedIndex);
      }
      String flipped = flip(random, damaged, place);

      // when
      DirectoryCondition found = verify(damaged);
      List<Operation> cutOff = new ArrayList<>();
      DamagedDirectory.Repaired repaired = repair(damaged, cutOff);

      // then
      String context =
          "seed %d, history %d (%s): %s: %s".formatted(seed, i, history, flipped, found);
      if (found.isWhole()) {
        assertThat(Stores.with(damaged, Stores::digest)).as(context).isEqualTo(digest);
        continue;
      }
      damagedCount++;
      assertThat(repaired.keptAside()).as(context).hasSize(1);
      assertThat(verify(damaged).isWhole()).as(context).isTrue();
      Logs after = Stores.with(damaged, log -> logs(log, before.horizons()));
      for (LogCondition log : found.shards().get(0).logs()) {
        lossy += log.losesSomething() ? 1 : 0;
        assertAccountedFor(
            context,
            log,
            found.shards().get(0).lostEntries() > 0,
            before.operations().get(log.log()),
            after.operations().get(log.log()),
            cutOff);
      }
      assertGoesOn(context, damaged);
    }
    assertThat(damagedCount).as("flips that were found").isPositive();
    assertThat(lossy > 0 || place == Place.FILES).as("logs that lost something").isTrue();
  }

  private static void assertAccountedFor(
      String context,
      LogCondition log,
      boolean entriesLost,
      List<Operation> before,
      List<Operation> after,
      List<Operation> cutOff) {
    long kept = log.wholeThroughOpId();
    assertThat(after)
        .as(context)
        .isEqualTo(before.stream().filter(operation -> operation.getOpId() <= kept).toList());
    for (Operation operation : before) {
      // Of the last entries only their number is known.
      boolean told = entriesLost && operation.getOpId() > log.headOpId();
      if (operation.getOpId() > kept && !told) {
        boolean lost = covers(log.lost(), operation.getOpId());
        boolean cut = covers(log.cutOff(), operation.getOpId());
        assertThat(lost ^ cut).as(context + ": operation " + operation.getOpId()).isTrue();
        if (cut) {
          assertThat(cutOff).as(context).contains(operation);
        }
      }
    }
  }

  private static boolean covers(List<OpRange> ranges, long opId) {
    return ranges.stream().anyMatch(range -> range.first() <= opId && opId <= range.last());
  }

  /** Everything that follows from the operations must be there, or this would not apply. */
  private static void assertGoesOn(String context, Path store) {
    Stores.with(
        store,
        log -> {
          String swarm = log.swarmNames().get(0);
          for (int i = 0; i < 20; i++) {
            append(context, log, swarm, Log.LOG_MAIN, Entries.keyed("key-" + i, "again"));
          }
          return log;
        });
    assertThat(verify(store).isWhole()).as(context).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"MANIFEST-\\d+", "CURRENT"})
  void shouldSayThatItCannotRepairWithoutTheListOfFiles(String list) throws IOException {
    // given
    Path store = filled(History.PLAIN);
    Path file = last(Stores.databaseFiles(store, list));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    // when
    DirectoryCondition found = verify(store);

    // then
    assertThat(found.isWhole()).isFalse();
    assertBeyondRepair(store, "backup");
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
  }

  private static void assertBeyondRepair(Path store, String reason) {
    assertThatThrownBy(() -> repair(store, new ArrayList<>()))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.BEYOND_REPAIR))
        .hasMessageContaining(reason);
  }

  @Test
  void shouldSayThatItCannotRepairAShardWithoutItsDatabase() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    Path database = last(Stores.databaseFiles(store, "CURRENT")).resolveSibling(".").normalize();
    Path elsewhere = store.resolveSibling("elsewhere");
    Files.move(database, elsewhere);

    // when
    DirectoryCondition found = verify(store);

    // then
    assertThat(found.isWhole()).isFalse();
    assertBeyondRepair(store, "no database");
    Files.move(elsewhere, database);
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldBeginNewEpochsWhereTheEndOfALogMayBeLostWithoutATrace() throws IOException {
    // given a log whose last operation lies before entries of another log
    Path store = directory.resolve("store");
    Stores.with(
        store,
        log -> {
          Stores.fill(log, 1, /* durable= */ true);
          publish(log, Log.LOG_CONTROL, "the first of control");
          publish(log, Log.LOG_CONTROL, "the last of control");
          for (int i = 0; i < 3; i++) {
            publish(log, Log.LOG_MAIN, "later " + i + " " + "x".repeat(40_000));
          }
          return log;
        });
    Path wal = last(Stores.databaseFiles(store, "\\d+\\.log"));
    byte[] bytes = Files.readAllBytes(wal);
    bytes[indexOf(bytes, "the last of control")] ^= 1;
    Files.write(wal, bytes);

    // when
    DirectoryCondition found = verify(store);
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then its number may be given again, in another epoch
    assertThat(found.isWhole()).isFalse();
    assertThat(found.shards().get(0).damage())
        .anyMatch(damage -> damage.contains("without a trace"));
    List<LogCondition> logs = repaired.condition().shards().get(0).logs();
    assertThat(logs).isNotEmpty().allSatisfy(log -> assertThat(log.newEpoch()).isNotZero());
    // and what lies behind it in the same block of the write-ahead log is there
    assertThat(
            logs.stream()
                .filter(log -> log.log() == Log.LOG_MAIN)
                .mapToLong(LogCondition::wholeThroughOpId)
                .max())
        .hasValue(3);
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldRememberAfterARepairHowMuchWasAcknowledged() throws IOException {
    // given a repair that loses nothing
    Path store = filled(History.PLAIN);
    rebuilt(store);
    assertThat(verify(store).isWhole()).isTrue();

    // when
    Path database = store.resolve("shard-0000/rocksdb");
    Files.move(database, directory.resolve("elsewhere"));

    // then
    assertThat(verify(store).isWhole()).isFalse();
  }

  @Test
  void shouldBeginNewEpochsWhereItIsNotKnownHowMuchWasAcknowledged() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    Files.delete(store.resolve("shard-0000/durable-mark"));

    // when
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then
    assertThat(repaired.condition().shards().get(0).logs())
        .isNotEmpty()
        .allSatisfy(log -> assertThat(log.newEpoch()).isNotZero());
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldNotTakeAnUnfinishedShardForARepairedOne() throws IOException {
    // given a repair that was killed while it built
    Path store = filled(History.PLAIN);
    Stores.copy(store.resolve("shard-0000"), store.resolve("shard-0000.building"));
    Files.move(store.resolve("shard-0000"), directory.resolve("elsewhere"));

    // when, then
    assertThat(verify(store).isWhole()).isFalse();
    assertThatThrownBy(() -> repair(store, new ArrayList<>())).isInstanceOf(StorageException.class);
  }

  @Test
  void shouldSayThatARepairIsToBeEnded() throws IOException {
    // given one that was killed between its two renames
    Path store = filled(History.PLAIN);
    Files.move(store.resolve("shard-0000"), store.resolve("shard-0000.repaired"));

    // when
    DirectoryCondition found = verify(store);

    // then
    assertThat(found.shards().get(0).damage())
        .singleElement()
        .asString()
        .contains("another one ends it");
    assertThat(found.shards().get(0).operationCount()).isPositive();
    assertThat(repair(store, new ArrayList<>()).finished()).containsExactly(0);
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldTellOfAShardBeforeItTakesItsPlace() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    halveWriteAheadLog(store);
    RepairListener killed =
        new RepairListener() {
          @Override
          public void built(ShardCondition condition) {
            assertThat(condition.logs())
                .isNotEmpty()
                .allSatisfy(log -> assertThat(log.newEpoch()).isNotZero());
            throw new IllegalStateException("killed");
          }
        };

    // when
    try (DamagedDirectory damaged = DamagedDirectory.open(store, killed)) {
      assertThatThrownBy(() -> damaged.repair(Stores.OPTIONS, () -> 7)).hasMessage("killed");
    }

    // then nothing has changed
    assertThat(verify(store).isWhole()).isFalse();
    assertThat(store.resolve("shard-0000.damaged-1")).doesNotExist();
  }

  @Test
  void shouldChangeNothingWhereOneOfTheShardsCannotBeRepaired() throws IOException {
    // given two shards, of which one is damaged, and another beyond repair
    Path store = directory.resolve("two");
    StorageOptions two = new StorageOptions(2, 16L << 20, 4L << 20, 64L << 20);
    try (DataDirectory data = DataDirectory.open(store, two);
        EventLog first = data.openShard(0);
        EventLog second = data.openShard(1)) {
      for (EventLog log : List.of(first, second)) {
        log.apply(entry(log, Entries.createSwarm(swarmOf(log == first ? 0 : 1))));
        log.sync();
      }
    }
    Files.delete(store.resolve("shard-0000/durable-mark"));
    Files.write(store.resolve("shard-0001/rocksdb/CURRENT"), new byte[0]);
    List<RepairListener> told = new ArrayList<>();
    RepairListener listener =
        new RepairListener() {
          @Override
          public void built(ShardCondition condition) {
            told.add(this);
          }
        };

    // when
    try (DamagedDirectory damaged = DamagedDirectory.open(store, listener)) {
      assertThat(damaged.verify().isRepairable()).isFalse();
      assertThatThrownBy(() -> damaged.repair(Stores.OPTIONS, () -> 7))
          .hasMessageContaining("nothing was changed");
    }

    // then
    assertThat(told).isEmpty();
    try (Stream<Path> entries = Files.list(store)) {
      assertThat(
              entries.map(entry -> entry.getFileName().toString()).filter(n -> n.contains("shard")))
          .containsExactlyInAnyOrder("shard-0000", "shard-0001");
    }
  }

  /** A name that lies on this one of two shards. */
  private static String swarmOf(int shard) {
    return Stream.iterate(0, i -> i + 1)
        .map(i -> "swarm-" + i)
        .filter(name -> Slots.shardOf(name, 2) == shard)
        .findFirst()
        .orElseThrow();
  }

  /** What stands where a file or a folder belongs. */
  @ParameterizedTest
  @CsvSource({
    "FORMAT, true",
    "shard-0000, false",
    "shard-0000/durable-mark, true",
    "shard-0000/rocksdb, false",
    "shard-0000/rocksdb/CURRENT, true",
    "telemetry, false"
  })
  void shouldSayWhatIsNoFileOrNoFolder(String name, boolean file) throws IOException {
    // given
    Path store = filled(History.PLAIN);
    Path path = store.resolve(name);
    Files.move(path, directory.resolve("elsewhere"));
    if (file) {
      Files.createDirectory(path);
    } else {
      Files.createFile(path);
    }

    // when, then
    String expected = path + " to be " + (file ? "a file" : "a folder");
    assertThatThrownBy(() -> verify(store)).hasMessageContaining(expected);
    assertThatThrownBy(() -> repair(store, new ArrayList<>())).hasMessageContaining(expected);
    assertThatThrownBy(() -> Stores.with(store, Stores::digest)).hasMessageContaining(expected);
  }

  @Test
  void shouldNotTakeAnotherShardForWhole() throws IOException {
    // given the only shard of a directory, in one that says it has two
    Path store = filled(History.PLAIN);
    try (SharedResources shared = new SharedResources(Stores.OPTIONS);
        DamagedDirectory locked = DamagedDirectory.open(store, RepairListener.NONE)) {
      ShardRepair asAnother =
          new ShardRepair(
              new ShardDirectory(store.resolve("shard-0000"), 1, 2), RepairListener.NONE);

      // when, then
      assertThat(asAnother.verify().damage())
          .anyMatch(damage -> damage.contains("Expected shard 1 of 2, but found shard 0 of 1"));
      assertThatThrownBy(() -> asAnother.prepare(shared, () -> 1))
          .hasMessageContaining("back where they were");
      assertThat(locked.verify().isWhole()).isTrue();
    }
  }

  @Test
  void shouldFindTelemetryThatACoordinatorWouldRefuse() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      assertThat(telemetry).isNotNull();
    }
    try (Stream<Path> files = Files.list(store.resolve("telemetry/rocksdb"))) {
      for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        Files.delete(log);
      }
    }
    try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS)) {
      assertThatThrownBy(data::openTelemetry).isInstanceOf(StorageException.class);
    }

    // when
    DirectoryCondition found = verify(store);
    repair(store, new ArrayList<>());

    // then
    assertThat(found.telemetryDamage()).isNotEmpty();
    try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      assertThat(telemetry).isNotNull();
    }
  }

  @Test
  void shouldNotBeginTelemetryAnewThatHasLostItsListOfFiles() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      assertThat(telemetry).isNotNull();
    }
    Files.delete(store.resolve("telemetry/rocksdb/CURRENT"));

    // when, then
    for (int i = 0; i < 2; i++) {
      try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS)) {
        assertThatThrownBy(data::openTelemetry).hasMessageContaining("CURRENT");
      }
      assertThat(verify(store).telemetryDamage()).isNotEmpty();
    }
    assertThat(repair(store, new ArrayList<>()).keptAside()).isNotEmpty();
    try (DataDirectory data = DataDirectory.open(store, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      assertThat(telemetry).isNotNull();
    }
  }

  @Test
  void shouldReadFilesThatLieElsewhere() throws IOException {
    // given a file of rows behind a relative symbolic link, and damage elsewhere
    Path store = filled(History.PLAIN);
    Stores.with(store, EventLog::appliedIndex);
    Logs before = logs(store);
    Path rows = Stores.filesOf(store, Family.LOG).get(0);
    Path elsewhere = Files.createDirectory(store.resolve("elsewhere"));
    Files.move(rows, elsewhere.resolve(rows.getFileName()));
    Files.createSymbolicLink(rows, Path.of("../../elsewhere").resolve(rows.getFileName()));
    Loss.NO_FOOTER.inflict(Stores.filesOf(store, Family.STATE).get(0));

    // when
    repair(store, new ArrayList<>());

    // then
    assertThat(Stores.with(store, log -> logs(log, before.horizons())).operations())
        .isEqualTo(before.operations());
  }

  private static void publish(EventLog log, Log to, String value) {
    Topic topic = to == Log.LOG_CONTROL ? Topic.TOPIC_CONTROL : Topic.TOPIC_COMMANDS;
    append(value, log, Entries.SWARM, to, Entries.keyed(topic, Entries.ALL, "key", value));
  }

  /** Appends one operation, durably. */
  private static void append(
      String context, EventLog log, String swarm, Log to, PublishRecord record) {
    var applied = log.apply(entry(log, Entries.append(Entries.publish(swarm, to, record).build())));
    log.sync();
    assertThat(applied.outcomes())
        .as(context)
        .isNotEmpty()
        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.Appended.class));
  }

  private static Entry entry(EventLog log, Command command) {
    return Entry.newBuilder()
        .setVersion(EventLog.ENTRY_VERSION)
        .setIndex(log.appliedIndex() + 1)
        .setLoggedUnixNano(log.loggedUnixNs() + 1)
        .addCommands(command)
        .build();
  }

  /** Flips a bit where a text stands first. */
  private static void damage(Path file, String text) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(at).as(text).isPositive();
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  private static void halveWriteAheadLog(Path store) throws IOException {
    Path wal = last(Stores.databaseFiles(store, "\\d+\\.log"));
    byte[] bytes = Files.readAllBytes(wal);
    Files.write(wal, Arrays.copyOf(bytes, bytes.length / 2));
  }

  private static int indexOf(byte[] bytes, String text) {
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(at).as(text).isNotNegative();
    return at;
  }

  @Test
  void shouldReportHowManyEntriesAreLostAtTheEnd() throws IOException {
    // given
    Path store = filled(History.PLAIN);
    halveWriteAheadLog(store);

    // when
    DirectoryCondition found = verify(store);
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then
    assertThat(found.shards().get(0).lostEntries()).isBetween(1L, (long) ENTRIES);
    assertThat(repaired.condition().shards().get(0).logs())
        .isNotEmpty()
        .allSatisfy(log -> assertThat(log.newEpoch()).isNotZero());
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldRepairWhereEntriesSpanBlocksOfTheWriteAheadLog() throws IOException {
    // given entries larger than the 32 KiB in which RocksDB writes its log
    Path store = directory.resolve("large");
    Stores.with(
        store,
        log -> {
          Stores.fill(log, 1, /* durable= */ true);
          for (int i = 0; i < 30; i++) {
            append(
                "key-" + i,
                log,
                Entries.SWARM,
                Log.LOG_MAIN,
                Entries.keyed("key-" + i, "x".repeat(100_000)));
          }
          return log;
        });
    Path wal = last(Stores.databaseFiles(store, "\\d+\\.log"));
    byte[] bytes = Files.readAllBytes(wal);
    bytes[bytes.length / 2] ^= 1;
    Files.write(wal, bytes);

    // when
    DirectoryCondition found = verify(store);
    List<Operation> cutOff = new ArrayList<>();
    repair(store, cutOff);

    // then just the one that was hit is lost, and what lies behind it is handed out
    LogCondition log = main(found);
    assertThat(log.headOpId()).as(found.toString()).isEqualTo(30);
    assertThat(log.lost())
        .containsExactly(new OpRange(log.wholeThroughOpId() + 1, log.wholeThroughOpId() + 1));
    assertThat(cutOff).hasSize((int) (29 - log.wholeThroughOpId()));
    assertThat(verify(store).isWhole()).isTrue();
  }

  /** What becomes of the blocks of 32 KiB of a write-ahead log. */
  enum Blocks {
    REPEATED {
      @Override
      List<byte[]> of(List<byte[]> blocks) {
        blocks.add(2, blocks.get(1));
        return blocks;
      }
    },
    SWAPPED {
      @Override
      List<byte[]> of(List<byte[]> blocks) {
        Collections.swap(blocks, 1, 2);
        return blocks;
      }
    },
    MISSING {
      @Override
      List<byte[]> of(List<byte[]> blocks) {
        blocks.remove(1);
        return blocks;
      }
    },
    APPENDED_TO_THEMSELVES {
      @Override
      List<byte[]> of(List<byte[]> blocks) {
        blocks.addAll(List.copyOf(blocks));
        return blocks;
      }
    };

    abstract List<byte[]> of(List<byte[]> blocks);
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepWhatFilesHoldWhereBlocksOfTheLogAreNotAsTheyWereWritten(Blocks found)
      throws IOException {
    // given operations in files, and others of which some span blocks
    Path store = directory.resolve("store");
    fill(History.PLAIN, store);
    long inFiles = logs(store).operations().get(Log.LOG_MAIN).size();
    Stores.with(
        store,
        log -> {
          for (int i = 0; i < 40; i++) {
            append("more", log, Entries.SWARM, Log.LOG_MAIN, Entries.event("x".repeat(3_000 + i)));
          }
          return log;
        });
    Path wal = last(Stores.databaseFiles(store, "\\d+\\.log"));
    byte[] bytes = Files.readAllBytes(wal);
    List<byte[]> blocks = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += WriteAheadRecords.BLOCK_BYTES) {
      int end = Math.min(bytes.length, at + WriteAheadRecords.BLOCK_BYTES);
      blocks.add(Arrays.copyOfRange(bytes, at, end));
    }
    assertThat(blocks).hasSizeGreaterThan(3);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    found.of(blocks).forEach(written::writeBytes);
    Files.write(wal, written.toByteArray());

    // when
    DirectoryCondition condition = verify(store);
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then
    assertThat(condition.isWhole()).isFalse();
    LogCondition log = main(repaired.condition());
    assertThat(log.wholeThroughOpId()).isGreaterThan(inFiles);
    assertThat(log.newEpoch()).isNotZero();
    assertThat(verify(store).isWhole()).isTrue();
    assertGoesOn(found.toString(), store);
  }

  /** With fewer groups than are remembered, and with more. */
  @ParameterizedTest
  @CsvSource({"10, 4, 3", "3000, 1000, 0", "3000, 2500, 2499"})
  void shouldHaveProducersGoOnBehindTheirLastGroupThatIsKept(int groups, int lost, int kept)
      throws IOException {
    // given groups of one producer, and one that is damaged
    Path store = directory.resolve("numbered");
    Stores.with(
        store,
        log -> {
          Stores.fill(log, 1, /* durable= */ true);
          for (int i = 1; i <= groups; i++) {
            PublishRecord record = Entries.event("text " + i + ".");
            log.apply(entry(log, Entries.append(Entries.publish("filler", 1, i, record).build())));
          }
          log.sync();
          return log;
        });
    damage(last(Stores.databaseFiles(store, "\\d+\\.log")), "text " + lost + ".");

    // when
    repair(store, new ArrayList<>());

    // then who asks to go on learns how many are left
    List<Outcome> outcomes =
        Stores.with(
                store,
                log ->
                    log.apply(
                        entry(log, Entries.openProducer(Entries.SWARM, "filler", Log.LOG_MAIN, 1))))
            .outcomes();
    assertThat(outcomes).containsExactly(new Outcome.ProducerOpened(1, kept + 1L));
  }

  /** As long as the log holds what was refused, and where only what came again is left of it. */
  @ParameterizedTest
  @CsvSource({"0, false, 2", "2, false, 2", "0, true, 3"})
  void shouldGiveARefusedOperationAgainWhereTheLastTimeIsCutOff(
      long horizonOpId, boolean refusedAgain, int attempts) throws IOException {
    // given that an agent refused operation 2 and was given it again as 6
    Path store = directory.resolve("refused");
    Command release =
        Command.newBuilder().setReleaseRetries(ReleaseRetries.getDefaultInstance()).build();
    Stores.with(
        store,
        log -> {
          Stores.fill(log, 1, /* durable= */ true);
          for (int i = 1; i <= 5; i++) {
            append("filling", log, Entries.SWARM, Log.LOG_MAIN, Entries.event("text " + i + "."));
          }
          log.apply(entry(log, Entries.refusal("agent", 2, Reaction.REACTION_RETRY, 0)));
          log.apply(entry(log, release));
          log.apply(entry(log, Entries.compact(Log.LOG_MAIN, horizonOpId)));
          if (refusedAgain) {
            log.apply(entry(log, Entries.refusal("agent", 6, Reaction.REACTION_RETRY, 0)));
          }
          log.sync();
          return log;
        });
    damage(last(Stores.databaseFiles(store, "\\d+\\.log")), "text 4.");

    // when
    repair(store, new ArrayList<>());

    // then it comes once more, and what the agent says of that is heard
    Stores.with(
        store,
        log -> {
          assertThat(log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(3);
          assertThat(log.apply(entry(log, release)).outcomes())
              .containsExactly(new Outcome.RetriesReleased(1, 0));
          List<Operation> operations =
              logs(log, Map.of(Log.LOG_MAIN, 3L)).operations().get(Log.LOG_MAIN);
          assertThat(operations)
              .singleElement()
              .satisfies(
                  again -> {
                    assertThat(again.getOrigin().getOpId()).isEqualTo(2);
                    assertThat(again.getPayload()).isEqualTo(Entries.payload("text 2."));
                    assertThat(again.getTarget()).isEqualTo(Entries.agent("agent"));
                  });
          assertThat(
                  log.apply(entry(log, Entries.refusal("agent", 4, Reaction.REACTION_RETRY, 0)))
                      .outcomes())
              .singleElement()
              .isInstanceOfSatisfying(
                  Outcome.OperationRefused.class,
                  refused -> assertThat(refused.attempts()).isEqualTo(attempts));
          return log;
        });
    assertThat(verify(store).isWhole()).isTrue();
  }

  @Test
  void shouldRepairWhatHasLostAFile() throws IOException {
    // given
    Path store = filled(History.COMPACTED);
    Stores.with(store, EventLog::appliedIndex);
    List<Path> files = Stores.databaseFiles(store, "\\d+\\.sst");

    for (Path file : files) {
      Path damaged = directory.resolve("without-" + file.getFileName());
      Stores.copy(store, damaged);
      Files.delete(damaged.resolve("shard-0000/rocksdb").resolve(file.getFileName()));

      // when
      DirectoryCondition found = verify(damaged);
      repair(damaged, new ArrayList<>());

      // then
      assertThat(found.isWhole()).as(file.toString()).isFalse();
      assertThat(verify(damaged).isWhole()).as(file.toString()).isTrue();
    }
  }

  /** What becomes of a file of rows. */
  enum Loss {
    MISSING {
      @Override
      void inflict(Path file) throws IOException {
        Files.delete(file);
      }
    },
    NO_FOOTER {
      @Override
      void inflict(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
      }
    },
    EMPTY {
      @Override
      void inflict(Path file) throws IOException {
        Files.write(file, new byte[0]);
      }
    },
    ANOTHER {
      @Override
      void inflict(Path file) throws IOException {
        try (Stream<Path> files = Files.list(file.resolveSibling("."))) {
          Path other =
              files
                  .filter(found -> found.toString().endsWith(".sst"))
                  .filter(found -> !found.getFileName().equals(file.getFileName()))
                  .min(Comparator.naturalOrder())
                  .orElseThrow();
          Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    };

    abstract void inflict(Path file) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepWhatOtherFilesHoldWhereOneCannotBeRead(Loss loss) throws IOException {
    // given a store of two files of each family, of which the second one of operations is lost
    Path store = directory.resolve("store");
    fill(History.PLAIN, store);
    Logs first = logs(store);
    fill(History.PLAIN, store);
    Logs both = logs(store);
    Path lost = last(Stores.filesOf(store, Family.LOG));
    loss.inflict(lost);

    // when
    DirectoryCondition found = verify(store);
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then
    assertThat(found.shards().get(0).damage())
        .anyMatch(damage -> damage.contains(lost.getFileName().toString()));
    Logs after = Stores.with(store, log -> logs(log, both.horizons()));
    assertThat(after.operations()).isEqualTo(first.operations());
    for (LogCondition log : repaired.condition().shards().get(0).logs()) {
      long kept = first.operations().get(log.log()).size();
      long all = both.operations().get(log.log()).size();
      assertThat(log.lost()).containsExactly(new OpRange(kept + 1, all));
      assertThat(log.newEpoch()).isNotZero();
    }
    assertThat(verify(store).isWhole()).isTrue();
    assertGoesOn(loss.toString(), store);
  }

  @ParameterizedTest
  @EnumSource
  void shouldKeepNamesAndHorizonsWhereTheLastFileOfMetaIsLost(Loss loss) throws IOException {
    // given a store that has been compacted since the first file of meta was written
    Path store = directory.resolve("store");
    fill(History.COMPACTED, store);
    fill(History.COMPACTED, store);
    Logs before = logs(store);
    loss.inflict(last(Stores.filesOf(store, Family.META)));

    // when
    DamagedDirectory.Repaired repaired = repair(store, new ArrayList<>());

    // then all operations are there, and agents are told
    List<LogCondition> logs = repaired.condition().shards().get(0).logs();
    assertThat(logs)
        .isNotEmpty()
        .allSatisfy(
            log -> {
              assertThat(log.swarm()).isEqualTo(Entries.SWARM);
              assertThat(log.newEpoch()).isNotZero();
            });
    assertThat(Stores.with(store, log -> logs(log, before.horizons())).operations())
        .isEqualTo(before.operations());
    // and so are publishers, whose answers are lost
    Entry next = Stores.with(store, log -> History.COMPACTED.entries.apply(log.appliedIndex() + 1));
    assertThat(Stores.with(store, log -> log.apply(next)).outcomes())
        .anySatisfy(
            outcome ->
                assertThat(outcome)
                    .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused ->
                            assertThat(refused.reason())
                                .isEqualTo(ErrorReason.ERROR_REASON_PRODUCER_FENCED)));
    assertThat(verify(store).isWhole()).isTrue();
    assertGoesOn(loss.toString(), store);
  }

  @Test
  void shouldReadOnBehindALostFileOfALowerLevel() throws IOException {
    // given so many operations that compactions have cut them into files that follow each other
    Path store = directory.resolve("store");
    Random random = new Random(1);
    byte[] value = new byte[1_500];
    try (DataDirectory data = DataDirectory.open(store, Stores.SMALL_BUFFERS);
        EventLog log = data.openShard(0)) {
      Stores.fill(log, 1, /* durable= */ true);
      for (int i = 0; i < 3_000; i++) {
        random.nextBytes(value);
        String text = HexFormat.of().formatHex(value);
        append("filling", log, Entries.SWARM, Log.LOG_MAIN, Entries.event(text));
      }
    }
    List<LiveFileMetaData> lower =
        Stores.liveFiles(store, Family.LOG).stream()
            .filter(file -> file.level() > 0)
            .sorted(Comparator.comparing(LiveFileMetaData::smallestKey, Arrays::compareUnsigned))
            .toList();
    assertThat(lower).hasSizeGreaterThan(2);
    LiveFileMetaData lost = lower.get(lower.size() / 2);
    Files.delete(Path.of(lost.path(), lost.fileName()));

    // when
    DirectoryCondition found = verify(store);

    // then
    LogCondition log = main(found);
    OpRange range = new OpRange(opId(lost.smallestKey()), opId(lost.largestKey()));
    assertThat(log.lost()).containsExactly(range);
    assertThat(log.cutOff()).containsExactly(new OpRange(range.last() + 1, 3_000));
  }

  private static LogCondition main(DirectoryCondition condition) {
    return condition.shards().get(0).logs().stream()
        .filter(log -> log.log() == Log.LOG_MAIN)
        .findFirst()
        .orElseThrow();
  }

  private static long opId(byte[] key) {
    return ByteBuffer.wrap(key, key.length - Long.BYTES, Long.BYTES).getLong();
  }

  @Test
  void shouldGoOnWithARepairThatWasInterrupted() throws IOException {
    // given a repair that was killed between its two renames
    Path store = filled(History.PLAIN);
    halveWriteAheadLog(store);
    repair(store, new ArrayList<>());
    String digest = Stores.with(store, Stores::digest);
    Files.move(store.resolve("shard-0000"), store.resolve("shard-0000.repaired"));
    assertThatThrownBy(() -> Stores.with(store, Stores::digest))
        .isInstanceOf(StorageException.class);

    // when
    repair(store, new ArrayList<>());

    // then
    assertThat(Stores.with(store, Stores::digest)).isEqualTo(digest);
  }

  /**
   * Rows that are in one of them only, or differ. Of events that expire it is not known whether
   * they have: their rows come again, and go with the next entry that lets things expire.
   */
  private static List<String> differences(Map<String, String> before, Map<String, String> after) {
    List<String> differences = new ArrayList<>();
    before.forEach(
        (key, value) -> {
          if (!value.equals(after.get(key))) {
            differences.add("- " + key + " " + value + " / " + after.get(key));
          }
        });
    after.forEach(
        (key, value) -> {
          if (!before.containsKey(key) && !isExpiryOfAnEvent(key, value)) {
            differences.add("+ " + key + " " + value);
          }
        });
    return differences;
  }

  private static boolean isExpiryOfAnEvent(String key, String value) {
    boolean expiry =
        key.startsWith("coordination") && key.startsWith("02", "coordination ".length() + 20);
    return expiry && value.endsWith("0000");
  }

  private Path filled(History history) {
    Path store = directory.resolve("store");
    fill(history, store);
    return store;
  }

  private static void fill(History history, Path store) {
    Stores.with(
        store,
        log -> {
          Stores.fill(log, history.entries, ENTRIES, /* durable= */ true);
          return log;
        });
  }

  private static DirectoryCondition verify(Path store) {
    try (DamagedDirectory directory = DamagedDirectory.open(store, RepairListener.NONE)) {
      return directory.verify();
    }
  }

  private static DamagedDirectory.Repaired repair(Path store, List<Operation> cutOff) {
    RepairListener listener =
        new RepairListener() {
          @Override
          public void cutOff(String swarm, Log log, Operation operation) {
            cutOff.add(operation);
          }
        };
    AtomicLong epochs = new AtomicLong(1_000);
    try (DamagedDirectory directory = DamagedDirectory.open(store, listener)) {
      return directory.repair(Stores.OPTIONS, epochs::incrementAndGet);
    }
  }

  private Map<String, String> rebuilt(Path store) {
    try (DamagedDirectory locked = DamagedDirectory.open(store, RepairListener.NONE);
        SharedResources shared = new SharedResources(Stores.OPTIONS)) {
      ShardRepair repair =
          new ShardRepair(
              new ShardDirectory(store.resolve("shard-0000"), 0, 1), RepairListener.NONE);
      assertThat(repair.prepareAll(shared, () -> 1).built()).isTrue();
      assertThat(repair.install()).exists();
      assertThat(locked).isNotNull();
    }
    return rows(store);
  }

  private static Map<String, String> rows(Path store) {
    Map<String, String> rows = new TreeMap<>();
    HexFormat hex = HexFormat.of();
    Stores.with(
        store,
        log -> {
          log.dump(
              (Row row) ->
                  rows.put(
                      row.family() + " " + hex.formatHex(row.key()), hex.formatHex(row.value())));
          return log;
        });
    return rows;
  }

  /** The operations of the only swarm above the horizons, and the horizons. */
  private record Logs(Map<Log, List<Operation>> operations, Map<Log, Long> horizons) {}

  private static Logs logs(Path store) {
    return Stores.with(
        store,
        log ->
            logs(
                log,
                Map.of(
                    Log.LOG_MAIN, log.horizonOpId(Entries.SWARM, Log.LOG_MAIN),
                    Log.LOG_CONTROL, log.horizonOpId(Entries.SWARM, Log.LOG_CONTROL))));
  }

  private static Logs logs(EventLog log, Map<Log, Long> horizons) {
    Map<Log, List<Operation>> logs = new TreeMap<>();
    horizons.forEach((of, horizon) -> logs.put(of, new ArrayList<>()));
    log.dump(
        row -> {
          if (row.family().equals("log")) {
            Operation operation = parse(row.value());
            Log of = Log.forNumber(row.key()[10]);
            if (operation.getOpId() > horizons.get(of)) {
              logs.get(of).add(operation);
            }
          }
        });
    return new Logs(logs, horizons);
  }

  private static Operation parse(byte[] row) {
    try {
      return Operation.parseFrom(Arrays.copyOfRange(row, 16, row.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String flip(Random random, Path store, Place place) throws IOException {
    List<Path> files =
        Stores.databaseFiles(store, place.files).stream()
            .filter(file -> file.toFile().length() > 0)
            .toList();
    Path file = files.get(random.nextInt(files.size()));
    byte[] bytes = Files.readAllBytes(file);
    int at = random.nextInt(bytes.length);
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    Files.write(file, bytes);
    return file.getFileName() + " byte " + at + " of " + bytes.length;
  }

  private static Path last(List<Path> files) {
    return files.get(files.size() - 1);
  }
}
