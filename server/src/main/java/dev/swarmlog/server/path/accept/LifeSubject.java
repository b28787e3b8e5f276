package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.Shard;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/**
 * The operation whose life is told, at one moment. Immutable.
 *
 * @param nextOnKey the next operation on its key; 0 if there is none
 * @param nowUnixNs wall clock
 * @param nowNs monotonic clock
 */
record LifeSubject(
    StreamContext context,
    Shard shard,
    SwarmState swarm,
    Log log,
    StoredOperation stored,
    Operation operation,
    long nextOnKey,
    long nowUnixNs,
    long nowNs) {

  static LifeSubject of(
      StreamContext context, Shard shard, SwarmState swarm, Log log, StoredOperation stored) {
    Operation operation = stored.toProto();
    long next =
        stored.isKeyed()
            ? shard
                .log()
                .nextOfKey(swarm.name(), log, stored.scope(), operation.getKey(), stored.opId())
            : 0;
    return new LifeSubject(
        context,
        shard,
        swarm,
        log,
        stored,
        operation,
        next,
        context.time().unixNs(),
        context.time().monotonicNs());
  }

  long opId() {
    return stored.opId();
  }

  long headOpId() {
    return swarm.head(log).getOpId();
  }

  /** Whether a later operation on its key lies at or below one. */
  boolean isSupersededAt(long opId) {
    return nextOnKey != 0 && nextOnKey <= opId;
  }

  /** Whether it is an event that was not handed out any more at a time of the wall clock. */
  boolean isExpiredAt(long unixNs) {
    return !stored.isKeyed() && stored.isExpired(unixNs);
  }

  /** For how long a moment of the monotonic clock has passed. */
  String since(long ns) {
    return LifeWords.duration(nowNs - ns);
  }
}
