package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.Expire;
import dev.swarmlog.storage.v1.ReleaseRetries;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Fills, copies and compares stores for tests. */
final class Stores {

  /** Small, so that many can be open. */
  static final StorageOptions OPTIONS = new StorageOptions(1, 16L << 20, 4L << 20, 64L << 20);

  /** As small as they may be, so that files are written and compacted soon. */
  static final StorageOptions SMALL_BUFFERS = new StorageOptions(1, 4L << 20, 1L << 20, 64L << 20);

  private static final String PRODUCER = "filler";

  private Stores() {}

  /**
   * The n-th entry of a fixed sequence: the first creates a swarm, the others append to it in all
   * ways.
   */
  static Entry entry(long index) {
    List<Command> commands = new ArrayList<>();
    if (index == 1) {
      commands.add(Entries.createSwarm(Entries.SWARM));
      commands.add(Entries.openProducer(Entries.SWARM, PRODUCER, Log.LOG_MAIN, 0));
    } else {
      String text = "value " + index + " ".repeat((int) (index % 7) * 40);
      PublishRecord[] records = {
        Entries.event(Topic.TOPIC_COMMANDS, Entries.agent("agent-" + index % 5), text),
        Entries.keyed("key-" + index % 11, text),
        index % 4 == 0
            ? Entries.tombstone(Topic.TOPIC_RECONCILIATION, Entries.ALL, "key-" + index % 3)
            : Entries.keyed(Topic.TOPIC_ALERTS, Entries.role("watcher"), "level", text)
      };
      commands.add(Entries.append(Entries.publish(PRODUCER, 1, index - 1, records).build()));
      addOccasional(index, commands);
    }
    return Entry.newBuilder()
        .setVersion(EventLog.ENTRY_VERSION)
        .setIndex(index)
        .setLoggedUnixNano(Entries.START_UNIX_NS + index)
        .addAllCommands(commands)
        .build();
  }

  /** The n-th entry of the same sequence with keys and events that expire: ours since format 2. */
  static Entry expiringEntry(long index) {
    Entry.Builder entry = entry(index).toBuilder();
    if (index > 1) {
      long now = entry.getLoggedUnixNano();
      PublishRecord[] records = {
        expiring(Entries.keyed("lease-" + index % 5, "held " + index), now + index % 4 * 3),
        expiring(Entries.event("for now " + index), now + index % 3)
      };
      entry.addCommands(
          Entries.append(Entries.publish(Entries.SWARM, Log.LOG_MAIN, records).build()));
      if (index % 7 == 0) {
        PublishRecord order =
            expiring(Entries.keyed(Topic.TOPIC_CONTROL, Entries.ALL, "order", "halt"), now + 10);
        entry.addCommands(
            Entries.append(Entries.publish(Entries.SWARM, Log.LOG_CONTROL, order).build()));
      }
      if (index % 3 == 0) {
        entry.addCommands(Command.newBuilder().setExpire(Expire.getDefaultInstance()));
      }
    }
    return entry.build();
  }

  /** The n-th entry of that sequence with compactions: ours since format 4. */
  static Entry compactingEntry(long index) {
    Entry.Builder entry = expiringEntry(index).toBuilder();
    if (index % 9 == 0) {
      entry.addCommands(0, Entries.compact(Log.LOG_MAIN, index * 2));
    }
    if (index % 14 == 0) {
      entry.addCommands(Entries.compact(Log.LOG_CONTROL, index / 14));
    }
    return entry.build();
  }

  /** The n-th entry of the same sequence with what agents could not apply: ours since format 5. */
  static Entry failingEntry(long index) {
    Entry.Builder entry = compactingEntry(index).toBuilder();
    if (index == 1) {
      entry.addCommands(Entries.rateLimits(1_000));
      return entry.build();
    }
    String agent = "agent-" + index % 3;
    entry.addCommands(
        Entries.refusal(
            agent, index * 4 - 6, Reaction.forNumber((int) (1 + index % 3)), index % 4 * 20));
    entry.addCommands(Command.newBuilder().setReleaseRetries(ReleaseRetries.getDefaultInstance()));
    if (index % 10 == 0) {
      entry.addCommands(Entries.replay(agent, 0));
    }
    if (index % 16 == 0) {
      entry.addCommands(Entries.purge(agent, 0));
    }
    return entry.build();
  }

