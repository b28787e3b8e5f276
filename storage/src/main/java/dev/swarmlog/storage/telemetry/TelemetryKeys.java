package dev.swarmlog.storage.telemetry;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The keys of telemetry. Numbers are big-endian; {@code name..} is escaped ({@code 00} becomes
 * {@code 00 ff}) and ended by {@code 00 00}.
 *
 * <pre>
 * family      key                                                        value
 * telemetry   bucket (8) | swarm.. | publisher.. | sequence (8)          Operation
 * meta        01                                                         format version (4)
 * meta        02                                                         last sequence number reserved (8)
 *
 * bucket = logged time in nanoseconds since 1970, rounded down to a minute
 * </pre>
 */
final class TelemetryKeys {

  static final byte[] FORMAT = {1};
  static final byte[] RESERVED = {2};

  /** Width of a bucket; part of the format. */
  static final long BUCKET_NS = TimeUnit.MINUTES.toNanos(1);

  private TelemetryKeys() {}

  static byte[] bucket(long startUnixNs) {
    return ByteBuffer.allocate(Long.BYTES).putLong(startUnixNs).array();
  }

  /** Key of the bucket that holds a time, where its rows begin. */
  static byte[] bucketOf(long unixNs) {
    return bucket(unixNs - Math.floorMod(unixNs, BUCKET_NS));
  }

  static byte[] swarm(byte[] bucket, String swarm) {
    ByteArrayOutputStream key = new ByteArrayOutputStream(64);
    key.writeBytes(bucket);
    terminated(key, swarm);
    return key.toByteArray();
  }

  static byte[] operation(long loggedUnixNs, String swarm, String publisher, long sequence) {
    ByteArrayOutputStream key = new ByteArrayOutputStream(64);
    key.writeBytes(bucketOf(loggedUnixNs));
    terminated(key, swarm);
    terminated(key, publisher);
    key.writeBytes(bucket(sequence));
    return key.toByteArray();
  }

  /** The smallest key above all that start with one that ends in {@code 00 00}. */
  static byte[] after(byte[] terminated) {
    byte[] bound = terminated.clone();
    bound[bound.length - 1] = 1;
    return bound;
  }

  private static void terminated(ByteArrayOutputStream key, String part) {
    for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
      key.write(b);
      if (b == 0) {
        key.write(0xff);
      }
    }
    key.write(0);
    key.write(0);
  }
}
