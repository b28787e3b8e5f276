package dev.swarmlog.sdk;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys in the order of their UTF-8 bytes, unsigned. The order of Java's strings is another one
 * where characters beyond the basic plane are.
 */
final class Utf8 {
  private Utf8() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static int compare(String a, String b) {
    return Arrays.compareUnsigned(bytes(a), bytes(b));
  }
}