  /** The n-th entry of the same sequence with epochs that end: ours since format 6. */
  static Entry branchingEntry(long index) {
    Entry.Builder entry = failingEntry(index).toBuilder();
    if (index % 13 == 0) {
      entry.addCommands(Entries.startEpoch(Entries.SWARM, index));
    }
    return entry.build();
  }

  private static PublishRecord expiring(PublishRecord record, long unixNs) {
    return record.toBuilder().setExpiresAtUnixNano(unixNs).build();
  }

  private static void addOccasional(long index, List<Command> commands) {
    if (index % 5 == 0) {
      Append.Builder once =
          Entries.publish(Entries.SWARM, Log.LOG_MAIN, Entries.event("once " + index));
      once.getGroupBuilder().setIdempotencyKey("once-" + index);
      commands.add(Entries.append(once.build()));
    }
    if (index % 6 == 0) {
      commands.add(Entries.cursors("agent-" + index % 5, Log.LOG_MAIN, index));
    }
    if (index % 7 == 0) {
      commands.add(
          Entries.append(
              Entries.publish(
                      Entries.SWARM,
                      Log.LOG_CONTROL,
                      Entries.event(Topic.TOPIC_CONTROL, Entries.ALL, "pause"))
                  .build()));
    }
  }

  /** Applies the next entries of the sequence, each made durable if asked for. */
  static void fill(EventLog log, int entryCount, boolean durable) {
    fill(log, Stores::entry, entryCount, durable);
  }

  /** The same of another sequence. */
  static void fill(EventLog log, LongFunction<Entry> sequence, int entryCount, boolean durable) {
    for (int i = 0; i < entryCount; i++) {
      Entry entry = sequence.apply(log.appliedIndex() + 1);
      List<Outcome> outcomes = log.apply(entry).outcomes();
      for (int c = 0; c < outcomes.size(); c++) {
        // Some operations that agents refuse are for others, or have been compacted.
        if (outcomes.get(c) instanceof Outcome.Refused refused
            && !entry.getCommands(c).hasRefuseOperation()) {
          throw new AssertionError(refused.toString());
        }
      }
      if (durable) {
        log.sync();
      }
    }
  }

  /** SHA-256 over all rows. */
  static String digest(EventLog log) {
    return digestAsSeen(log, UnaryOperator.identity());
  }

  /** SHA-256 over all rows, each as somebody wants to see it. */
  static String digestAsSeen(EventLog log, UnaryOperator<EventLog.Row> seen) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      log.dump(
          found -> {
            EventLog.Row row = seen.apply(found);
            for (byte[] part :
                List.of(row.family().getBytes(StandardCharsets.UTF_8), row.key(), row.value())) {
              sha256.update(ByteBuffer.allocate(4).putInt(part.length).array());
              sha256.update(part);
            }
          });
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Opens a directory of one shard, hands the shard out, and closes both. */
  static <T> T with(Path directory, Function<EventLog, T> action) {
    try (DataDirectory data = DataDirectory.open(directory, OPTIONS);
        EventLog log = data.openShard(0)) {
      return action.apply(log);
    }
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files of the shard's database whose name ends so, by name. */
  static List<Path> databaseFiles(Path directory, String pattern) {
    try (Stream<Path> files = Files.list(directory.resolve("shard-0000/rocksdb"))) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).matches(pattern))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Files of rows of one family, by name. */
  static List<Path> filesOf(Path directory, Family family) {
    return liveFiles(directory, family).stream()
        .map(file -> Path.of(file.path(), file.fileName()))
        .sorted()
        .toList();
  }

  /** What RocksDB knows of those. */
  static List<LiveFileMetaData> liveFiles(Path directory, Family family) {
    RocksDB.loadLibrary();
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    List<ColumnFamilyDescriptor> families =
        Stream.concat(Stream.of("default"), KeyValueEventLog.FAMILIES.stream().map(Family::label))
            .map(name -> new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8)))
            .toList();
    try (DBOptions options = RocksOptions.readingOptions();
        RocksDB database =
            RocksDB.openReadOnly(
                options, directory.resolve("shard-0000/rocksdb").toString(), families, handles)) {
      return database.getLiveFilesMetaData().stream()
          .filter(
              file ->
                  new String(file.columnFamilyName(), StandardCharsets.UTF_8)
                      .equals(family.label()))
          .toList();
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    } finally {
      handles.forEach(ColumnFamilyHandle::close);
    }
  }
}
