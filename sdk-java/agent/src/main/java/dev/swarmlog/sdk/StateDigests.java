package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The digests that an agent's sums are made of; docs/state-digest.md specifies them. Not
 * thread-safe: it reuses one SHA-256.
 */
final class StateDigests {
  /** Length of digests and sums. */
  static final int BYTES = 16;

  /** The sum of nothing. */
  static final ByteString ZERO = ByteString.copyFrom(new byte[BYTES]);

  private static final byte TAG_VALUE = 1;
  private static final byte TAG_KEY = 2;
  private static final byte TAG_EVENT = 3;
  private static final int KIND_ALL = 1;
  private static final int KIND_AGENT = 2;
  private static final int KIND_ROLE = 3;

  private final MessageDigest sha256;
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

  StateDigests() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256 in every JDK, but it is missing", e);
    }
  }

  /** {@code u8 topic | u8 kind | lp(name)}. */
  static byte[] encode(Scope scope) {
    Target target = scope.getTarget();
    int kind =
        switch (target.getTargetCase()) {
          case ALL, TARGET_NOT_SET -> KIND_ALL;
          case AGENT -> KIND_AGENT;
          case ROLE -> KIND_ROLE;
        };
    String name = target.hasAgent() ? target.getAgent() : target.getRole();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + Integer.BYTES + utf8.length)
        .put((byte) scope.getTopicValue())
        .put((byte) kind)
        .putInt(utf8.length)
        .put(utf8)
        .array();
  }

  /** {@code H(01 | lp(type) | lp(content_type) | u32 schema_version | lp(data))}. */
  ByteString value(Payload payload) {
    sha256.update(TAG_VALUE);
    prefixed(payload.getTypeBytes());
    prefixed(payload.getContentTypeBytes());
    sha256.update(number.clear().putInt(payload.getSchemaVersion()).flip());
    prefixed(payload.getData());
    return ByteString.copyFrom(sha256.digest(), 0, BYTES);
  }

  /** {@code H(02 | scope | lp(key) | value digest)}. */
  byte[] key(byte[] scope, byte[] key, ByteString valueDigest) {
    sha256.update(TAG_KEY);
    sha256.update(scope);
    sha256.update(number.clear().putInt(key.length).flip());
    sha256.update(key);
    return finish(valueDigest);
  }

  /** {@code H(03 | u64 op_id | scope | value digest)}. */
  byte[] event(long opId, byte[] scope, ByteString valueDigest) {
    sha256.update(TAG_EVENT);
    sha256.update(number.clear().putLong(opId).flip());
    sha256.update(scope);
    return finish(valueDigest);
  }

  /** Adds 16 bytes from an offset of the other, modulo 2^128. */
  static void add(byte[] sum, byte[] digests, int offset) {
    int carry = 0;
    for (int i = BYTES - 1; i >= 0; i--) {
      carry += (sum[i] & 0xff) + (digests[offset + i] & 0xff);
      sum[i] = (byte) carry;
      carry >>= Byte.SIZE;
    }
  }

  /** Subtracts 16 bytes from an offset of the other, modulo 2^128. */
  static void subtract(byte[] sum, byte[] digests, int offset) {
    int borrow = 0;
    for (int i = BYTES - 1; i >= 0; i--) {
      borrow += (sum[i] & 0xff) - (digests[offset + i] & 0xff);
      sum[i] = (byte) borrow;
      borrow >>= Byte.SIZE;
    }
  }

  private void prefixed(ByteString part) {
    sha256.update(number.clear().putInt(part.size()).flip());
    sha256.update(part.asReadOnlyByteBuffer());
  }

  private byte[] finish(ByteString valueDigest) {
    sha256.update(valueDigest.asReadOnlyByteBuffer());
    return Arrays.copyOf(sha256.digest(), BYTES);
  }
}
