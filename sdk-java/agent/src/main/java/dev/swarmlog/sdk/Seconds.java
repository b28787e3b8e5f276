package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.Locale;

/** A time as lines of the log say it: {@code 0.3 s}. */
final class Seconds {
  private Seconds() {}

  static String of(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1_000.0);
  }
}
