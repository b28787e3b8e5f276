package dev.swarmlog.reliability.faults.power;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A file of the model: what was flushed, and what was done to it since. Belongs to one thread.
 *
 * <p>It has no name: names belong to {@link DiskFolder}, and several may lead to one file.
 */
final class DiskFile implements DiskNode {
  /** What was done and not flushed; {@code sequence} counts over the whole disk. */
  sealed interface Change {
    long sequence();

    /** Bytes at an offset. */
    record Written(long sequence, int offset, ByteBuffer bytes) implements Change {}

    /** A size that was set. */
    record Resized(long sequence, int size) implements Change {}

    /** Zeros in a range, within the size that the file has. */
    record Zeroed(long sequence, int from, int to) implements Change {}
  }

  private byte[] content;
  private int size;
  private final Deque<Change> pending = new ArrayDeque<>();

  DiskFile(byte[] flushed) {
    this.content = flushed;
    this.size = flushed.length;
  }

  void add(Change change) {
    pending.add(change);
  }

  /** A flush that began at a sequence has ended well: what was done before is durable. */
  void flushed(long beforeSequence) {
    while (!pending.isEmpty() && pending.peek().sequence() < beforeSequence) {
      apply(pending.poll());
    }
  }

  /** What has not been flushed, in order. */
  List<Change> pending() {
    return new ArrayList<>(pending);
  }

  /** A copy in which nothing is pending. */
  DiskFile durable() {
    return new DiskFile(bytes());
  }

  byte[] bytes() {
    return Arrays.copyOf(content, size);
  }

  int size() {
    return size;
  }

  void apply(Change change) {
    if (change instanceof Change.Written written) {
      write(written.offset(), written.bytes());
    } else if (change instanceof Change.Resized resized) {
      resize(resized.size());
    } else if (change instanceof Change.Zeroed zeroed) {
      int to = Math.min(zeroed.to(), size);
      if (zeroed.from() < to) {
        Arrays.fill(content, zeroed.from(), to, (byte) 0);
      }
    }
  }

  void write(int offset, ByteBuffer bytes) {
    if (offset + bytes.remaining() > size) {
      resize(offset + bytes.remaining());
    }
    bytes.duplicate().get(content, offset, bytes.remaining());
  }

  void resize(int newSize) {
    if (newSize > content.length) {
      content = Arrays.copyOf(content, Math.max(newSize, content.length * 2));
    }
    if (newSize > size) {
      Arrays.fill(content, size, newSize, (byte) 0);
    }
    size = newSize;
  }
}
