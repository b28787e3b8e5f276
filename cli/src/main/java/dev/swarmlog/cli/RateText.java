package dev.swarmlog.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Rates and amounts as people write them: {@code 100/s}, {@code 300}, {@code 1MiB/s}, {@code none}.
 *
 * @param amount empty for no limit
 */
record RateText(Optional<Long> amount) {

  private static final long MAX_OPERATIONS = 1_000_000_000L;
  private static final long MIN_BYTES = 1_024;
  private static final long MAX_BYTES = 1_000_000_000_000L;
  private static final long K = 1_000;
  private static final long KI = 1_024;
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,13})(B|KB|KIB|MB|MIB|GB|GIB)?(/S)?");
  private static final String NONE = "none";
  private static final String UNITS = "B, KB, KiB, MB, MiB, GB or GiB";

  /** Operations per second. */
  static final class Operations implements ITypeConverter<RateText> {
    @Override
    public RateText convert(String text) {
      return parse(text, false, true, "a rate of operations per second such as 100/s");
    }
  }

  /** Operations. */
  static final class OperationCount implements ITypeConverter<RateText> {
    @Override
    public RateText convert(String text) {
      return parse(text, false, false, "a number of operations such as 300");
    }
  }

  /** Bytes per second. */
  static final class Bytes implements ITypeConverter<RateText> {
    @Override
    public RateText convert(String text) {
      return parse(text, true, true, "a rate of bytes per second such as 1MiB/s");
    }
  }

  /** Bytes. */
  static final class ByteCount implements ITypeConverter<RateText> {
    @Override
    public RateText convert(String text) {
      return parse(text, true, false, "a number of bytes such as 4MiB");
    }
  }

  private static RateText parse(String text, boolean bytes, boolean rate, String expected) {
    if (text.equalsIgnoreCase(NONE)) {
      return new RateText(Optional.empty());
    }
    Matcher form = FORM.matcher(text.toUpperCase(Locale.ROOT));
    boolean formed =
        form.matches() && (bytes || form.group(2) == null) && (rate || form.group(3) == null);
    double amount = formed ? (double) Long.parseLong(form.group(1)) * factor(form.group(2)) : 0;
    long min = bytes ? MIN_BYTES : 1;
    long max = bytes ? MAX_BYTES : MAX_OPERATIONS;
    if (amount < min || amount > max) {
      throw new TypeConversionException(
          "Expected %s, or none, but got '%s': a whole number without separators%s, from %s."
              .formatted(
                  expected, text, bytes ? " and its unit (" + UNITS + ")" : "", range(bytes)));
    }
    return new RateText(Optional.of((long) amount));
  }

  private static String range(boolean bytes) {
    return bytes
        ? "1KiB to %dGB".formatted(MAX_BYTES / (K * K * K))
        : "1 to %d".formatted(MAX_OPERATIONS);
  }

  private static long factor(@Nullable String unit) {
    return switch (unit == null ? "B" : unit) {
      case "KB" -> K;
      case "KIB" -> KI;
      case "MB" -> K * K;
      case "MIB" -> KI * KI;
      case "GB" -> K * K * K;
      case "GIB" -> KI * KI * KI;
      default -> 1;
    };
  }

  /** Bytes as they would be written: in the largest binary unit that needs no fraction. */
  static String bytes(long bytes) {
    if (bytes % (KI * KI) == 0) {
      return "%,d MiB".formatted(bytes / (KI * KI));
    }
    return bytes % KI == 0 ? "%,d KiB".formatted(bytes / KI) : "%,d B".formatted(bytes);
  }
}
