package dev.swarmlog.cli;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** What the contract's values look like to people. */
final class ContractText {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  private ContractText() {}

  /** {@code commands}, {@code reconciliation} … */
  static String topic(Topic topic) {
    return lower(topic.name(), "TOPIC_");
  }

  /** {@code event}, {@code keyed}, {@code ephemeral}. */
  static String operationClass(OperationClass operationClass) {
    return lower(operationClass.name(), "OPERATION_CLASS_");
  }

  /** 16 hexadecimal digits. */
  static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** ISO 8601 in UTC, to the nanosecond. */
  static String instant(long unixNano) {
    return toInstant(unixNano).toString();
  }

  /** Time of day here, to the millisecond. */
  static String clock(long unixNano) {
    return CLOCK.format(LocalTime.ofInstant(toInstant(unixNano), ZoneId.systemDefault()));
  }

  static Instant toInstant(long unixNano) {
    return Instant.ofEpochSecond(
        Math.floorDiv(unixNano, NANOS_PER_SECOND), Math.floorMod(unixNano, NANOS_PER_SECOND));
  }

  /** The payload as text, if it is UTF-8 and not declared to be something else. */
  static Optional<String> text(Payload payload) {
    String contentType = payload.getContentType();
    if (contentType.contains("protobuf") || contentType.equals("application/octet-stream")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(payload.getData().toByteArray()))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The name of an enum value without what its names have in common. */
  static String lower(String name, String prefix) {
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .toLowerCase(Locale.ROOT);
  }
}
