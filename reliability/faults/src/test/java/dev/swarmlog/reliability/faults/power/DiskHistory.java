package dev.swarmlog.reliability.faults.power;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All that a process did to the files below a folder, in order. Reads the file of the shim. */
final class DiskHistory {
  private static final int HEADER_BYTES = 64;

  private final List<DiskEvent> events = new ArrayList<>();

  /**
   * Reads a history.
   *
   * @throws IOException if the shim met a call whose effect it does not know, or had no room
   */
  static DiskHistory read(Path file) throws IOException {
    DiskHistory history = new DiskHistory();
    try (FileChannel channel = FileChannel.open(file)) {
      MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      bytes.order(ByteOrder.nativeOrder());
      if (bytes.getLong(16) != 0) {
        throw new IOException(
            "Expected all that was written to fit into " + file + ", but it did not.");
      }
      int used = Math.toIntExact(bytes.getLong(8));
      for (int at = HEADER_BYTES; at < used; ) {
        int size = bytes.getInt(at);
        history.events.add(DiskEvent.at(bytes, at, size));
        at += size;
      }
    }
    for (DiskEvent event : history.events) {
      if (event.kind() == DiskEvent.Kind.UNKNOWN) {
        throw new IOException(
            "Expected calls that the history can tell, but there was %s.".formatted(event.path()));
      }
    }
    return history;
  }

  List<DiskEvent> events() {
    return events;
  }

  /** Whether the last event may have happened or not. */
  boolean endsUndecided() {
    return !events.isEmpty() && events.get(events.size() - 1).state() == DiskEvent.State.INTENDED;
  }
}
