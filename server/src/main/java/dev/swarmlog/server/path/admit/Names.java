package dev.swarmlog.server.path.admit;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/** What a name must look like: something, not too long, and nothing that upsets a terminal. */
final class Names {

  private Names() {}

  /**
   * Checks a name.
   *
   * @param field as the contract calls it, for the message
   */
  static @Nullable Refusal check(String field, String name, int maxBytes) {
    if (name.isEmpty()) {
      return invalid("Expected %s to be set, but it is empty.".formatted(field));
    }
    int bytes = utf8Length(name);
    if (bytes > maxBytes) {
      return invalid(
          "Expected %s to be at most %d bytes, but it has %d.".formatted(field, maxBytes, bytes));
    }
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i))) {
        return invalid(
            "Expected %s without control characters, but there is one at %d.".formatted(field, i));
      }
    }
    return null;
  }

  /** Length in UTF-8; cheap for the usual short ASCII string. */
  static int utf8Length(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return ByteString.copyFromUtf8(text).size();
      }
    }
    return text.length();
  }

  /** The first that is not null, if any. */
  static @Nullable Refusal firstRefusal(@Nullable Refusal... refusals) {
    for (Refusal refusal : refusals) {
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  static Refusal invalid(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }
}
