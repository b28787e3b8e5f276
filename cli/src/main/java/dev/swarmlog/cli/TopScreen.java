package dev.swarmlog.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.ShutdownHooks;
import org.jspecify.annotations.Nullable;

/**
 * The whole terminal: lines are drawn on it, and keys are read. Used by one thread.
 *
 * <p>What was on the terminal before is there again when it is closed; a hook sees to it if the JVM
 * ends early, such as by Ctrl-C.
 */
final class TopScreen implements AutoCloseable {

  private static final int DEFAULT_ROWS = 24;
  private static final int DEFAULT_COLUMNS = 80;

  /** What follows an escape in the same key comes at once. */
  private static final int KEY_TIMEOUT_MS = 30;

  private static final int ESCAPE = 27;

  private final Terminal terminal;
  private final Display display;
  private final Attributes before;
  private final ShutdownHooks.Task hook;
  private final AtomicBoolean givenBack = new AtomicBoolean();
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
  static TopScreen open() throws IOException {
    // JLine closes the terminal when the JVM ends, in the order in which its tasks were added.
    AtomicReference<TopScreen> taken = new AtomicReference<>();
    ShutdownHooks.Task hook = ShutdownHooks.add(() -> giveBack(taken.get()));
    // With JLine's own signals Ctrl-C would end the process at once, and no hook would run.
    TopScreen screen =
        new TopScreen(
            TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).build(), hook);
    taken.set(screen);
    return screen;
  }

  /** Takes a terminal that nothing closes but this. */
  TopScreen(Terminal terminal) {
    this(terminal, () -> {});
  }

  private TopScreen(Terminal terminal, ShutdownHooks.Task hook) {
    this.terminal = terminal;
    this.display = new Display(terminal, true);
    this.hook = hook;
    this.before = terminal.enterRawMode();
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.keypad_xmit);
    terminal.puts(Capability.cursor_invisible);
    terminal.flush();
  }

  /** Whether it shows more than ASCII. */
  boolean unicode() {
    return terminal.encoding().equals(StandardCharsets.UTF_8);
  }

  /** Lines there are. */
  int rows() {
    int rows = terminal.getSize().getRows();
    return rows <= 0 ? DEFAULT_ROWS : rows;
  }

  synchronized void show(Drawing drawing) {
    if (givenBack.get()) {
      return;
    }
    Size now = terminal.getSize();
    // A terminal that does not know its size says 0.
    int columns = now.getColumns() <= 0 ? DEFAULT_COLUMNS : now.getColumns();
    int rows = rows();
    Size known = new Size(columns, rows);
    if (!known.equals(size)) {
      size = known;
      display.clear();
      display.resize(rows, columns);
      terminal.puts(Capability.clear_screen);
    }
    // It takes lines away from what it is given.
    display.update(new ArrayList<>(drawing.draw(columns, rows)), 0);
  }

  /** Waits for a key; one that quits when the JVM ends. */
  TopKey read(long timeoutMs) throws IOException {
    try {
      return key(timeoutMs);
    } catch (IOException | IllegalStateException e) {
      if (givenBack.get()) {
        return TopKey.QUIT;
      }
      throw e;
    }
  }

  private TopKey key(long timeoutMs) throws IOException {
    int read = terminal.reader().read(timeoutMs);
    return switch (read) {
      case NonBlockingReader.READ_EXPIRED -> TopKey.NONE;
      case NonBlockingReader.EOF, 'q', 'Q', 3 -> TopKey.QUIT;
      case '\r', '\n' -> TopKey.ENTER;
      case 'k' -> TopKey.UP;
      case 'j' -> TopKey.DOWN;
      case ' ' -> TopKey.PAGE_DOWN;
      case 'r', 'R' -> TopKey.RATE;
      case 'b', 'B' -> TopKey.BACKLOG;
      case 'l', 'L' -> TopKey.LAG;
      case 'n', 'N' -> TopKey.NAME;
      case 8, 127 -> TopKey.BACK;
      case ESCAPE -> afterEscape();
      default -> TopKey.NONE;
    };
  }

  private TopKey afterEscape() throws IOException {
    NonBlockingReader keys = terminal.reader();
    int second = keys.read(KEY_TIMEOUT_MS);
    if (second != '[' && second != 'O') {
      return TopKey.BACK;
    }
    return switch (keys.read(KEY_TIMEOUT_MS)) {
      case 'A' -> TopKey.UP;
      case 'B' -> TopKey.DOWN;
      case 'C' -> TopKey.ENTER;
      case 'D' -> TopKey.BACK;
      case '5' -> paged(TopKey.PAGE_UP);
      case '6' -> paged(TopKey.PAGE_DOWN);
      default -> TopKey.NONE;
    };
  }

  /** A tilde follows. */
  private TopKey paged(TopKey key) throws IOException {
    return terminal.reader().read(KEY_TIMEOUT_MS) == '~' ? key : TopKey.NONE;
  }

  @Override
  public void close() throws IOException {
    giveBack();
    ShutdownHooks.remove(hook);
    terminal.close();
  }

  private static void giveBack(@Nullable TopScreen taken) {
    if (taken != null) {
      taken.giveBack();
    }
  }

  private synchronized void giveBack() {
    if (givenBack.compareAndSet(false, true)) {
      terminal.puts(Capability.exit_ca_mode);
      terminal.puts(Capability.keypad_local);
      terminal.puts(Capability.cursor_visible);
      terminal.flush();
      terminal.setAttributes(before);
    }
  }
}
