package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * A file of rows that has none, to be put into the place of one that is lost.
 *
 * <p>RocksDB writes no file about nothing, so this one says that rows are deleted which no store
 * has. It is taken from a store of its own: what writes single files cannot be told of ranges.
 * RocksDB also wants it to be as large as the one that is lost; so there is room between its
 * blocks, which are found by where they begin, and its footer, which is found at the end.
 */
final class FileWithoutRows {

  /** Above the keys of all families. */
  private static final byte[] NOWHERE = {-1, -1, -1, -1};

  private static final byte[] END_OF_NOWHERE = {-1, -1, -1, -1, -1};

  /** The last format whose footer may be moved: that of the next one says where it lies. */
  private static final int TABLE_FORMAT = 5;

  private static final int FOOTER_BYTES = 53;

  private FileWithoutRows() {}

  /**
   * Writes one, in the place of what is there.
   *
   * @param bytes how large; if that is too little to hold it, it becomes larger
   */
  static void write(Path file, long bytes) {
    Path store = file.resolveSibling(file.getFileName() + ".store");
    try {
      Path written = writeStore(store);
      ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(written));
      Files.deleteIfExists(file);
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        int footerAt = content.capacity() - FOOTER_BYTES;
        writeFully(channel, content.slice(0, footerAt), 0);
        writeFully(
            channel,
            content.slice(footerAt, FOOTER_BYTES),
            Math.max(bytes, content.capacity()) - FOOTER_BYTES);
      }
    } catch (IOException e) {
      throw FileFailures.of(file, "writing", e);
    }
    Directories.removeAll(store);
  }

  /** Returns its only file of rows. */
  private static Path writeStore(Path store) throws IOException {
    RocksDB.loadLibrary();
    Properties properties = new Properties();
    // Nothing in it should be longer than it is in ours.
    properties.setProperty("db_host_id", "");
    try (DBOptions database = RocksOptions.databaseOptions(properties).setCreateIfMissing(true);
        ColumnFamilyOptions family =
            new ColumnFamilyOptions()
                .setTableFormatConfig(new BlockBasedTableConfig().setFormatVersion(TABLE_FORMAT));
        Options options = new Options(database, family);
        RocksDB empty = RocksDB.open(options, store.toString());
        FlushOptions flush = new FlushOptions()) {
      empty.deleteRange(NOWHERE, END_OF_NOWHERE);
      empty.flush(flush);
    } catch (RocksDBException e) {
      throw Failures.of(store, "writing", e);
    }
    try (Stream<Path> files = Files.list(store)) {
      return files.filter(one -> one.toString().endsWith(".sst")).findFirst().orElseThrow();
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes, position + bytes.position());
    }
  }
}
