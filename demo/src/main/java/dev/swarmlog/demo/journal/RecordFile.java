package dev.swarmlog.demo.journal;

import com.google.protobuf.MessageLite;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An append-only file of records that are on the disk when they are reported as written.
 *
 * <p>Any thread may append. One thread of this file's own writes what has gathered in one piece,
 * forces it to the device once, and then completes what was waiting: with several agents in a
 * process, one fsync serves them all. At most {@link #MAX_WAITING_RECORDS} wait; beyond, {@link
 * #append} blocks. After a failure nothing is written any more, as nobody knows what the disk holds
 * then.
 */
public final class RecordFile implements AutoCloseable {
  static final byte[] MAGIC = "SWDEMO01".getBytes(StandardCharsets.US_ASCII);
  static final int MAX_WAITING_RECORDS = 4_096;
  static final int MAX_RECORD_BYTES = 64 << 20;
  private static final int HEADER_BYTES = 8;

  private record Waiting(byte[] payload, CompletableFuture<Void> written) {}

  private static final Waiting END = new Waiting(new byte[0], new CompletableFuture<>());

  private final FileChannel channel;
  private final long gatherNanos;
  private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>(MAX_WAITING_RECORDS);
  private final Thread writer;
  // Written by the writer thread.
  private volatile @Nullable IOException failure;

  private RecordFile(Path path, FileChannel channel, long gatherMs) {
    this.channel = channel;
    this.gatherNanos = TimeUnit.MILLISECONDS.toNanos(gatherMs);
    this.writer = new Thread(this::write, "writer of " + path.getFileName());
    this.writer.setDaemon(true);
    this.writer.start();
  }

  /**
   * Opens or creates a file, hands out what it holds and cuts off what a killed process left torn.
   *
   * @param gatherMs how long a record may wait for others to share its fsync; 0 to write it at once
   *     with what is there
   * @param onRecord called in this thread with the payload of each record, oldest first
   */
  public static RecordFile open(Path path, long gatherMs, Consumer<byte[]> onRecord)
      throws IOException {
    long end = Files.exists(path) ? read(path, onRecord) : 0;
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      channel.truncate(end);
      channel.position(end);
      if (end == 0) {
        writeFully(channel, ByteBuffer.wrap(MAGIC));
      }
      channel.force(true);
      forceFolder(path);
      return new RecordFile(path, channel, gatherMs);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Appends a record.
   *
   * @return completed when the record is on the device, on the writer's thread; exceptionally with
   *     the {@link IOException} that hindered it
   */
  public CompletableFuture<Void> append(MessageLite record) {
    Waiting next = new Waiting(record.toByteArray(), new CompletableFuture<>());
    try {
      waiting.put(next);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      next.written()
          .completeExceptionally(new IOException("Interrupted before the record was written.", e));
    }
    return next.written();
  }

  /** Writes what waits, then closes the file. Nothing may be appended any more. */
  @Override
  public void close() throws IOException {
    try {
      waiting.put(END);
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.close();
    IOException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  private void write() {
    List<Waiting> group = new ArrayList<>();
    boolean open = true;
    while (open) {
      group.clear();
      try {
        gather(group);
      } catch (InterruptedException e) {
        return;
      }
      open = !group.remove(END);
      writeGroup(group);
    }
  }

  private void gather(List<Waiting> group) throws InterruptedException {
    group.add(waiting.take());
    long deadlineNanos = System.nanoTime() + gatherNanos;
    waiting.drainTo(group);
    for (long leftNanos = gatherNanos;
        leftNanos > 0 && !group.contains(END) && group.size() < MAX_WAITING_RECORDS;
        leftNanos = deadlineNanos - System.nanoTime()) {
      Waiting next = waiting.poll(leftNanos, TimeUnit.NANOSECONDS);
      if (next != null) {
        group.add(next);
      }
    }
  }

  private void writeGroup(List<Waiting> group) {
    try {
      IOException failed = failure;
      if (failed != null) {
        throw failed;
      }
      writeFully(channel, encode(group));
      channel.force(false);
      group.forEach(each -> each.written().complete(null));
    } catch (IOException e) {
      failure = e;
      group.forEach(each -> each.written().completeExceptionally(e));
    }
  }

  private static ByteBuffer encode(List<Waiting> group) {
    int bytes = group.stream().mapToInt(each -> HEADER_BYTES + each.payload().length).sum();
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    for (Waiting each : group) {
      buffer.putInt(each.payload().length).putInt(crc32c(each.payload())).put(each.payload());
    }
    return buffer.flip();
  }

  /** Reads up to the end or to the first record that is torn; returns where that is. */
  private static long read(Path path, Consumer<byte[]> onRecord) throws IOException {
    long end = 0;
    try (InputStream file = Files.newInputStream(path);
        DataInputStream in = new DataInputStream(new BufferedInputStream(file, 1 << 16))) {
      byte[] magic = in.readNBytes(MAGIC.length);
      if (magic.length < MAGIC.length) {
        return 0;
      }
      if (!Arrays.equals(magic, MAGIC)) {
        throw new IOException(
            "Expected a journal of the demo, but "
                + path
                + " is something else. Name another folder.");
      }
      end = MAGIC.length;
      while (true) {
        int length = in.readInt();
        int crc = in.readInt();
        if (length < 0 || length > MAX_RECORD_BYTES) {
          return end;
        }
        byte[] payload = in.readNBytes(length);
        if (payload.length < length || crc32c(payload) != crc) {
          return end;
        }
        end += HEADER_BYTES + length;
        onRecord.accept(payload);
      }
    } catch (EOFException e) {
      return end;
    }
  }

  private static int crc32c(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload, 0, payload.length);
    return (int) crc.getValue();
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** A new file is there after a power loss only once its folder is on the device too. */
  private static void forceFolder(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
        opened.force(true);
      }
    }
  }
}
