package dev.swarmlog.sdk;

import org.jspecify.annotations.Nullable;

/** What callers that know nothing of null annotations hand over, looked at before it is kept. */
final class Arguments {
  private Arguments() {}

  /**
   * The value.
   *
   * @param what it is, as in "the name of an agent"
   * @throws IllegalArgumentException if it is null
   */
  static <T> T given(@Nullable T value, String what) {
    if (value == null) {
      throw new IllegalArgumentException("Expected " + what + ", but got null.");
    }
    return value;
  }
}
