package dev.swarmlog.demo.display;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.ShutdownHooks;
import org.jspecify.annotations.Nullable;

/**
 * A terminal on which a picture is redrawn in place, and stays as it was last. Used by one thread,
 * and by another when the JVM ends.
 *
 * <p>The cursor is hidden meanwhile; a hook brings it back if the JVM ends early.
 */
final class Screen implements AutoCloseable {
  private static final int DEFAULT_ROWS = 24;
  private static final int DEFAULT_COLUMNS = 80;

  private final Terminal terminal;
  private final Display display;
  private final ShutdownHooks.Task hook;
  private boolean ended;
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
    // JLine closes the terminal when the JVM ends, in the order in which its tasks were added.
    AtomicReference<Screen> taken = new AtomicReference<>();
    ShutdownHooks.Task hook = ShutdownHooks.add(() -> giveBack(taken.get()));
    // With JLine's own signals Ctrl-C would end the process at once, and no hook would run.
    Screen screen =
        new Screen(
            TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).build(), hook);
    taken.set(screen);
    return screen;
  }

  /** Takes a terminal that nothing closes. */
  Screen(Terminal terminal) {
    this(terminal, () -> {});
  }

  private Screen(Terminal terminal, ShutdownHooks.Task hook) {
    this.terminal = terminal;
    this.display = new Display(terminal, false);
    this.hook = hook;
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

  synchronized void show(Drawing drawing) {
    if (ended) {
      return;
    }
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
    ShutdownHooks.remove(hook);
  }

  private static void giveBack(@Nullable Screen taken) {
    if (taken != null) {
      taken.giveBack();
    }
  }

  private synchronized void giveBack() {
    ended = true;
    terminal.puts(Capability.cursor_visible);
    terminal.writer().println();
    terminal.flush();
  }
}
