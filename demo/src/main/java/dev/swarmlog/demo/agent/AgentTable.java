package dev.swarmlog.demo.agent;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.journal.PayloadDigest;
import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.SurveyResult;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one agent holds: every assignment and result by key, the digest of all, and which
 * assignments wait for it.
 *
 * <p>Changed by the agent's handler thread, read by others; all under the object's lock. One row
 * for each operation.
 */
final class AgentTable {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);
  private static final int ROW_DIGEST_BYTES = 16;

  /**
   * An assignment that falls to this agent.
   *
   * @param idempotencyKey the assignment's position: whoever answers it under this key, and however
   *     often, there is one result
   */
  record Pending(String key, int round, String path, String idempotencyKey) {}

  /** A row that was changed on purpose. */
  record Corruption(JournalOperation before, JournalOperation after) {}

  private final int agentNumber;
  private final int agents;
  private final Map<String, JournalOperation> assignments = new HashMap<>();
  private final Map<String, JournalOperation> results = new HashMap<>();
  // The assignments of this agent whose result it has not applied, oldest first.
  private final Map<String, Pending> pending = new LinkedHashMap<>();
  // Always the sum over the rows of both maps.
  private BigInteger digest = BigInteger.ZERO;
  private long opId;

  AgentTable(int agentNumber, int agents) {
    this.agentNumber = agentNumber;
    this.agents = agents;
  }

  /**
   * Applies what was journaled.
   *
   * @param to how far the agent is with that
   * @return the assignments among them that fall to this agent
   */
  synchronized List<Pending> apply(List<JournalOperation> operations, Position to) {
    List<Pending> mine = new ArrayList<>();
    for (JournalOperation operation : operations) {
      if (operation.hasDrift()) {
        continue;
      }
      boolean assignment = operation.getTopic() == Topic.TOPIC_COMMANDS;
      set(assignment ? assignments : results, operation);
      if (!assignment) {
        pending.remove(operation.getKey());
      } else if (isMine(operation) && !results.containsKey(operation.getKey())) {
        Pending next =
            new Pending(
                operation.getKey(),
                operation.getAssignment().getRound(),
                operation.getAssignment().getPath(),
                String.format(Locale.ROOT, "%016x:main:%d", to.getEpoch(), operation.getOpId()));
        pending.put(next.key(), next);
        mine.add(next);
      }
    }
    opId = to.getOpId();
    return mine;
  }

  /** The assignments of this agent that have no result yet, oldest first. */
  synchronized List<Pending> pending() {
    return List.copyOf(pending.values());
  }

  synchronized int pendingCount() {
    return pending.size();
  }

  synchronized long opId() {
    return opId;
  }

  /** In hex; the checker makes the same of the journal, by code of its own. */
  synchronized String digest() {
    return String.format("%032x", digest);
  }

  /** Puts a row into a map, or takes it out. Under the lock. */
  private void set(Map<String, JournalOperation> rows, JournalOperation operation) {
    JournalOperation before =
        operation.getDeleted()
            ? rows.remove(operation.getKey())
            : rows.put(operation.getKey(), operation);
    if (before != null) {
      digest = digest.subtract(row(before, before.getPayloadDigest())).mod(MODULUS);
    }
    if (!operation.getDeleted()) {
      digest = digest.add(row(operation, operation.getPayloadDigest())).mod(MODULUS);
    }
  }

  /** The rows of a topic, as they are now. */
  synchronized List<JournalOperation> rows(Topic topic) {
    return List.copyOf((topic == Topic.TOPIC_COMMANDS ? assignments : results).values());
  }

  /**
   * Changes a result, as somebody might who edits the table: that file has a line more now. Neither
   * the journal nor the SDK hears of it.
   *
   * @return the row before and after; empty if there is no result yet
   */
  synchronized Optional<Corruption> corrupt() {
    Optional<JournalOperation> row =
        results.values().stream().min(Comparator.comparing(JournalOperation::getKey));
    return row.map(
        before -> {
          SurveyResult wrong =
              before.getResult().toBuilder()
                  .setLineCount(before.getResult().getLineCount() + 1)
                  .build();
          JournalOperation after =
              before.toBuilder()
                  .setResult(wrong)
                  .setPayloadDigest(PayloadDigest.of(wrong.toByteString()))
                  .build();
          set(results, after);
          return new Corruption(before, after);
        });
  }

  private boolean isMine(JournalOperation operation) {
    return Surveyors.chosen(
            operation.getAssignment().getRound(), operation.getAssignment().getPath(), agents)
        == agentNumber;
  }

  private static BigInteger row(JournalOperation operation, ByteString payloadDigest) {
    MessageDigest sha256 = sha256();
    number(sha256, operation.getTopic().getNumber());
    byte[] key = operation.getKey().getBytes(StandardCharsets.UTF_8);
    number(sha256, key.length);
    sha256.update(key);
    number(sha256, payloadDigest.size());
    sha256.update(payloadDigest.toByteArray());
    return new BigInteger(1, sha256.digest(), 0, ROW_DIGEST_BYTES);
  }

  private static void number(MessageDigest into, int value) {
    into.update((byte) (value >>> 24));
    into.update((byte) (value >>> 16));
    into.update((byte) (value >>> 8));
    into.update((byte) value);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256, which every JDK has, but found none.", e);
    }
  }
}
