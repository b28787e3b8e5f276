package dev.swarmlog.server;

import com.google.protobuf.ByteString;
import java.util.Optional;

/**
 * What names and keys must look like: something, not too long, and nothing that upsets a terminal.
 */
public final class NameRule {

  private NameRule() {}

  /**
   * What is wrong with a name or key, as a sentence; empty if nothing is.
   *
   * @param what it is, to begin the sentence with, such as {@code target.agent}
   * @param maxBytes in UTF-8, see {@link Limits}
   */
  public static Optional<String> violation(String what, String name, int maxBytes) {
    if (name.isEmpty()) {
      return Optional.of("Expected %s to be set, but it is empty.".formatted(what));
    }
    int bytes = utf8Length(name);
    if (bytes > maxBytes) {
      return Optional.of(
          "Expected %s to be at most %d bytes, but it has %d.".formatted(what, maxBytes, bytes));
    }
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i))) {
        return Optional.of(
            "Expected %s without control characters, but there is one at %d.".formatted(what, i));
      }
    }
    return Optional.empty();
  }

  /** Length in UTF-8, in bytes; cheap for the usual short ASCII string. */
  public static int utf8Length(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return ByteString.copyFromUtf8(text).size();
      }
    }
    return text.length();
  }
}
