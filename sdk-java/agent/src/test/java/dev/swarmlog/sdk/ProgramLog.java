package dev.swarmlog.sdk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the SDK writes to the log of its program while this is open. Thread-safe. */
final class ProgramLog implements AutoCloseable {
  // Held, or its handlers are lost with it.
  private final Logger logger = Logger.getLogger("dev.swarmlog.sdk");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          Throwable thrown = record.getThrown();
          lines.add(
              record.getLevel()
                  + " "
                  + record.getMessage()
                  + (thrown == null ? "" : " (" + thrown.getMessage() + ")"));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  ProgramLog() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  /** Level, message, and in parentheses the message of what was thrown. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** Those that say this. */
  List<String> lines(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }
}
