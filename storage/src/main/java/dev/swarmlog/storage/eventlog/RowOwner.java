package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whose row it is, read from its key alone: see {@link Keys}.
 *
 * @param swarm {@code slot | number}; of rows of the shard and of a slot the number is 0
 * @param log null if the row belongs to no single log
 */
record RowOwner(RowKey swarm, @Nullable Log log) {

  /** Where in a key that begins with a swarm the kind, the log or the scope stands. */
  static final int BEHIND_SWARM = 10;

  private static final int BEHIND_KIND = BEHIND_SWARM + 1;

  static RowOwner of(Family family, byte[] key) {
    RowKey swarm = new RowKey(Arrays.copyOf(key, BEHIND_SWARM));
    return new RowOwner(
        swarm,
        switch (family) {
          case LOG, SCOPE, DELTA, HISTORY -> Log.forNumber(key[BEHIND_SWARM]);
          case STATE -> Scopes.logOf(Topic.forNumber(key[BEHIND_SWARM]));
          case COORDINATION -> logOfCoordination(key);
          case META -> logOfMeta(key);
          case TELEMETRY -> Log.LOG_TELEMETRY;
        });
  }

  int slot() {
    return (swarm.bytes()[0] & 0xff) << 8 | swarm.bytes()[1] & 0xff;
  }

  private static Log logOfCoordination(byte[] key) {
    return Log.forNumber(
        switch (key[BEHIND_SWARM]) {
          case Keys.COORDINATION_CURSOR -> key[key.length - 1];
          case Keys.COORDINATION_EXPIRY -> key[BEHIND_KIND + Long.BYTES];
          default -> key[key.length - Long.BYTES - 1];
        });
  }

  private static @Nullable Log logOfMeta(byte[] key) {
    return switch (key[BEHIND_SWARM]) {
      case Keys.META_HEAD, Keys.META_HORIZON, Keys.META_PRODUCER, Keys.META_ANSWER ->
          Log.forNumber(key[BEHIND_KIND]);
      default -> null;
    };
  }
}
