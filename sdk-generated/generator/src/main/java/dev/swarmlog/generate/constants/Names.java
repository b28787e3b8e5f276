package dev.swarmlog.generate.constants;

import java.util.Locale;

/** The cases that languages write names in, from the contract's names with underscores. */
final class Names {

  private Names() {}

  /** BACKOFF_FIRST_CEILING_MS; parts are joined. */
  static String upperSnake(String... parts) {
    return String.join("_", parts).toUpperCase(Locale.ROOT);
  }

  /** BackoffFirstCeilingMs. */
  static String pascal(String... parts) {
    StringBuilder name = new StringBuilder();
    for (String word : String.join("_", parts).split("_")) {
      name.append(word.substring(0, 1).toUpperCase(Locale.ROOT))
          .append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  /** backoffFirstCeilingMs. */
  static String camel(String... parts) {
    String name = pascal(parts);
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }
}
