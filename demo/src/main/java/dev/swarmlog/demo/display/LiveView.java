package dev.swarmlog.demo.display;

import java.io.IOException;
import org.jline.terminal.Terminal;

/** A picture of the swarm on the terminal. */
public final class LiveView implements View {
  private final Screen screen;
  private final Picture picture;

  /**
   * Takes the terminal of this process.
   *
   * @param coloured whether styles may be used
   * @throws IOException if there is none
   */
  public static LiveView open(boolean coloured) throws IOException {
    return new LiveView(Screen.open(), coloured);
  }

  LiveView(Terminal terminal, boolean coloured) {
    this(new Screen(terminal), coloured);
  }

  private LiveView(Screen screen, boolean coloured) {
    this.screen = screen;
    this.picture = new Picture(coloured, screen.unicode());
  }

  @Override
  public void show(Board board) {
    screen.show((columns, maxLines) -> picture.draw(board, columns, maxLines));
  }

  @Override
  public void close() {
    screen.close();
  }
}
