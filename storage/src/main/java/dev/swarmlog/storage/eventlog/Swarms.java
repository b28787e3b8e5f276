package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.AncestorsRow;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.storage.v1.SwarmRow;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimits;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The swarms of a shard, as the writer sees them. All are held in memory. Owned by the writer
 * thread.
 */
final class Swarms {

  private final Map<String, Swarm> byName = new HashMap<>();

  /** Reads all swarms and their heads. */
  static Swarms load(KeyValueStore store) {
    Swarms swarms = new Swarms();
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      byte[] names = Keys.swarmNames(slot);
      try (RowCursor rows = store.scan(Family.META, names, Bytes.after(names))) {
        while (rows.next()) {
          Swarm swarm = load(store, slot, Bytes.getLong(rows.value(), 0));
          swarms.byName.put(swarm.name, swarm);
        }
      }
    }
    return swarms;
  }

  private static Swarm load(KeyValueStore store, int slot, long number) {
    byte[] key = Keys.meta(Keys.swarm(slot, number), Keys.META_SWARM);
    byte[] row = store.get(Family.META, key);
    if (row == null) {
      throw damaged(slot, number, "its row is missing");
    }
    Swarm swarm;
    byte[] limits =
        store.get(Family.META, Keys.meta(Keys.swarm(slot, number), Keys.META_RATE_LIMITS));
    try {
      swarm = new Swarm(SwarmRow.parseFrom(row), slot, number);
      if (limits != null) {
        swarm.loadRateLimits(RateLimits.parseFrom(limits));
      }
      byte[] ancestors = store.get(Family.META, Keys.meta(swarm.key, Keys.META_ANCESTORS));
      if (ancestors != null) {
        swarm.epochs.load(AncestorsRow.parseFrom(ancestors));
      }
    } catch (InvalidProtocolBufferException e) {
      throw damaged(slot, number, "its row cannot be read");
    }
    load(store, swarm.key, swarm.main);
    load(store, swarm.key, swarm.control);
    return swarm;
  }

  private static void load(KeyValueStore store, byte[] swarm, LogHead head) {
    byte[] row = store.get(Family.META, head.key());
    if (row != null) {
      head.load(row);
    }
    byte[] horizon = store.get(Family.META, Keys.horizon(swarm, head.log));
    if (horizon != null) {
      head.horizon().moveTo(Horizon.ofRow(horizon));
    }
  }

  private static StorageException damaged(int slot, long number, String what) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected swarm "
            + number
            + " of slot "
            + slot
            + " to be whole, but "
            + what
            + ". Restore the directory from a backup.");
  }

  @Nullable Swarm find(String name) {
    return byName.get(name);
  }

  Collection<Swarm> all() {
    return byName.values();
  }

  /** Creates a swarm. On success the new swarm is {@link #find found} at once. */
  Outcome create(CreateSwarm command, long loggedUnixNs, Changes changes) {
    if (!GroupRules.isName(command.getName())) {
      return Refusals.invalid(
          "Expected a swarm name of 1 to "
              + GroupRules.MAX_NAME_BYTES
              + " bytes without control characters, but it is not one");
    }
    if (command.getIncarnation() == 0 || command.getEpoch() == 0) {
      return Refusals.invalid("Expected an incarnation and an epoch, but one of them is 0");
    }
    if (byName.containsKey(command.getName())) {
      return new Outcome.Refused(
          ErrorReason.ERROR_REASON_SWARM_EXISTS,
          "Expected a new swarm, but there is one named '" + command.getName() + "'",
          Map.of("swarm", command.getName()));
    }
    int slot = Slots.slotOf(command.getName());
    byte[] counterKey = Keys.lastSwarmNumber(slot);
    byte[] counter = changes.getMeta(counterKey);
    long number = counter == null ? 1 : Bytes.getLong(counter, 0) + 1;
    SwarmRow row =
        SwarmRow.newBuilder()
            .setName(command.getName())
            .setIncarnation(command.getIncarnation())
            .setEpoch(command.getEpoch())
            .setCreatedUnixNano(loggedUnixNs)
            .build();
    Swarm swarm = new Swarm(row, slot, number);
    byte[] numberRow = new KeyBuilder(Long.BYTES).u64(number).toBytes();
    changes.put(Family.META, counterKey, numberRow);
    changes.put(Family.META, Keys.swarmByName(slot, swarm.name), numberRow);
    changes.put(Family.META, Keys.meta(swarm.key, Keys.META_SWARM), row.toByteArray());
    changes.put(Family.META, swarm.main.key(), swarm.main.toRow());
    changes.put(Family.META, swarm.control.key(), swarm.control.toRow());
    byName.put(swarm.name, swarm);
    return new Outcome.SwarmCreated(swarm.toState());
  }

  /** A head of a swarm, for messages. */
  static String describe(Swarm swarm, Log log) {
    return "log " + LogName.of(log) + " of swarm '" + swarm.name + "'";
  }
}
