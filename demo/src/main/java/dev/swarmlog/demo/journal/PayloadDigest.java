package dev.swarmlog.demo.journal;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The digest of a payload that journals and lists of acks hold, so that the checker can compare the
 * two.
 */
public final class PayloadDigest {
  private static final int BYTES = 16;

  private PayloadDigest() {}

  /** The first 16 bytes of SHA-256 over the payload's bytes. */
  public static ByteString of(ByteString payload) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      payload.asReadOnlyByteBufferList().forEach(sha256::update);
      return ByteString.copyFrom(sha256.digest(), 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256, which every JDK has, but found none.", e);
    }
  }
}
