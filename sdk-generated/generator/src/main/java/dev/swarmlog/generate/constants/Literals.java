package dev.swarmlog.generate.constants;

/** Values as source code. */
final class Literals {

  private Literals() {}

  /**
   * A text between double quotes, as most languages read it: quotes, backslashes and line breaks
   * are escaped. Only what is printable ASCII is taken, as languages escape the rest differently.
   */
  static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char each : value.toCharArray()) {
      switch (each) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        default -> {
          if (each < ' ' || each > '~') {
            throw new IllegalArgumentException(
                "Expected printable ASCII in a constant, but \"%s\" has U+%04X"
                    .formatted(value, (int) each));
          }
          quoted.append(each);
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** A number as it is, a text {@link #quoted}. */
  static String of(Object value) {
    return value instanceof String text ? quoted(text) : value.toString();
  }
}
