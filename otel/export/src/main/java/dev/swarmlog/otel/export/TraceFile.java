package dev.swarmlog.otel.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Spans as lines of OTLP JSON, each an {@code ExportTraceServiceRequest}: a file that Jaeger's page
 * takes by upload, and an OpenTelemetry collector by its {@code otlpjsonfile} receiver.
 *
 * <p>The newest are kept: a line that would make the file larger than its bound moves it to {@code
 * FILE.1}, in place of an older one, and begins a new file. So at most twice the bound lies on the
 * disk, and there are whole lines only; a line that was cut off is taken away. One coordinator
 * writes it. Where somebody else moves or deletes it, a new one begins.
 *
 * <p>Format: <a href="https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/">OTLP file
 * exporter</a>. Calls come from the thread of the batch processor, and from whoever flushes.
 */
final class TraceFile implements SpanExporter {

  /** Bytes of the file; of both together, twice that. More is too much for Jaeger's page. */
  static final long MAX_BYTES = 64L << 20;

  private static final byte[] BEGINNING = "{\"resourceSpans\":[".getBytes(UTF_8);

  private final Path file;
  private final Path older;
  private final long maxBytes;
  private final Opening opening;

  /** Guarded by this. Null after a failure, and after the end. */
  private @Nullable FileChannel channel;

  /** Guarded by this: what is whole. */
  private long bytes;

  /**
   * Guarded by this: which file that is, whatever it is called now; null where there are no keys.
   */
  private @Nullable Object key;

  /** How a file is opened to be appended to; a test lets it fail. */
  interface Opening {
    FileChannel open(Path file) throws IOException;
  }

  private TraceFile(Path file, long maxBytes, Opening opening) {
    this.file = file;
    this.older = older(file);
    this.maxBytes = maxBytes;
    this.opening = opening;
  }

  /**
   * Opens a file, or goes on with one of an earlier run.
   *
   * @throws ExportException if it cannot be written, or holds something else
   */
  static TraceFile open(Path file, long maxBytes, Opening opening) throws ExportException {
    Path absolute = file.toAbsolutePath().normalize();
    requirePlace(absolute);
    requireTracesOrNothing(absolute);
    requireTracesOrNothing(older(absolute));
    TraceFile traces = new TraceFile(absolute, maxBytes, opening);
    try {
      synchronized (traces) {
        traces.channel = traces.openWhole();
      }
    } catch (IOException e) {
      throw unwritable(absolute, ExportWatch.reason(e), e);
    }
    return traces;
  }

  static FileChannel append(Path file) throws IOException {
    FileChannel open =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (isTaken(open)) {
      open.close();
      throw new IOException("another coordinator writes it");
    }
    return open;
  }

  /** Whether somebody else writes the file; two would write over each other's lines. */
  private static boolean isTaken(FileChannel open) {
    try {
      return open.tryLock() == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      // A file system without locks.
      return false;
    }
  }

  static Path older(Path file) {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  @Override
  public synchronized CompletableResultCode export(Collection<SpanData> spans) {
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      TraceRequestMarshaler.create(spans).writeJsonTo(line);
      line.write('\n');
      append(line.toByteArray());
      return CompletableResultCode.ofSuccess();
    } catch (IOException e) {
      closeQuietly();
      return CompletableResultCode.ofExceptionalFailure(e);
    }
  }

  private void append(byte[] line) throws IOException {
    if (channel != null && !isStillOurs()) {
      closeQuietly();
    }
    FileChannel open = channel;
    if (open == null) {
      open = openWhole();
      channel = open;
    }
    if (bytes > 0 && bytes + line.length > maxBytes) {
      closeQuietly();
      Files.move(file, older, StandardCopyOption.REPLACE_EXISTING);
      open = openWhole();
      channel = open;
    }
    ByteBuffer left = ByteBuffer.wrap(line);
    long at = bytes;
    try {
      while (left.hasRemaining()) {
        at += open.write(left, at);
      }
    } catch (IOException e) {
      // Now, as there may be no next line: whoever reads the file then finds whole ones only.
      open.truncate(bytes);
      throw e;
    }
    bytes = at;
  }

  /** False where somebody has moved, deleted or cut the file: what is written on would be lost. */
  private boolean isStillOurs() {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return found.size() == bytes && Objects.equals(found.fileKey(), key);
    } catch (IOException e) {
      return false;
    }
  }

  /** Opens the file without what a crash or a full disk has left of a line. */
  private FileChannel openWhole() throws IOException {
    FileChannel open = opening.open(file);
    try {
      bytes = wholeBytes(open);
      open.truncate(bytes);
      key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return open;
    } catch (IOException e) {
      open.close();
      throw e;
    }
  }

  private static long wholeBytes(FileChannel file) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(8192);
    long end = file.size();
    while (end > 0) {
      long begin = Math.max(0, end - chunk.capacity());
      chunk.clear().limit((int) (end - begin));
      int read = file.read(chunk, begin);
      for (int i = read - 1; i >= 0; i--) {
        if (chunk.get(i) == '\n') {
          return begin + i + 1;
        }
      }
      end = begin;
    }
    return 0;
  }

  /** Each line is with the operating system already. */
  @Override
  public CompletableResultCode flush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public synchronized CompletableResultCode shutdown() {
    closeQuietly();
    return CompletableResultCode.ofSuccess();
  }

  private synchronized void closeQuietly() {
    try (FileChannel closing = channel) {
      channel = null;
    } catch (IOException e) {
      // What was written is written; the next line opens it again, or says why not.
      channel = null;
    }
  }

  private static void requirePlace(Path file) throws ExportException {
    Path folder = file.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new ExportException(
          "Expected the folder of the trace file to be there, but %s is no folder: create it, or name another file."
              .formatted(folder));
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new ExportException(
          "Expected the trace file to be a file, but %s is none: name another.".formatted(file));
    }
    Path written = Files.exists(file) ? file : folder;
    if (!Files.isWritable(written) || !Files.isWritable(folder)) {
      throw unwritable(file, "permission is denied", null);
    }
  }

  private static ExportException unwritable(Path file, String reason, @Nullable IOException cause) {
    String message =
        "Expected to write the trace file %s, but %s: name one that this process may write."
            .formatted(file, reason);
    return cause == null ? new ExportException(message) : new ExportException(message, cause);
  }

  /** A mistyped name shall not cost somebody a file. */
  private static void requireTracesOrNothing(Path file) throws ExportException {
    if (!Files.isRegularFile(file)) {
      return;
    }
    byte[] found = new byte[BEGINNING.length];
    int read;
    try (var in = Files.newInputStream(file)) {
      read = in.readNBytes(found, 0, found.length);
    } catch (IOException e) {
      throw unwritable(file, ExportWatch.reason(e), e);
    }
    // A crash may have cut off the first line.
    if (!Arrays.equals(found, 0, read, BEGINNING, 0, read)) {
      throw new ExportException(
          "Expected %s to hold traces or not to be there, but it holds something else: name another file."
              .formatted(file));
    }
  }
}
