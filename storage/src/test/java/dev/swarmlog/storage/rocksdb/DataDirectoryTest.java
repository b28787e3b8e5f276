package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.WriteSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {

  @TempDir private Path directory;

  @Test
  void shouldKeepEverythingOverARestart() {
    // given
    Path data = directory.resolve("data");
    String before =
        Stores.with(
            data,
            log -> {
              Stores.fill(log, 20, /* durable= */ true);
              return Stores.digest(log);
            });

    // when
    String after =
        Stores.with(
            data,
            log -> {
              assertThat(log.appliedIndex()).isEqualTo(20);
              assertThat(log.durableIndex()).isEqualTo(20);
              assertThat(log.loggedUnixNs()).isEqualTo(Entries.START_UNIX_NS + 20);
              assertThat(log.swarm(Entries.SWARM).orElseThrow().mainHead().getOpId()).isEqualTo(61);
              return Stores.digest(log);
            });

    // then
    assertThat(after).isEqualTo(before);
  }

  @Test
  void shouldGoOnAfterARestartAsIfThereHadBeenNone() {
    // given
    Path stopped = directory.resolve("stopped");
    for (int part = 0; part < 4; part++) {
      Stores.with(stopped, log -> filled(log, 15));
    }

    // when
    String straight = Stores.with(directory.resolve("straight"), log -> filled(log, 60));

    // then
    assertThat(Stores.with(stopped, Stores::digest)).isEqualTo(straight);
  }

  @Test
  void shouldKeepItsShardCountWhateverIsAskedFor() {
    // given
    DataDirectory.open(directory, Stores.OPTIONS.withShardCount(3)).close();

    // when
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS.withShardCount(8))) {
      // then
      assertThat(data.shardCount()).isEqualTo(3);
      for (int shard = 0; shard < 3; shard++) {
        data.openShard(shard).close();
      }
      assertThatThrownBy(() -> data.openShard(3)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void shouldRefuseWhileItIsOpen() {
    // given
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS)) {
      assertThat(data.path()).isEqualTo(directory);

      // then
      assertRefused(
          directory, StorageException.Kind.LOCKED, String.valueOf(ProcessHandle.current().pid()));
    }
    DataDirectory.open(directory, Stores.OPTIONS).close();
  }

  @Test
  void shouldRefuseShardThatIsOpen() {
    // given
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS);
        EventLog log = data.openShard(0)) {
      assertThat(log.appliedIndex()).isZero();

      // then
      assertThatThrownBy(() -> data.openShard(0))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.LOCKED));
    }
  }

  @Test
  void shouldRefuseWhatIsNotOursAndLeaveItAlone() throws IOException {
    // given
    Files.writeString(directory.resolve("thesis.txt"), "mine");

    // then
    assertRefused(directory, StorageException.Kind.FOREIGN, "thesis.txt");
    assertRefused(directory.resolve("thesis.txt"), StorageException.Kind.FOREIGN, "directory");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("thesis.txt"));
    }
  }

  @Test
  void shouldCallAnEmptyFormatFileBesideShardsDamageAndNotAForeignDirectory() throws Exception {
    // given
    try (DataDirectory created = DataDirectory.open(directory, Stores.OPTIONS)) {
      created.openShard(0).close();
    }
    // when
    Files.write(directory.resolve("FORMAT"), new byte[0]);
    // then
    assertRefused(directory, StorageException.Kind.BEYOND_REPAIR, "FORMAT");
  }

  @Test
  void shouldRefuseAForeignFormatFile() throws IOException {
    // given
    Files.writeString(directory.resolve("FORMAT"), "jpeg\n");

    // then
    assertRefused(directory, StorageException.Kind.FOREIGN, "FORMAT");
  }

  @Test
  void shouldRefuseANewerFormat() throws IOException {
    // given
    DataDirectory.open(directory, Stores.OPTIONS).close();
    Files.writeString(
        directory.resolve("FORMAT"), "swarmlog data directory\nformat 2\nwhatever comes then\n");

    // then
    assertRefused(directory, StorageException.Kind.NEWER_FORMAT, "format 2");
  }

  @Test
  void shouldRefuseAShardOfANewerFormat() {
    // given
    Stores.with(directory, log -> filled(log, 3));
    SharedResources shared = new SharedResources(Stores.OPTIONS);
    RocksStore store =
        RocksStore.open(
            directory.resolve("shard-0000").resolve("rocksdb"), KeyValueEventLog.FAMILIES, shared);
    WriteSet changes = store.newWriteSet();
    byte[] key = HexFormat.of().parseHex("ffff" + "00".repeat(8) + "01");
    changes.put(Family.META, key, ByteBuffer.allocate(12).putInt(99).putInt(0).putInt(1).array());
    store.write(changes);
    store.sync();
    store.close();
    shared.close();

    // then
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS)) {
      assertThatThrownBy(() -> data.openShard(0))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NEWER_FORMAT))
          .hasMessageContaining("format 99");
    }
  }

  @Test
  void shouldRefuseADamagedFormatFile() throws IOException {
    // given
    DataDirectory.open(directory, Stores.OPTIONS).close();
    Path format = directory.resolve("FORMAT");
    String text = Files.readString(format);

    for (String damaged :
        List.of(
            text.replace("shards 1", "shards 3"),
            text.replace("shards 1", "shards x"),
            text.replace("format 1", "format 0"),
            text.substring(0, text.length() / 2))) {
      // when
      Files.writeString(format, damaged);

      // then
      assertRefused(directory, StorageException.Kind.BEYOND_REPAIR, "FORMAT");
    }
  }

  @Test
  void shouldRefuseShardsWithoutTheirFormatFile() throws IOException {
    // given
    Stores.with(directory, log -> filled(log, 3));

    // when
    Files.delete(directory.resolve("FORMAT"));

    // then
    assertRefused(directory, StorageException.Kind.DAMAGED, "FORMAT");
  }

  @Test
  void shouldFinishACreationThatWasInterrupted() throws IOException {
    // given
    DataDirectory.open(directory, Stores.OPTIONS.withShardCount(2)).close();
    Files.delete(directory.resolve("FORMAT"));
    Files.writeString(directory.resolve("FORMAT.tmp"), "swarmlog da");

    // when
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS.withShardCount(2))) {
      // then
      data.openShard(1).close();
    }
  }

  @Test
  void shouldRefuseShardsThatChangedPlaces() throws IOException {
    // given
    StorageOptions two = Stores.OPTIONS.withShardCount(2);
    try (DataDirectory data = DataDirectory.open(directory, two)) {
      data.openShard(0).close();
      data.openShard(1).close();
    }

    // when
    Files.move(directory.resolve("shard-0000"), directory.resolve("aside"));
    Files.move(directory.resolve("shard-0001"), directory.resolve("shard-0000"));

    // then
    try (DataDirectory data = DataDirectory.open(directory, two)) {
      assertThatThrownBy(() -> data.openShard(0))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DAMAGED))
          .hasMessageContaining("shard 1 of 2");
    }
  }

  @Test
  void shouldRefuseAReadOnlyMount() throws Exception {
    // given
    Path mountPoint = Files.createDirectory(directory.resolve("mount"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64m", "swarmlog-test", mountPoint.toString()),
        "this process may not mount file systems");
    try {
      Path data = mountPoint.resolve("data");
      Stores.with(data, log -> filled(log, 3));
      assertThat(run("mount", "-o", "remount,ro", mountPoint.toString())).isTrue();

      // then
      assertRefused(data, StorageException.Kind.READ_ONLY, "read-only");
      assertRefused(mountPoint.resolve("new"), StorageException.Kind.READ_ONLY, "read-only");
    } finally {
      run("umount", mountPoint.toString());
    }
  }

  @Test
  void shouldSayWhenTheDeviceIsFull() throws Exception {
    // given
    Path mountPoint = Files.createDirectory(directory.resolve("mount"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=2m", "swarmlog-test", mountPoint.toString()),
        "this process may not mount file systems");
    try {
      Path data = mountPoint.resolve("data");

      // then
      assertThatThrownBy(() -> Stores.with(data, log -> filled(log, 20_000)))
          .isInstanceOfSatisfying(
              StorageException.class,
              e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.DISK_FULL));
    } finally {
      run("umount", mountPoint.toString());
    }
  }

  @Test
  void shouldOpenTelemetryBesideShards() {
    // given
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS);
        EventLog log = data.openShard(0);
        TelemetryLog telemetry = data.openTelemetry()) {
      // then
      assertThat(log.appliedIndex()).isZero();
      assertThat(telemetry.readLatest(Entries.SWARM, 10)).isEmpty();
    }
  }

  @Test
  void shouldMakeTelemetryAnewWhereItHasBeenRemoved() {
    // given
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      assertThat(telemetry).isNotNull();
    }
    Directories.removeAll(directory.resolve("telemetry"));

    // when
    try (DataDirectory data = DataDirectory.open(directory, Stores.OPTIONS);
        TelemetryLog telemetry = data.openTelemetry()) {
      // then
      assertThat(telemetry.readLatest(Entries.SWARM, 10)).isEmpty();
    }
  }

  private static String filled(EventLog log, int entryCount) {
    Stores.fill(log, entryCount, /* durable= */ true);
    return Stores.digest(log);
  }

  private static void assertRefused(Path path, StorageException.Kind kind, String mentioning) {
    assertThatThrownBy(() -> DataDirectory.open(path, Stores.OPTIONS))
        .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageStartingWith("Expected")
        .hasMessageContaining(mentioning);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
