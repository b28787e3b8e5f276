package dev.swarmlog.demo.display;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/**
 * A terminal on which a picture is redrawn in place, and stays as it was last. Used by one thread.
 *
 * <p>The cursor is hidden meanwhile; a hook brings it back if the JVM ends early.
 */
final class Screen implements AutoCloseable {
  private static final int DEFAULT_ROWS = 24;
  private static final int DEFAULT_COLUMNS = 80;

  private final Terminal terminal;
  private final Display display;
  private final Thread hook;
  private Size size = new Size();

  /** Draws lines for a terminal. */
  interface Drawing {
    /** At most so many lines, none longer than the columns. */
    List<AttributedString> draw(int columns, int maxLines);
  }

  /**
   * Takes the terminal of this process.
   *
   * @throws IOException if there is none
   */
  static Screen open() throws IOException {
    return new Screen(TerminalBuilder.builder().system(true).dumb(false).build());
  }

  Screen(Terminal terminal) {
    this.terminal = terminal;
    this.display = new Display(terminal, false);
    this.hook = new Thread(this::giveBack, "give the terminal back");
    Runtime.getRuntime().addShutdownHook(hook);
    terminal.puts(Capability.cursor_invisible);
  }

  /** Whether it shows more than ASCII. */
  boolean unicode() {
    return terminal.encoding().equals(StandardCharsets.UTF_8);
  }

  int columns() {
    int columns = terminal.getSize().getColumns();
    return columns <= 0 ? DEFAULT_COLUMNS : columns;
  }

  void show(Drawing drawing) {
    Size now = terminal.getSize();
    if (!now.equals(size)) {
      size = new Size(now.getColumns(), now.getRows());
      // A terminal that does not know its size says 0.
      display.resize(
          Math.max(now.getRows(), DEFAULT_ROWS), Math.max(now.getColumns(), DEFAULT_COLUMNS));
    }
    int rows = size.getRows() <= 0 ? DEFAULT_ROWS : size.getRows();
    int columns = size.getColumns() <= 0 ? DEFAULT_COLUMNS : size.getColumns();
    display.update(drawing.draw(columns, rows - 1), -1);
  }

  @Override
  public void close() {
    giveBack();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook does no harm twice.
      return;
    }
  }

  private synchronized void giveBack() {
    terminal.puts(Capability.cursor_visible);
    terminal.writer().println();
    terminal.flush();
  }
}
