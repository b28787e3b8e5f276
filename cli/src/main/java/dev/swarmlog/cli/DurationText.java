package dev.swarmlog.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Spans of time as people write and read them: {@code 500ms}, {@code 10s}, {@code 2m}. */
final class DurationText implements ITypeConverter<Duration> {

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
  private static final long MS_PER_SECOND = 1_000;
  private static final long SECONDS_PER_MINUTE = 60;
  private static final long SECONDS_PER_HOUR = 3_600;
  private static final long SECONDS_PER_DAY = 86_400;

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException(
          "Expected a time such as 500ms, 10s or 2m, but got '" + text + "'.");
    }
    long amount = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  /** To two units: {@code 3 d 4 h}, {@code 12 min 5 s}, {@code 1.2 s}, {@code 40 ms}. */
  static String print(Duration duration) {
    // Rounded: what took a moment to arrive is not worth a second.
    long seconds = duration.plusMillis(MS_PER_SECOND / 2).toSeconds();
    if (duration.isNegative()) {
      return "-" + print(duration.negated());
    }
    if (seconds >= SECONDS_PER_DAY) {
      return "%d d %d h"
          .formatted(seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR);
    }
    if (seconds >= SECONDS_PER_HOUR) {
      return "%d h %d min"
          .formatted(seconds / SECONDS_PER_HOUR, seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE);
    }
    if (seconds >= SECONDS_PER_MINUTE) {
      return "%d min %d s".formatted(seconds / SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE);
    }
    return duration.toSeconds() >= 1
        ? String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0)
        : duration.toMillis() + " ms";
  }
}
