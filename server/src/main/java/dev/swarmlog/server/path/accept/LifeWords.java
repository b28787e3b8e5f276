package dev.swarmlog.server.path.accept;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/** Times as a person reads them. */
final class LifeWords {

  private static final long NS_PER_S = TimeUnit.SECONDS.toNanos(1);
  private static final DateTimeFormatter TIME_OF_DAY =
      DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'");
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'");

  private LifeWords() {}

  /** "820 ms", "12 s", "3 min 20 s", "2 h 5 min", "4 d 2 h". */
  static String duration(long ns) {
    long ms = TimeUnit.NANOSECONDS.toMillis(Math.max(0, ns));
    long s = ms / 1_000;
    if (s == 0) {
      return ms + " ms";
    }
    if (s < 60) {
      return s + " s";
    }
    long min = s / 60;
    if (min < 60) {
      return min + " min " + s % 60 + " s";
    }
    long h = min / 60;
    return h < 24 ? h + " h " + min % 60 + " min" : h / 24 + " d " + h % 24 + " h";
  }

  /** A time of the same day without its date. */
  static String time(long unixNs, long nowUnixNs) {
    ZonedDateTime time = at(unixNs);
    boolean today = time.toLocalDate().equals(at(nowUnixNs).toLocalDate());
    return time.format(today ? TIME_OF_DAY : DAY);
  }

  private static ZonedDateTime at(long unixNs) {
    return Instant.ofEpochSecond(Math.floorDiv(unixNs, NS_PER_S), Math.floorMod(unixNs, NS_PER_S))
        .atZone(ZoneOffset.UTC);
  }
}
