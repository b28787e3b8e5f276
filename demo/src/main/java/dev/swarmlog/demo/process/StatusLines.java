package dev.swarmlog.demo.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Writes and reads statuses as lines. Any thread may write; a line is never torn by another. */
public final class StatusLines {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;

  public StatusLines(PrintStream out) {
    this.out = out;
  }

  /**
   * Writes a line. If nobody reads any more that is no error: the end of standard input tells the
   * same.
   */
  public void write(Status status) {
    byte[] line = (toJson(status) + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (out) {
      out.write(line, 0, line.length);
      out.flush();
    }
  }

  /** The status of a line; empty if the line is something else, such as what a library prints. */
  static Optional<Status> parse(String line) {
    if (!line.startsWith("{")) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(line, Status.class));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String toJson(Status status) {
    try {
      return JSON.writeValueAsString(status);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "Expected a status that JSON can say, but " + status + " is none.", e);
    }
  }
}
