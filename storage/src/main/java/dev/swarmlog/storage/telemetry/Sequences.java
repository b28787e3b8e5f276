package dev.swarmlog.storage.telemetry;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.ByteBuffer;

/**
 * Sequence numbers of telemetry, reserved durably in blocks: after an unclean stop the rest of a
 * block is a gap, and no number is used twice.
 *
 * <p>One counter serves all publishers. A publisher's numbers increase and need not be dense, so
 * nothing is kept per publisher, however many there are, and a flush to the device is paid once per
 * block. Owned by the telemetry writer.
 */
final class Sequences {

  private static final long BLOCK = 65_536;
  private static final int FORMAT_VERSION = 1;

  private final KeyValueStore store;
  private long last;
  private long reserved;

  Sequences(KeyValueStore store) {
    this.store = store;
    checkFormat();
    byte[] row = store.get(Family.META, TelemetryKeys.RESERVED);
    last = row == null ? 0 : ByteBuffer.wrap(row).getLong();
    reserved = last;
  }

  long next() {
    if (last == reserved) {
      reserve(last + BLOCK);
    }
    return ++last;
  }

  /** Gives back what is left of the block, so that a clean stop leaves no gap. */
  void close() {
    if (last != reserved) {
      reserve(last);
    } else {
      store.sync();
    }
  }

  private void reserve(long through) {
    WriteSet changes = store.newWriteSet();
    changes.put(Family.META, TelemetryKeys.RESERVED, TelemetryKeys.bucket(through));
    store.write(changes);
    store.sync();
    reserved = through;
  }

  private void checkFormat() {
    byte[] row = store.get(Family.META, TelemetryKeys.FORMAT);
    if (row == null) {
      WriteSet changes = store.newWriteSet();
      changes.put(
          Family.META,
          TelemetryKeys.FORMAT,
          ByteBuffer.allocate(Integer.BYTES).putInt(FORMAT_VERSION).array());
      store.write(changes);
    } else if (ByteBuffer.wrap(row).getInt() > FORMAT_VERSION) {
      throw new StorageException(
          StorageException.Kind.NEWER_FORMAT,
          "Expected telemetry of format "
              + FORMAT_VERSION
              + " or older, but it is of format "
              + ByteBuffer.wrap(row).getInt()
              + ". Use the version of Swarmlog that wrote it, or a newer one.");
    }
  }
}
