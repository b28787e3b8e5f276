package dev.swarmlog.demo.polyglot.agent;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Redelivery;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Topic;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an agent makes of the log: a count and a chain of events, and a table of keys. Not
 * thread-safe.
 */
final class Fold {
  static final int CHAIN_BYTES = 32;
  private static final String REPORT = "polyglot.Report";

  /**
   * What is held as of a report.
   *
   * @param text of whoever asked for it
   * @param table the digest over the table
   */
  record Report(String text, long opId, long events, String chain, int keys, String table) {}

  private long events;
  private ByteString chain;
  // In the order of their UTF-8 bytes, which is not that of Java's chars.
  private final TreeMap<ByteString, ByteString> table =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());

  Fold(long events, ByteString chain, Map<String, ByteString> table) {
    this.events = events;
    this.chain = chain;
    table.forEach((key, data) -> this.table.put(ByteString.copyFromUtf8(key), data));
  }

  /** Of an agent that has applied nothing. */
  static Fold empty() {
    return new Fold(0, ByteString.copyFrom(new byte[CHAIN_BYTES]), Map.of());
  }

  /** An independent copy. */
  Fold copy() {
    Fold copy = new Fold(events, chain, Map.of());
    copy.table.putAll(table);
    return copy;
  }

  /** Whether an operation counts: it is for all agents, and not given again to this one. */
  static boolean counts(Operation operation) {
    return operation.getTarget().hasAll() && Redelivery.of(operation).isEmpty();
  }

  static boolean isEvent(Operation operation) {
    return operation.getTopic() == Topic.TOPIC_COMMANDS
        && operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
  }

  static boolean isReport(Operation operation) {
    return isEvent(operation) && operation.getPayload().getType().equals(REPORT);
  }

  /** Applies an operation that counts. */
  void apply(Operation operation) {
    if (isEvent(operation)) {
      events++;
      chain = chained(operation);
    } else if (operation.getTopic() == Topic.TOPIC_RECONCILIATION
        && operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
      if (operation.getTombstone()) {
        table.remove(operation.getKeyBytes());
      } else {
        table.put(operation.getKeyBytes(), operation.getPayload().getData());
      }
    }
  }

  /** What is held now, for the operation that asks for it. */
  Report report(Operation operation) {
    MessageDigest digest = sha256();
    table.forEach(
        (key, data) -> {
          addPrefixed(digest, key);
          addPrefixed(digest, data);
        });
    return new Report(
        operation.getPayload().getData().toStringUtf8(),
        operation.getOpId(),
        events,
        HexFormat.of().formatHex(chain.toByteArray()),
        table.size(),
        HexFormat.of().formatHex(digest.digest()));
  }

  long events() {
    return events;
  }

  ByteString chain() {
    return chain;
  }

  /** A view: by the UTF-8 of the key. */
  Map<ByteString, ByteString> table() {
    return Collections.unmodifiableMap(table);
  }

  private ByteString chained(Operation operation) {
    MessageDigest digest = sha256();
    digest.update(chain.toByteArray());
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(operation.getOpId()).flip());
    digest.update(operation.getPayload().getData().toByteArray());
    return ByteString.copyFrom(digest.digest());
  }

  private static void addPrefixed(MessageDigest digest, ByteString part) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.size()).flip());
    digest.update(part.toByteArray());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Expected SHA-256, which every Java has", e);
    }
  }
}
