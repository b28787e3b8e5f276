package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.EpochContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

final class RocksEpochTest extends EpochContract {

  @TempDir private Path directory;
  private DataDirectory data;

  @Override
  protected EventLog open() {
    data = DataDirectory.open(directory.resolve("data"), Stores.OPTIONS);
    return data.openShard(0);
  }

  @Override
  protected EventLog reopen(EventLog open) {
    open.close();
    data.close();
    return open();
  }

  @AfterEach
  void closeDirectory() {
    data.close();
  }
}
