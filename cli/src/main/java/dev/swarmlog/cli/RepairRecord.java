package dev.swarmlog.cli;

import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a repair leaves beside the data: {@code repair-1.json}, which says what was lost, and {@code
 * repair-1-cut-off.jsonl} with each operation that can be read and is not kept, as {@code tail
 * --json} shows it.
 *
 * <p>Both are on the device before a shard that was built takes its place: a repair that is killed
 * then has told what it did, though the next one finds everything whole.
 */
final class RepairRecord implements RepairListener, AutoCloseable {

  private final Path directory;
  private final int number;
  private final List<ShardCondition> built = new ArrayList<>();
  private @Nullable FileChannel cutOffChannel;
  private @Nullable BufferedWriter cutOff;

  private RepairRecord(Path directory, int number) {
    this.directory = directory;
    this.number = number;
  }

  /** One with a number that no repair of the directory had, not even one that was interrupted. */
  static RepairRecord next(Path directory) {
    RepairRecord record = new RepairRecord(directory, 1);
    while (Files.exists(record.report()) || Files.exists(record.cutOffFile())) {
      record = new RepairRecord(directory, record.number + 1);
    }
    return record;
  }

  Path report() {
    return directory.resolve("repair-" + number + ".json");
  }

  Path cutOffFile() {
    return directory.resolve("repair-" + number + "-cut-off.jsonl");
  }

  @Override
  public void cutOff(String swarm, Log log, Operation operation) {
    try {
      BufferedWriter file = cutOff;
      if (file == null) {
        FileChannel channel =
            FileChannel.open(cutOffFile(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        cutOffChannel = channel;
        file = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
        cutOff = file;
      }
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      map.put("log", LogName.of(log));
      map.putAll(OperationText.map(operation));
      file.write(Output.toJson(map));
      file.newLine();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void built(ShardCondition condition) {
    built.add(condition);
    try {
      if (cutOff != null && cutOffChannel != null) {
        cutOff.flush();
        cutOffChannel.force(true);
      }
      write(new DirectoryCondition(built, List.of()));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  boolean hasCutOff() {
    return cutOff != null;
  }

  /** Writes the report, durably, in the place of what was written of it so far. */
  void write(DirectoryCondition condition) {
    try {
      writeDurably(condition);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private StorageException failed(IOException e) {
    boolean full = String.valueOf(e.getMessage()).contains("No space left");
    return new StorageException(
        full ? StorageException.Kind.DISK_FULL : StorageException.Kind.IO,
        full
            ? "Expected free space for what a repair says beside the data in %s, but the device is full. Free some space and start again."
                .formatted(directory)
            : "Expected to write what a repair says beside the data in %s, but: %s"
                .formatted(directory, e),
        e);
  }

  /** Removes what a repair has said that did not come to its end. Closed before. */
  void discard() throws IOException {
    Files.deleteIfExists(cutOffFile());
  }

  private void writeDurably(DirectoryCondition condition) throws IOException {
    Path unfinished = directory.resolve(report().getFileName() + ".tmp");
    ByteBuffer text =
        StandardCharsets.UTF_8.encode(Output.toJson(ConditionText.map(condition)) + "\n");
    try (FileChannel file =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (text.hasRemaining()) {
        file.write(text);
      }
      file.force(true);
    }
    Files.move(unfinished, report(), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (cutOff != null) {
      cutOff.close();
    }
  }
}
