package dev.swarmlog.architecture.violations.server;

import org.rocksdb.RocksDB;

public class OpensRocksDb {
  RocksDB db;
}
