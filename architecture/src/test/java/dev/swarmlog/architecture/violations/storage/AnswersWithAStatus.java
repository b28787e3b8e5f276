package dev.swarmlog.architecture.violations.storage;

import io.grpc.Status;
import org.rocksdb.RocksDB;

public class AnswersWithAStatus {
  RocksDB db;

  Status refuse() {
    return Status.INTERNAL;
  }
}
