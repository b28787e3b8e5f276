package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** docs/state-digest.md, written down once more. Shares no code with what it judges. */
final class NaiveDigests {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

  private NaiveDigests() {}

  static byte[] value(Payload payload) {
    return hash(
        1,
        prefixed(payload.getTypeBytes()),
        prefixed(payload.getContentTypeBytes()),
        bytes(out -> out.writeInt(payload.getSchemaVersion())),
        prefixed(payload.getData()));
  }

  static byte[] key(Scope scope, String key, byte[] valueDigest) {
    return hash(2, scopeOf(scope), prefixed(ByteString.copyFromUtf8(key)), valueDigest);
  }

  static byte[] event(long opId, Scope scope, byte[] valueDigest) {
    return hash(3, bytes(out -> out.writeLong(opId)), scopeOf(scope), valueDigest);
  }

  /** A sum of digests, and one more. */
  static BigInteger sum(BigInteger sum, byte[] digest) {
    return sum.add(new BigInteger(1, digest)).mod(MODULUS);
  }

  static ByteString sixteenBytes(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] padded = new byte[16];
    for (int i = 0; i < Math.min(16, bytes.length); i++) {
      padded[15 - i] = bytes[bytes.length - 1 - i];
    }
    return ByteString.copyFrom(padded);
  }

  private static byte[] scopeOf(Scope scope) {
    Target target = scope.getTarget();
    String name = target.hasAgent() ? target.getAgent() : target.getRole();
    return bytes(
        out -> {
          out.write(scope.getTopicValue());
          out.write(target.hasAll() ? 1 : target.hasAgent() ? 2 : 3);
          out.write(prefixed(ByteString.copyFromUtf8(name)));
        });
  }

  private static byte[] prefixed(ByteString part) {
    return bytes(
        out -> {
          out.writeInt(part.size());
          out.write(part.toByteArray());
        });
  }

  private static byte[] hash(int tag, byte[]... parts) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update((byte) tag);
      for (byte[] part : parts) {
        sha256.update(part);
      }
      return Arrays.copyOf(sha256.digest(), 16);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] bytes(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
