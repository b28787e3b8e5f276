package dev.swarmlog.demo.display;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** What all pictures are drawn with, as far as the terminal can show it. Immutable. */
final class Pen {

  private final boolean coloured;
  private final String full;
  private final String empty;
  private final String ellipsis;

  /**
   * @param unicode whether the terminal shows more than ASCII
   */
  Pen(boolean coloured, boolean unicode) {
    this.coloured = coloured;
    this.full = unicode ? "█" : "#";
    this.empty = unicode ? "░" : ".";
    this.ellipsis = unicode ? "…" : "..";
  }

  static AttributedStyle red() {
    return AttributedStyle.BOLD.foreground(AttributedStyle.RED);
  }

  static AttributedStyle faint() {
    return AttributedStyle.DEFAULT.faint();
  }

  /** The style wanted, or none. */
  AttributedStyle style(AttributedStyle wanted) {
    return coloured ? wanted : AttributedStyle.DEFAULT;
  }

  /**
   * How much of something is done.
   *
   * @param part of 1
   */
  AttributedString bar(double part, int columns) {
    int done = (int) Math.round(Math.min(1, Math.max(0, part)) * columns);
    return new AttributedStringBuilder()
        .append(full.repeat(done), style(AttributedStyle.DEFAULT.foreground(AttributedStyle.BLUE)))
        .append(empty.repeat(columns - done), style(faint()))
        .toAttributedString();
  }

  /** What is cut must not look like a whole: of "21/1,663 ms" a plain cut may leave "2". */
  AttributedString cut(AttributedString text, int columns) {
    if (text.columnLength() <= columns) {
      return text;
    }
    return new AttributedStringBuilder()
        .append(text.columnSubSequence(0, columns - ellipsis.length()))
        .append(ellipsis)
        .toAttributedString();
  }
}
