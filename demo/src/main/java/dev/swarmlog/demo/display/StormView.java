package dev.swarmlog.demo.display;

import java.io.IOException;
import java.io.PrintWriter;

/** Shows a storm to a person. Called by one thread. */
public interface StormView extends AutoCloseable {
  /** Shows how things stand; called when something changed. */
  void show(StormBoard board);

  /** How long a line may be that is printed below. */
  int columns();

  /** Gives the terminal back; after that, lines may be printed below. */
  @Override
  void close();

  /**
   * A picture that is redrawn in place.
   *
   * @param coloured whether styles may be used
   * @throws IOException if there is no terminal
   */
  static StormView live(boolean coloured) throws IOException {
    Screen screen = Screen.open();
    StormPicture picture = new StormPicture(coloured, screen.unicode());
    return new StormView() {
      @Override
      public void show(StormBoard board) {
        screen.show((columns, maxLines) -> picture.draw(board, columns, maxLines));
      }

      @Override
      public int columns() {
        return screen.columns();
      }

      @Override
      public void close() {
        screen.close();
      }
    };
  }

  /** A line for each second. */
  static StormView plain(PrintWriter out) {
    return new PlainStormView(out);
  }
}
