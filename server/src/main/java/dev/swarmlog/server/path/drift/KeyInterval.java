package dev.swarmlog.server.path.drift;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An interval of keys of one scope, in the order of their UTF-8 bytes.
 *
 * @param afterKey exclusive; empty for the beginning of the scope
 * @param throughKey inclusive; empty for the end of the scope
 */
record KeyInterval(String afterKey, String throughKey) {

  static final KeyInterval ALL = new KeyInterval("", "");

  /** Whether a key lies behind its end. */
  boolean endsBefore(String key) {
    return !throughKey.isEmpty() && isAbove(key, throughKey);
  }

  /** What is left of it behind a key up to which it was read; null if that is its end. */
  @Nullable KeyInterval behind(String key) {
    return key.equals(throughKey) ? null : new KeyInterval(key, throughKey);
  }

  /** Whether a key, none of which is empty, comes behind another one. */
  static boolean isAbove(String key, String other) {
    return Arrays.compareUnsigned(utf8(key), utf8(other)) > 0;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
