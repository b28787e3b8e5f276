package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.v1.Log;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows that refer to operations which a repair cuts off: what becomes of each.
 *
 * <p>Told of the rows of one family in ascending order of their keys. Owned by one thread.
 */
final class CutReferences {

  /** More than a producer begins while the rows of it that can be lost are written. */
  private static final long LOST_EPOCHS = 1_000_000;

  private final ShardSurvey survey;
  private final CutRetries retries;

  /** Producers of logs that are cut. */
  private final Map<RowKey, CutProducer> producers = new HashMap<>();

  /** Rows of producers that begin a new epoch. */
  private final Map<RowKey, byte[]> fenced = new HashMap<>();

  private final Set<RowKey> droppedExpiries = new HashSet<>();

  /**
   * Of one family.
   *
   * @param retries is told of those that are cut off
   */
  CutReferences(ShardSurvey survey, CutRetries retries) {
    this.survey = survey;
    this.retries = retries;
  }

  /** A row as it is to be copied; null if it goes. */
  byte @Nullable [] kept(Family family, RowOwner owner, byte[] key, byte[] value) {
    return switch (family) {
      case COORDINATION -> keptCoordination(owner, key, value);
      case META -> keptMeta(owner, key, value);
      default -> value;
    };
  }

  /** Rows of producers to be put in the place of what was copied. */
  Map<RowKey, byte[]> changedProducers() {
    Map<RowKey, byte[]> changed = new HashMap<>(fenced);
    producers.forEach((key, producer) -> changed.put(key, producer.toRow()));
    return changed;
  }

  private byte @Nullable [] keptCoordination(RowOwner owner, byte[] key, byte[] value) {
    long through = keptThrough(owner.swarm(), owner.log());
    return switch (key[RowOwner.BEHIND_SWARM]) {
      case Keys.COORDINATION_CURSOR ->
          Bytes.getLong(value, 0) <= through
              ? value
              : new KeyBuilder(Long.BYTES).u64(through).toBytes();
      case Keys.COORDINATION_FAILED ->
          Bytes.trailingLong(key) <= through ? keptFailure(owner, key, value, through) : null;
      case Keys.COORDINATION_FAILED_OPERATION -> Bytes.trailingLong(key) <= through ? value : null;
      default -> value;
    };
  }

  private byte @Nullable [] keptFailure(RowOwner owner, byte[] key, byte[] value, long through) {
    FailedRow row;
    try {
      row = FailedRow.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      // Whoever reads the copy finds it damaged as before.
      return value;
    }
    LogSurvey log = survey.logs.get(owner);
    if (log != null && row.getReleasedOpId() > through) {
      retries.add(log, key, row);
      return null;
    }
    return row.getRefusedOpId() <= through ? value : CutRetries.since(row, through).toByteArray();
  }

  private byte @Nullable [] keptMeta(RowOwner owner, byte[] key, byte[] value) {
    return switch (key[RowOwner.BEHIND_SWARM]) {
      case Keys.META_PRODUCER -> {
        if (survey.metaGaps().stream().anyMatch(gap -> gap.covers(key))) {
          // There may have been a later one, with further answers.
          long nextEpoch = Bytes.getLong(value, 0) + LOST_EPOCHS;
          fenced.put(
              new RowKey(key), new KeyBuilder(2 * Long.BYTES).u64(nextEpoch).u64(0).toBytes());
        } else if (keptThrough(owner.swarm(), owner.log()) != Long.MAX_VALUE) {
          producers.put(new RowKey(key), CutProducer.of(value));
        }
        yield value;
      }
      case Keys.META_ANSWER -> keptAnswer(owner, key, value);
      case Keys.META_IDEMPOTENCY -> keptIdempotencyKey(owner, key, value);
      case Keys.META_IDEMPOTENCY_EXPIRY -> droppedExpiries.contains(new RowKey(key)) ? null : value;
      default -> value;
    };
  }

  private byte @Nullable [] keptAnswer(RowOwner owner, byte[] key, byte[] value) {
    Answer answer = Answer.decode(value, 0);
    if (answer.lastOpId() > keptThrough(owner.swarm(), answer.log())) {
      return null;
    }
    String id = Scopes.decodeName(key, RowOwner.BEHIND_SWARM + 2);
    CutProducer producer =
        producers.get(new RowKey(Keys.producer(owner.swarm().bytes(), answer.log(), id)));
    if (producer != null) {
      producer.keeps(answer);
    }
    return value;
  }

  private byte @Nullable [] keptIdempotencyKey(RowOwner owner, byte[] key, byte[] value) {
    Answer answer = Answer.decode(value, Long.BYTES);
    if (answer.lastOpId() <= keptThrough(owner.swarm(), answer.log())) {
      return value;
    }
    byte[] name = Arrays.copyOfRange(key, RowOwner.BEHIND_SWARM + 1, key.length);
    droppedExpiries.add(
        new RowKey(Keys.idempotencyExpiry(owner.swarm().bytes(), Bytes.getLong(value, 0), name)));
    return null;
  }

  /** Up to which operation a log is kept; the greatest number there is if all of it is. */
  private long keptThrough(RowKey swarm, @Nullable Log log) {
    LogSurvey found = survey.logs.get(new RowOwner(swarm, log));
    return found == null || found.lost().isEmpty() ? Long.MAX_VALUE : found.wholeThroughOpId();
  }
}
