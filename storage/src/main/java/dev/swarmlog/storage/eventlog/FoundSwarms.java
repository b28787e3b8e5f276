package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.v1.SwarmRow;
import dev.swarmlog.v1.Log;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What {@code meta} of a shard still tells of its swarms. Owned by one thread. */
final class FoundSwarms implements ReadableRows.Listener {

  private final Map<RowKey, Found> bySwarm =
      new TreeMap<>(Comparator.comparing(RowKey::bytes, Arrays::compareUnsigned));
  private final Collection<Gap> gaps;
  private byte @Nullable [] format;
  private long appliedIndex;
  private long loggedUnixNs;

  /** One swarm. */
  static final class Found {
    final byte[] key;
    private @Nullable String name;
    private @Nullable SwarmRow row;
    private final Map<Log, Horizon> heads = new TreeMap<>();
    private final Map<Log, Horizon> horizons = new TreeMap<>();

    private Found(byte[] key) {
      this.key = key;
    }

    int slot() {
      return (key[0] & 0xff) << 8 | key[1] & 0xff;
    }

    long number() {
      return Bytes.getLong(key, 2);
    }

    /**
     * Its name. Where neither the row of the name nor that of the swarm can be read, one that lies
     * in the same slot.
     */
    String name() {
      if (row != null) {
        return row.getName();
      }
      return name != null ? name : nameInSlot();
    }

    private String nameInSlot() {
      String prefix = "recovered-" + slot() + "-" + number();
      String candidate = prefix;
      for (int i = 1; Slots.slotOf(candidate) != slot(); i++) {
        candidate = prefix + "-" + i;
      }
      return candidate;
    }

    @Nullable SwarmRow row() {
      return row;
    }

    /** The head that {@code meta} states; null if it cannot be read. */
    @Nullable Horizon head(Log log) {
      return heads.get(log);
    }

    /** How far a log was compacted; null if {@code meta} does not state it. */
    @Nullable Horizon horizon(Log log) {
      return horizons.get(log);
    }
  }

  /**
   * Prepares to listen.
   *
   * @param gaps gets those of {@code meta}
   */
  FoundSwarms(Collection<Gap> gaps) {
    this.gaps = gaps;
  }

  @Override
  public void row(byte[] key, byte[] value) {
    RowOwner owner = RowOwner.of(Family.META, key);
    switch (key[RowOwner.BEHIND_SWARM]) {
      case Keys.META_FORMAT -> {
        ShardFormat.checkReadable(value);
        format = value;
      }
      case Keys.META_APPLIED -> {
        appliedIndex = AppliedEntry.index(value);
        loggedUnixNs = AppliedEntry.loggedUnixNs(value);
      }
      case Keys.META_SWARM_BY_NAME ->
          of(new RowKey(Keys.swarm(owner.slot(), Bytes.getLong(value, 0)))).name = name(key);
      case Keys.META_SWARM -> of(owner.swarm()).row = parse(owner.swarm(), value);
      case Keys.META_HEAD -> {
        if (owner.log() != null) {
          of(owner.swarm()).heads.put(owner.log(), Horizon.ofRow(value));
        }
      }
      case Keys.META_HORIZON -> {
        if (owner.log() != null) {
          of(owner.swarm()).horizons.put(owner.log(), Horizon.ofRow(value));
        }
      }
      default -> {
        // Said of nobody that is not known otherwise.
      }
    }
  }

  /** The name in the key of a row that gives one. */
  static String name(byte[] key) {
    return new String(
        key,
        RowOwner.BEHIND_SWARM + 1,
        key.length - RowOwner.BEHIND_SWARM - 1,
        StandardCharsets.UTF_8);
  }

  @Override
  public void gap(Gap gap) {
    gaps.add(gap);
  }

  private static SwarmRow parse(RowKey swarm, byte[] value) {
    try {
      return SwarmRow.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected the row of swarm "
              + Bytes.getLong(swarm.bytes(), 2)
              + " to be readable, but it is not, although its checksum is right. Restore the"
              + " directory from a backup.",
          e);
    }
  }

  /** A swarm by {@code slot | number}; it is known from now on. */
  Found of(RowKey swarm) {
    return bySwarm.computeIfAbsent(swarm, key -> new Found(key.bytes()));
  }

  /** All that are known, by slot and number. */
  Collection<Found> all() {
    return bySwarm.values();
  }

  boolean formatKnown() {
    return format != null;
  }

  /**
   * Checks that it is the shard that it is taken for, if it says which it is.
   *
   * @throws StorageException if it is another one
   */
  void checkPlace(int shard, int shardCount) {
    if (format != null) {
      ShardFormat.checkPlace(format, shard, shardCount, StorageException.Kind.BEYOND_REPAIR);
    }
  }

  /** The last entry; 0 if there is none, or it cannot be read. */
  long appliedIndex() {
    return appliedIndex;
  }

  /** Logged time of the last entry; 0 if it cannot be read. */
  long loggedUnixNs() {
    return loggedUnixNs;
  }
}
