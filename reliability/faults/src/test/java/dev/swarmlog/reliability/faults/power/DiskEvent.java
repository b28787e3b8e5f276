package dev.swarmlog.reliability.faults.power;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One record of a history; {@code diskhistory.c} says what the fields mean.
 *
 * @param timeNs by the clock of {@link System#nanoTime}
 * @param bytes a view on the history, of what was written
 */
record DiskEvent(
    Kind kind,
    State state,
    long timeNs,
    int fd,
    String path,
    String second,
    long a,
    long b,
    ByteBuffer bytes) {

  static final int CREATED = 1;
  static final int EMPTIED = 2;
  static final int KEEP_SIZE = 1;
  static final int PUNCH_HOLE = 2;

  /** In the order of the numbers in the history, from 1. */
  enum Kind {
    OPEN,
    CLOSE,
    WRITE,
    TRUNCATE,
    FLUSH_BEGIN,
    FLUSH_END,
    RENAME,
    LINK,
    UNLINK,
    MKDIR,
    RMDIR,
    ALLOCATE,
    UNKNOWN
  }

  /** In the order of the numbers in the history, from 0. */
  enum State {
    /** Killed in the middle: done or not. */
    INTENDED,
    DONE,
    FAILED
  }

  /** Where it begins in a history, and how long it is. */
  static DiskEvent at(ByteBuffer history, int at, int size) {
    int pathLength = Short.toUnsignedInt(history.getShort(at + 6));
    int secondLength = history.getInt(at + 20);
    int text = at + 40;
    ByteBuffer bytes =
        history.slice(text + pathLength + secondLength, size - 40 - pathLength - secondLength);
    return new DiskEvent(
        Kind.values()[history.get(at + 4) - 1],
        State.values()[history.get(at + 5)],
        history.getLong(at + 8),
        history.getInt(at + 16),
        text(history, text, pathLength),
        text(history, text + pathLength, secondLength),
        history.getLong(at + 24),
        history.getLong(at + 32),
        bytes.order(history.order()));
  }

  private static String text(ByteBuffer history, int at, int length) {
    byte[] bytes = new byte[length];
    history.get(at, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
