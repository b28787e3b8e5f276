package dev.swarmlog.demo.checker;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.checker.Finding.Kind;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.v1.Topic;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** What one agent applied, in the order of its journal. Used by one thread. */
final class AgentHistory {
  private final String agent;
  private final Facts facts;
  private final Findings findings;
  private final BitSet applied = new BitSet();
  // Where this agent's content is not the one in `facts`.
  private final Map<Long, Fact> deviating = new HashMap<>();
  // What repairs set; empty: deleted. Each key is appended once, so they hold whatever came first.
  private final Map<TableKey, ByteString> mended = new HashMap<>();
  private long lastOpId;
  private long cursorOpId;

  AgentHistory(String agent, Facts facts, Findings findings) {
    this.agent = agent;
    this.facts = facts;
    this.findings = findings;
  }

  void add(JournalRecord record) {
    for (JournalOperation operation : record.getOperationsList()) {
      if (record.getRepair()) {
        mend(operation);
      } else {
        apply(operation, record.getCursor().getOpId());
      }
    }
    if (record.getCursor().getOpId() < cursorOpId) {
      findings.add(
          Kind.OUT_OF_ORDER,
          agent,
          record.getCursor().getOpId(),
          "%s moved its cursor back from operation %,d to %,d",
          agent,
          cursorOpId,
          record.getCursor().getOpId());
    }
    cursorOpId = Math.max(cursorOpId, record.getCursor().getOpId());
    facts.belongsTo(record.getCursor(), agent, findings);
  }

  private void apply(JournalOperation operation, long toOpId) {
    long opId = operation.getOpId();
    Fact fact = new Fact(operation.getTopic(), operation.getKey(), operation.getPayloadDigest());
    if (applied.get(Math.toIntExact(opId))) {
      findings.add(
          Kind.APPLIED_TWICE,
          agent,
          opId,
          "%s applied operation %,d (%s) twice",
          agent,
          opId,
          fact.key());
    } else if (opId <= lastOpId) {
      findings.add(
          Kind.OUT_OF_ORDER,
          agent,
          opId,
          "%s applied operation %,d (%s) after operation %,d",
          agent,
          opId,
          fact.key(),
          lastOpId);
    } else if (opId <= cursorOpId || opId > toOpId) {
      findings.add(
          Kind.OUT_OF_ORDER,
          agent,
          opId,
          "%s applied operation %,d (%s) in a record that covers only those after %,d up to %,d",
          agent,
          opId,
          fact.key(),
          cursorOpId,
          toOpId);
    }
    applied.set(Math.toIntExact(opId));
    lastOpId = Math.max(lastOpId, opId);
    Fact first = facts.first(opId, fact);
    if (!first.equals(fact)) {
      deviating.put(opId, fact);
      findings.add(
          Kind.DIFFERENT,
          agent,
          opId,
          "%s applied operation %,d as %s, but elsewhere it is %s",
          agent,
          opId,
          fact.key(),
          first.key().equals(fact.key()) ? "the same key with another payload" : first.key());
    }
  }

  /** What the agent held was replaced: that is no application, but changes its table. */
  private void mend(JournalOperation operation) {
    TableKey row = new TableKey(operation.getTopic(), operation.getKey());
    if (operation.getDeleted()) {
      mended.put(row, ByteString.EMPTY);
      return;
    }
    mended.put(row, operation.getPayloadDigest());
    Fact fact = new Fact(operation.getTopic(), operation.getKey(), operation.getPayloadDigest());
    if (!facts.first(operation.getOpId(), fact).equals(fact)) {
      findings.add(
          Kind.DIFFERENT,
          agent,
          operation.getOpId(),
          "%s was mended with operation %,d as %s, but elsewhere it is another one",
          agent,
          operation.getOpId(),
          fact.key());
    }
  }

  void findLost() {
    for (long opId : facts.opIds()) {
      if (!applied.get(Math.toIntExact(opId))) {
        Fact fact = facts.get(opId);
        findings.add(
            Kind.LOST, agent, opId, "%s never applied operation %,d (%s)", agent, opId, fact.key());
      }
    }
  }

  /**
   * The digest of the table this agent holds: the sum, mod 2^128, over its keys of the first 16
   * bytes of SHA-256 over topic number, key and payload digest, the last two with their lengths
   * before them. In hex.
   */
  String tableDigest() {
    Map<TableKey, ByteString> table = new HashMap<>();
    applied.stream()
        .forEach(
            opId -> {
              Fact fact = deviating.getOrDefault((long) opId, facts.get(opId));
              if (!fact.key().isEmpty()) {
                table.put(new TableKey(fact.topic(), fact.key()), fact.payloadDigest());
              }
            });
    table.putAll(mended);
    table.values().removeIf(ByteString::isEmpty);
    BigInteger sum = BigInteger.ZERO;
    for (Map.Entry<TableKey, ByteString> row : table.entrySet()) {
      sum = sum.add(new BigInteger(1, rowDigest(row.getKey(), row.getValue())));
    }
    return String.format("%032x", sum.mod(BigInteger.ONE.shiftLeft(128)));
  }

  private record TableKey(Topic topic, String key) {}

  private static byte[] rowDigest(TableKey row, ByteString payloadDigest) {
    byte[] key = row.key().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(3 * Integer.BYTES + key.length + payloadDigest.size());
    bytes.putInt(row.topic().getNumber()).putInt(key.length).put(key).putInt(payloadDigest.size());
    payloadDigest.copyTo(bytes);
    try {
      return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bytes.array()), 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256, which every JDK has, but found none.", e);
    }
  }
}
