package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.OpenProducer;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Producers of a shard: who owns them, their newest epoch, their last number, and a window of
 * answers.
 *
 * <p>Epochs and numbers are kept per (swarm, log, producer ID), because a stream publishes to one
 * log; the owner is kept per (swarm, producer ID). Answers are small rows in a ring, so that a
 * request writes 73 bytes of it and not all of it. Owned by the writer thread.
 */
final class Producers {

  private static final int MAX_CACHED = 65_536;

  private final BoundedCache<ProducerKey, Producer> cache = new BoundedCache<>(MAX_CACHED);

  /** Producers whose row changed in this entry, in the order in which they first did. */
  private final List<Producer> changed = new ArrayList<>();

  private record ProducerKey(Swarm swarm, Log log, String id) {}

  /** One producer in one log. */
  static final class Producer {
    private final byte[] rowKey;
    private final byte[] answers;
    private final String id;
    private long epoch;
    private long lastNumber;
    private @Nullable String owner;
    private boolean inChanged;

    private Producer(ProducerKey key) {
      this.id = key.id;
      this.rowKey = Keys.producer(key.swarm.key, key.log, key.id);
      this.answers = Keys.answers(key.swarm.key, key.log, key.id);
    }

    /** Whether a group has been appended under that number or a later one. */
    boolean hasSeen(long number) {
      return Long.compareUnsigned(number, lastNumber) <= 0;
    }
  }

  /** Opens a new epoch, or checks that one is still the newest. */
  Outcome open(Swarm swarm, OpenProducer command, Changes changes) {
    if (!GroupRules.isCommittedLog(command.getLog())) {
      return Refusals.invalid(
          "Expected log main or control, but got number " + command.getLogValue());
    }
    if (!GroupRules.isName(command.getProducerId())) {
      return Refusals.invalid(
          "Expected a producer ID of 1 to "
              + GroupRules.MAX_NAME_BYTES
              + " bytes without control characters, but it is not one");
    }
    byte[] ownerKey = Keys.producerOwner(swarm.key, command.getProducerId());
    byte[] owner = changes.getMeta(ownerKey);
    if (owner != null && !text(owner).equals(command.getPrincipal())) {
      return Refusals.foreignProducer(command.getProducerId());
    }
    Producer producer = load(swarm, command.getLog(), command.getProducerId(), changes);
    if (command.getResumeEpoch() != 0) {
      Outcome refused = checkEpoch(producer, command.getResumeEpoch());
      return refused != null
          ? refused
          : new Outcome.ProducerOpened(producer.epoch, producer.lastNumber + 1);
    }
    if (owner == null) {
      changes.put(Family.META, ownerKey, Keys.utf8(command.getPrincipal()));
    }
    producer.owner = command.getPrincipal();
    producer.epoch++;
    producer.lastNumber = 0;
    markChanged(producer);
    return new Outcome.ProducerOpened(producer.epoch, 1);
  }

  /** The producer of a group, or why the group is refused. */
  sealed interface Admission {
    record Admitted(Producer producer) implements Admission {}

    record NotAdmitted(Outcome outcome) implements Admission {}
  }

  /** Checks epoch and owner of a numbered group. */
  Admission admit(Swarm swarm, Append command, Changes changes) {
    Producer producer = load(swarm, command.getLog(), command.getProducerId(), changes);
    if (producer.owner != null && !producer.owner.equals(command.getPrincipal())) {
      return new Admission.NotAdmitted(Refusals.foreignProducer(command.getProducerId()));
    }
    Outcome refused = checkEpoch(producer, command.getProducerEpoch());
    return refused != null ? new Admission.NotAdmitted(refused) : new Admission.Admitted(producer);
  }

  /**
   * The answer to a group whose number may have been used before, or null if it is the next one.
   */
  @Nullable Outcome recall(
      Swarm swarm, Producer producer, long number, byte[] comparison, Changes changes) {
    long expected = producer.lastNumber + 1;
    if (number == expected) {
      return null;
    }
    if (Long.compareUnsigned(number, expected) > 0) {
      return Refusals.outOfSequence(number, expected);
    }
    if (Long.compareUnsigned(producer.lastNumber - number, EventLog.DEDUPE_WINDOW) >= 0) {
      return Refusals.tooOld(number, producer.lastNumber, EventLog.DEDUPE_WINDOW);
    }
    byte[] row = changes.getMeta(Keys.answer(producer.answers, number, EventLog.DEDUPE_WINDOW));
    Answer answer = row == null ? null : Answer.decode(row, 0);
    if (answer == null || answer.number() != number || answer.producerEpoch() != producer.epoch) {
      // The ring always holds the window; a row that is not there was lost.
      return Refusals.of(
          ErrorReason.ERROR_REASON_REQUEST_TOO_OLD,
          "Expected to remember request number "
              + Long.toUnsignedString(number)
              + ", but its answer is missing, so its outcome is unknown");
    }
    return answer.answers(comparison)
        ? answer.toOutcome(swarm.incarnation)
        : Refusals.numberConflict(number);
  }

  /** Remembers the answer to the next number. */
  void remember(Producer producer, Answer answer, Changes changes) {
    producer.lastNumber++;
    Answer numbered = answer.under(producer.epoch, producer.lastNumber);
    changes.put(
        Family.META,
        Keys.answer(producer.answers, producer.lastNumber, EventLog.DEDUPE_WINDOW),
        numbered.encode());
    markChanged(producer);
  }

  /** Adds the rows of what changed to the entry's changes. */
  void finish(Changes changes) {
    for (Producer producer : changed) {
      changes.put(
          Family.META,
          producer.rowKey,
          new KeyBuilder(16).u64(producer.epoch).u64(producer.lastNumber).toBytes());
      producer.inChanged = false;
    }
    changed.clear();
  }

  /** Called between entries. */
  void trim() {
    cache.trim();
  }

  private Producer load(Swarm swarm, Log log, String id, Changes changes) {
    return cache.get(
        new ProducerKey(swarm, log, id),
        key -> {
          Producer producer = new Producer(key);
          byte[] row = changes.getMeta(producer.rowKey);
          if (row != null) {
            producer.epoch = Bytes.getLong(row, 0);
            producer.lastNumber = Bytes.getLong(row, Long.BYTES);
          }
          byte[] owner = changes.getMeta(Keys.producerOwner(swarm.key, id));
          producer.owner = owner == null ? null : text(owner);
          return producer;
        });
  }

  private void markChanged(Producer producer) {
    if (!producer.inChanged) {
      producer.inChanged = true;
      changed.add(producer);
    }
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static @Nullable Outcome checkEpoch(Producer producer, long epoch) {
    int order = Long.compareUnsigned(epoch, producer.epoch);
    if (order == 0 && epoch != 0) {
      return null;
    }
    return order < 0
        ? Refusals.fenced(producer.id, epoch, producer.epoch)
        : Refusals.unknownEpoch(producer.id, epoch, producer.epoch);
  }
}
