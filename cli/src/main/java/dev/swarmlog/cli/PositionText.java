package dev.swarmlog.cli;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The text form of a {@link Position}, for flags and scripts.
 *
 * <pre>
 *   LOG[/PARTITION]:OP[@INCARNATION.EPOCH.HASH]
 *
 *   main:1234@00c5d1a9f3e2b471.5be0cd19137e2179.9f86d081884c7d659a2feaa0c55ad015
 *   control:12@…
 *   main:0                  the beginning, of any history
 * </pre>
 *
 * <p>LOG is {@code control}, {@code main} or {@code telemetry}; PARTITION is left out when 0.
 * INCARNATION and EPOCH are 16 hexadecimal digits, HASH is 32, and empty in telemetry. The part
 * after {@code @} may be left out only at OP 0: elsewhere an operation ID alone does not say which
 * history it belongs to.
 */
final class PositionText implements ITypeConverter<Position> {

  private static final Pattern FORM =
      Pattern.compile(
          "(control|main|telemetry)(?:/([0-9]{1,9}))?:([0-9]{1,19})"
              + "(?:@([0-9a-f]{16})\\.([0-9a-f]{16})\\.([0-9a-f]{32})?)?");

  static String print(Position position) {
    StringBuilder text = new StringBuilder(logName(position.getLog()));
    if (position.getPartition() != 0) {
      text.append('/').append(Integer.toUnsignedString(position.getPartition()));
    }
    text.append(':').append(Long.toUnsignedString(position.getOpId()));
    if (position.getEpoch() != 0) {
      HexFormat hex = HexFormat.of();
      text.append('@').append(hex.toHexDigits(position.getIncarnation()));
      text.append('.').append(hex.toHexDigits(position.getEpoch()));
      text.append('.').append(hex.formatHex(position.getRunningHash().toByteArray()));
    }
    return text.toString();
  }

  /** The short name of a log: {@code main}. */
  static String logName(Log log) {
    return log.name().substring("LOG_".length()).toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static Position parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "Expected a position such as main:0 or main:1234@INCARNATION.EPOCH.HASH, but got '"
              + text
              + "'. Take it as `swarmlog sync` or `swarmlog swarms show` prints it.");
    }
    long opId = Long.parseUnsignedLong(form.group(3));
    Log log = Log.valueOf("LOG_" + form.group(1).toUpperCase(Locale.ROOT));
    Position.Builder position = Position.newBuilder().setLog(log).setOpId(opId);
    if (form.group(2) != null) {
      position.setPartition(Integer.parseInt(form.group(2)));
    }
    if (form.group(4) == null) {
      if (opId != 0) {
        throw new IllegalArgumentException(
            "Expected a whole position, but '"
                + text
                + "' is only an operation ID, which does not say which history it belongs to. Take the position as"
                + " `swarmlog sync` or `swarmlog swarms show` prints it, or start from "
                + form.group(1)
                + ":0.");
      }
      return position.build();
    }
    boolean hashed = form.group(6) != null;
    if (hashed == (log == Log.LOG_TELEMETRY)) {
      throw new IllegalArgumentException(
          "Expected a running hash of 32 hexadecimal digits, and none in telemetry, but got '"
              + text
              + "'.");
    }
    return position
        .setIncarnation(Long.parseUnsignedLong(form.group(4), 16))
        .setEpoch(Long.parseUnsignedLong(form.group(5), 16))
        .setRunningHash(
            hashed ? ByteString.copyFrom(HexFormat.of().parseHex(form.group(6))) : ByteString.EMPTY)
        .build();
  }

  @Override
  public Position convert(String text) {
    try {
      return parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
