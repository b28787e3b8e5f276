package dev.swarmlog.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Standard output, which remembers why it could not be written: a {@link PrintWriter} by itself
 * knows only that. In UTF-8 whatever the locale says: names and payloads are UTF-8, and so is JSON.
 */
final class ResultWriter extends PrintWriter {

  /** What the C library says when the reader of a pipe, or the peer of a socket, has gone. */
  private static final String READER_GONE = "broken pipe";

  private final Target target;

  ResultWriter(OutputStream out) {
    this(new Target(out));
  }

  private ResultWriter(Target target) {
    super(new OutputStreamWriter(target, StandardCharsets.UTF_8));
    this.target = target;
  }

  static ResultWriter ofStandardOutput() {
    return new ResultWriter(new FileOutputStream(FileDescriptor.out));
  }

  /** Flushes, and says what went wrong now or before, in words for a user. */
  static Optional<CommandFailure> flush(PrintWriter out) {
    if (!out.checkError()) {
      return Optional.empty();
    }
    IOException cause = out instanceof ResultWriter results ? results.target.failure : null;
    String found = cause == null ? "it failed" : String.valueOf(cause.getMessage());
    if (found.toLowerCase(Locale.ROOT).contains(READER_GONE)) {
      return Optional.of(
          new CommandFailure(
              ExitCode.PIPE_CLOSED,
              "Expected someone to read the output, but the pipe is closed.",
              null,
              null,
              cause));
    }
    return Optional.of(
        new CommandFailure(
            ExitCode.FAILURE,
            "Expected to write to standard output, but: " + found + ".",
            null,
            "Look at where it goes; what the command did so far is done.",
            cause));
  }

  /** Of the thread that writes. */
  private static final class Target extends FilterOutputStream {

    private @Nullable IOException failure;

    Target(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }
  }
}
