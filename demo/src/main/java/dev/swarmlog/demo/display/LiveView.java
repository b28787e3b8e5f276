package dev.swarmlog.demo.display;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/**
 * A picture of the swarm that is redrawn in place, and stays on the terminal as it was last.
 *
 * <p>The cursor is hidden meanwhile; a hook brings it back if the JVM ends early.
 */
public final class LiveView implements View {
  private final Terminal terminal;
  private final Display display;
  private final Picture picture;
  private final Thread hook;
  private Size size = new Size();

  /**
   * Takes the terminal of this process.
   *
   * @param coloured whether styles may be used
   * @throws IOException if there is none
   */
  public static LiveView open(boolean coloured) throws IOException {
    return new LiveView(TerminalBuilder.builder().system(true).dumb(false).build(), coloured);
  }

  LiveView(Terminal terminal, boolean coloured) {
    this.terminal = terminal;
    this.display = new Display(terminal, false);
    this.picture = new Picture(coloured, terminal.encoding().equals(StandardCharsets.UTF_8));
    this.hook = new Thread(this::giveBack, "give the terminal back");
    Runtime.getRuntime().addShutdownHook(hook);
    terminal.puts(Capability.cursor_invisible);
  }

  @Override
  public void show(Board board) {
    Size now = terminal.getSize();
    if (!now.equals(size)) {
      size = new Size(now.getColumns(), now.getRows());
      // A terminal that does not know its size says 0.
      display.resize(Math.max(now.getRows(), 24), Math.max(now.getColumns(), 80));
    }
    int rows = size.getRows() <= 0 ? 24 : size.getRows();
    int columns = size.getColumns() <= 0 ? 80 : size.getColumns();
    display.update(picture.draw(board, columns, rows - 1), -1);
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
