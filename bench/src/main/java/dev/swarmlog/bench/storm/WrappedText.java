package dev.swarmlog.bench.storm;

import java.util.ArrayList;
import java.util.List;

/** Text in lines that end between words. */
public final class WrappedText {

  private WrappedText() {}

  /** Lines of at most so many columns; a word that is longer has a line of its own. */
  public static List<String> lines(String text, int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (line.length() > 0 && line.length() + 1 + word.length() > columns) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
