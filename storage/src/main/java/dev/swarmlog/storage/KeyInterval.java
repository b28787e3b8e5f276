package dev.swarmlog.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An interval of keys of one scope, in the order of their UTF-8 bytes.
 *
 * @param afterKey exclusive; empty for the beginning of the scope
 * @param throughKey inclusive, and not below {@code afterKey}; empty for the end of the scope
 */
public record KeyInterval(String afterKey, String throughKey) {

  /** Every key. */
  public static final KeyInterval ALL = new KeyInterval("", "");

  /** Every key behind one. */
  public static KeyInterval after(String key) {
    return new KeyInterval(key, "");
  }

  /** Whether a key lies behind its end. */
  public boolean endsBefore(String key) {
    return !throughKey.isEmpty() && isAbove(key, throughKey);
  }

  /** What is left of it behind a key up to which it was read; null if that is its end. */
  public @Nullable KeyInterval behind(String key) {
    return key.equals(throughKey) ? null : new KeyInterval(key, throughKey);
  }

  /** Whether a key, none of which is empty, comes behind another one. */
  public static boolean isAbove(String key, String other) {
    return Arrays.compareUnsigned(utf8(key), utf8(other)) > 0;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
