package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import java.nio.file.Path;

/**
 * A process that appends without end and prints the index of each entry once it is durable. It is
 * meant to be killed.
 */
final class CrashingWriter {

  private CrashingWriter() {}

  public static void main(String[] arguments) {
    try (DataDirectory data = DataDirectory.open(Path.of(arguments[0]), Stores.OPTIONS);
        EventLog log = data.openShard(0)) {
      while (true) {
        Stores.fill(
            log, Stores::compactingEntry, 1 + (int) (log.appliedIndex() % 3), /* durable= */ false);
        log.sync();
        System.out.println(log.durableIndex());
      }
    }
  }
}
