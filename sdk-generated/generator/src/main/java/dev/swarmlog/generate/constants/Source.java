package dev.swarmlog.generate.constants;

import java.util.Locale;

/** A text of source code as it grows, line by line. */
final class Source {

  private final StringBuilder text = new StringBuilder();

  /** Adds one line; the arguments fill it as {@link String#format} does. */
  Source line(String format, Object... arguments) {
    text.append(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments))
        .append('\n');
    return this;
  }

  Source blank() {
    text.append('\n');
    return this;
  }

  String text() {
    return text.toString();
  }
}
