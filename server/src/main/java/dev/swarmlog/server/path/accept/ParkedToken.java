package dev.swarmlog.server.path.accept;

import dev.swarmlog.storage.FailedOperation;
import dev.swarmlog.v1.Log;
import java.util.Optional;

/**
 * Where a page of parked operations ended, as text for the client to send back: {@code
 * log:operation:agent}.
 */
final class ParkedToken {

  private ParkedToken() {}

  static String of(FailedOperation.Id last) {
    return last.log().getNumber() + ":" + last.opId() + ":" + last.agent();
  }

  /** Empty for a text that is no token. */
  static Optional<FailedOperation.Id> parse(String token) {
    String[] parts = token.split(":", 3);
    if (parts.length < 3 || parts[2].isEmpty()) {
      return Optional.empty();
    }
    try {
      Log log = Log.forNumber(Integer.parseInt(parts[0]));
      long opId = Long.parseLong(parts[1]);
      return log == null || opId < 1
          ? Optional.empty()
          : Optional.of(new FailedOperation.Id(parts[2], log, opId));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
