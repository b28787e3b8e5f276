package dev.swarmlog.cli;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An operation of a log, for flags: {@code 1234}, {@code main:1234}, or a whole position, of which
 * log and operation ID count. Without a log it is {@code LOG_UNSPECIFIED}.
 */
final class OperationIdText implements ITypeConverter<Position> {

  private static final Pattern FORM =
      Pattern.compile("(?:(control|main):)?([0-9]{1,19})(?:@[0-9a-f.]*)?");

  @Override
  public Position convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || (form.group(1) == null && text.contains("@"))) {
      throw new TypeConversionException(
          "Expected an operation ID such as 1234, or a position such as main:1234, but got '"
              + text
              + "'.");
    }
    Position.Builder operation =
        Position.newBuilder().setOpId(Long.parseUnsignedLong(form.group(2)));
    if (form.group(1) != null) {
      operation.setLog(Log.valueOf("LOG_" + form.group(1).toUpperCase(Locale.ROOT)));
    }
    return operation.build();
  }
}
