package dev.swarmlog.cli;

import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a repair leaves beside the data: {@code repair-1.json}, which says what was lost, and {@code
 * repair-1-cut-off.jsonl} with each operation that can be read and is not kept, as {@code tail
 * --json} shows it.
 */
final class RepairRecord implements AutoCloseable {

  private final Path directory;
  private final int number;
  private @Nullable BufferedWriter cutOff;

  private RepairRecord(Path directory, int number) {
    this.directory = directory;
    this.number = number;
  }

  /** One with a number that no repair of the directory had. */
  static RepairRecord next(Path directory) {
    int number = 1;
    while (Files.exists(directory.resolve("repair-" + number + ".json"))) {
      number++;
    }
    return new RepairRecord(directory, number);
  }

  Path report() {
    return directory.resolve("repair-" + number + ".json");
  }

  Path cutOffFile() {
    return directory.resolve("repair-" + number + "-cut-off.jsonl");
  }

  /** Adds an operation that is not kept. */
  void add(String swarm, Log log, Operation operation) {
    try {
      BufferedWriter file = cutOff;
      if (file == null) {
        file = Files.newBufferedWriter(cutOffFile());
        cutOff = file;
      }
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      map.put("log", LogName.of(log));
      map.putAll(OperationText.map(operation));
      file.write(Output.toJson(map));
      file.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean hasCutOff() {
    return cutOff != null;
  }

  /** Writes the report. */
  void write(DirectoryCondition condition) throws IOException {
    Files.writeString(
        report(),
        Output.toJson(ConditionText.map(condition)) + "\n",
        StandardOpenOption.CREATE_NEW);
  }

  @Override
  public void close() throws IOException {
    if (cutOff != null) {
      cutOff.close();
    }
  }
}
