package dev.swarmlog.server.contract;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;

/**
 * State digest and event hash, computed here from nothing but operations and {@code
 * docs/state-digest.md}: summed up anew each time.
 */
final class StateSums {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

  /** Of a scope without keys, and without events. */
  static final ByteString ZERO = ByteString.copyFrom(new byte[16]);

  private StateSums() {}

  static Scope scope(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  /** Of the operations that set the live keys of a scope. */
  static ByteString stateDigest(Scope scope, Collection<Operation> live) {
    BigInteger sum = BigInteger.ZERO;
    for (Operation operation : live) {
      sum =
          sum.add(new Digest(2).scope(scope).lp(operation.getKey()).raw(value(operation)).number());
    }
    return bytes(sum);
  }

  /** Of events of a scope, added to a hash. */
  static ByteString eventHash(Scope scope, Collection<Operation> events, ByteString before) {
    BigInteger sum = new BigInteger(1, before.toByteArray());
    for (Operation operation : events) {
      sum =
          sum.add(
              new Digest(3).u64(operation.getOpId()).scope(scope).raw(value(operation)).number());
    }
    return bytes(sum);
  }

  /** The sum of two hashes. */
  static ByteString plus(ByteString one, ByteString other) {
    return bytes(new BigInteger(1, one.toByteArray()).add(new BigInteger(1, other.toByteArray())));
  }

  /** The value digest of an operation. */
  static byte[] value(Operation operation) {
    Payload payload = operation.getPayload();
    return new Digest(1)
        .lp(payload.getType())
        .lp(payload.getContentType())
        .u32(payload.getSchemaVersion())
        .lp(payload.getData().toByteArray())
        .bytes();
  }

  private static ByteString bytes(BigInteger sum) {
    byte[] digits = sum.mod(MODULUS).toByteArray();
    byte[] bytes = new byte[16];
    int length = Math.min(16, digits.length);
    System.arraycopy(digits, digits.length - length, bytes, 16 - length, length);
    return ByteString.copyFrom(bytes);
  }

  /** H(...) of the document, part by part. */
  private static final class Digest {

    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    Digest(int kind) {
      parts.write(kind);
    }

    Digest scope(Scope scope) {
      Target target = scope.getTarget();
      parts.write(scope.getTopicValue());
      parts.write(target.hasAll() ? 1 : target.hasAgent() ? 2 : 3);
      return lp(target.hasAgent() ? target.getAgent() : target.getRole());
    }

    Digest lp(String text) {
      return lp(text.getBytes(StandardCharsets.UTF_8));
    }

    Digest lp(byte[] part) {
      return u32(part.length).raw(part);
    }

    Digest u32(int number) {
      return raw(ByteBuffer.allocate(4).putInt(number).array());
    }

    Digest u64(long number) {
      return raw(ByteBuffer.allocate(8).putLong(number).array());
    }

    Digest raw(byte[] part) {
      parts.writeBytes(part);
      return this;
    }

    byte[] bytes() {
      try {
        byte[] whole = MessageDigest.getInstance("SHA-256").digest(parts.toByteArray());
        return ByteString.copyFrom(whole, 0, 16).toByteArray();
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }

    BigInteger number() {
      return new BigInteger(1, bytes());
    }
  }
}
