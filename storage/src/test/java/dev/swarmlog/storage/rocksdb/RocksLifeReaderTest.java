package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.LifeReaderContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

final class RocksLifeReaderTest extends LifeReaderContract {

  @TempDir private Path directory;
  private DataDirectory data;

  @Override
  protected EventLog open() {
    data = DataDirectory.open(directory.resolve("data"), StorageOptions.defaults());
    return data.openShard(0);
  }

  @AfterEach
  void closeDirectory() {
    data.close();
  }
}
