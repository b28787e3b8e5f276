package dev.swarmlog.cli;

import java.time.Duration;
import java.util.Locale;

/** How long one moment is after another: {@code +2.4 ms}, {@code -0.3 ms}, {@code +1 min 3 s}. */
final class OffsetText {

  /** What is not known. */
  static final String UNKNOWN = "-";

  private static final double NS_PER_MS = 1e6;
  private static final double NS_PER_S = 1e9;

  private OffsetText() {}

  /** Of two times in nanoseconds since 1970, of which 0 is not known. */
  static String print(long unixNs, long sinceUnixNs) {
    return unixNs == 0 || sinceUnixNs == 0 ? UNKNOWN : print(unixNs - sinceUnixNs);
  }

  static String print(long ns) {
    return (ns < 0 ? "-" : "+") + magnitude(Math.abs(ns));
  }

  /** Without a sign. */
  static String magnitude(long ns) {
    if (ns < NS_PER_S) {
      return String.format(
          Locale.ROOT, ns < NS_PER_MS / 10 ? "%.2f ms" : "%.1f ms", ns / NS_PER_MS);
    }
    return ns < 60 * NS_PER_S
        ? String.format(Locale.ROOT, "%.1f s", ns / NS_PER_S)
        : DurationText.print(Duration.ofNanos(ns));
  }
}
