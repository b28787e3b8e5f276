package dev.swarmlog.demo.polyglot;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What agents must hold, by the log itself: every operation, one after the other, without delta,
 * cursor or any SDK. Used by one thread.
 */
final class LogFold {
  private static final int DIGEST_BYTES = 32;

  private final MessageDigest sha256 = sha256();
  private final Map<byte[], byte[]> table = new TreeMap<>(Arrays::compareUnsigned);
  private byte[] chain = new byte[DIGEST_BYTES];
  private long events;

  /** Takes the next operation of the log. */
  void apply(Operation operation) {
    boolean isGivenAgain =
        operation.getOrigin().getOperationClass() != OperationClass.OPERATION_CLASS_UNSPECIFIED;
    if (!operation.getTarget().hasAll() || isGivenAgain) {
      return;
    }
    boolean isEvent = operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
    if (isEvent && operation.getTopic() == Topic.TOPIC_COMMANDS) {
      events++;
      sha256.update(chain);
      sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(operation.getOpId()).array());
      chain = sha256.digest(operation.getPayload().getData().toByteArray());
    } else if (!isEvent && operation.getTopic() == Topic.TOPIC_RECONCILIATION) {
      byte[] key = operation.getKey().getBytes(StandardCharsets.UTF_8);
      if (operation.getTombstone()) {
        table.remove(key);
      } else {
        table.put(key, operation.getPayload().getData().toByteArray());
      }
    }
  }

  /** What an agent holds that has applied all of these. */
  AgentState state() {
    table.forEach(
        (key, value) -> {
          update(key);
          update(value);
        });
    HexFormat hex = HexFormat.of();
    return new AgentState(
        events, hex.formatHex(chain), table.size(), hex.formatHex(sha256.digest()));
  }

  private void update(byte[] bytes) {
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    sha256.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected every Java to have SHA-256.", e);
    }
  }
}
