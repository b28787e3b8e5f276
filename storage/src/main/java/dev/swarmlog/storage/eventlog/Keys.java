package dev.swarmlog.storage.eventlog;

import dev.swarmlog.v1.Log;
import java.nio.charset.StandardCharsets;

/**
 * The keys of all rows of a shard, and the layouts of their values. Numbers are unsigned and
 * big-endian; {@code name..} is escaped and terminated ({@link KeyBuilder}), {@code name*} goes as
 * it is to the end of the key.
 *
 * <pre>
 * swarm    = slot (2) | swarm number (8)        10 bytes; numbers count from 1 per slot and are never reused
 * partition= log (1: 01 control, 02 main) | partition (4, 0 today)
 * scope    = topic (1) | kind (1: 01 all, 02 agent, 03 role) | name..   name empty for all
 *
 * family        key                                              value
 * log           swarm | partition | op (8)                       running hash (16) | Operation*
 * scope         swarm | partition | scope | op (8)               sums (72)
 * delta         swarm | partition | scope | op (8)               class (1: 01 event, 02 keyed) | key*
 * state         swarm | scope | key*                             op (8) | flags (1) | value digest (16, if live)
 *                                                                  | bytes (4, if sized) | expiry (8, if it expires)
 * history       swarm | partition | scope | key.. | ~op (8)      live (1) | value digest (16, if live)
 * coordination  swarm | 01 | agent.. | log (1)                   acknowledged op (8)
 *               swarm | 02 | expiry (8) | log (1) | op (8)       scope | key*, which is empty for an event
 *               swarm | 03 | agent.. | log (1) | op (8)          FailedRow*
 *               swarm | 04 | agent.. | log (1) | op (8)          Operation*
 *
 * meta          ffff | 0 (8) | 01                                format version (4) | shard (4) | shard count (4)
 *               ffff | 0 (8) | 02                                applied index (8) | logged time (8)
 *               slot | 0 (8) | 03                                last swarm number given (8)
 *               slot | 0 (8) | 04 | name*                        swarm number (8)
 *               swarm | 10                                       SwarmRow
 *               swarm | 11 | partition                           head op (8) | running hash (16)
 *               swarm | 12 | producer*                           principal that owns it*
 *               swarm | 13 | log (1) | producer*                 epoch (8) | last number (8)
 *               swarm | 14 | log (1) | producer.. | n mod 1024 (2)   answer (73)
 *               swarm | 15 | idempotency key*                    expiry (8) | answer (73)
 *               swarm | 16 | expiry (8) | idempotency key*       empty
 *               swarm | 17 | partition                           horizon op (8) | running hash (16)
 *               swarm | 18                                       RateLimits (since format 5)
 *               swarm | 19                                       AncestorsRow (since format 6)
 *
 * sums   = state digest (16) | event count (8) | event hash (16) | op count (8)
 *        | deletion count (8, since format 2) | written bytes (8, since format 3) | state bytes (8, since format 3)
 * answer = producer epoch (8) | number (8) | epoch (8) | first op (8) | last op (8) | running hash (16)
 *        | comparison digest (16) | log (1)
 * flags  = bit 0: live. Bit 1 is kept for a value that follows, once its operation has left the log.
 *          Bit 2: it expires (since format 2). Bit 3: the bytes of its operation follow (since format 3).
 * expiry = nanoseconds since 1970-01-01T00:00:00Z on the logged clock, below 2^63
 * </pre>
 *
 * <p>There is a row of {@code coordination} with 02 for each live key whose newest operation
 * expires, and for each event that has not expired yet (since format 2).
 *
 * <p>There is a row of {@code coordination} with 03 for each operation that an agent could not
 * apply and that is not settled, and one with 04 beside it while it waits or is parked (since
 * format 5).
 *
 * <p>At and below the horizon (since format 4) there are only: of each key that is live there, the
 * newest operation in {@code log} and {@code history}, and in {@code delta} while it is the newest
 * of all; and of each scope the newest row of {@code scope}. Above it nothing is missing.
 *
 * <p>A value lies in {@code log} only: {@code state} names its operation. That halves what a keyed
 * operation writes.
 */
final class Keys {

  static final int META_FORMAT = 0x01;
  static final int META_APPLIED = 0x02;
  static final int META_LAST_SWARM_NUMBER = 0x03;
  static final int META_SWARM_BY_NAME = 0x04;
  static final int META_SWARM = 0x10;
  static final int META_HEAD = 0x11;
  static final int META_PRODUCER_OWNER = 0x12;
  static final int META_PRODUCER = 0x13;
  static final int META_ANSWER = 0x14;
  static final int META_IDEMPOTENCY = 0x15;
  static final int META_IDEMPOTENCY_EXPIRY = 0x16;
  static final int META_HORIZON = 0x17;
  static final int META_RATE_LIMITS = 0x18;
  static final int META_ANCESTORS = 0x19;

  static final int COORDINATION_CURSOR = 0x01;
  static final int COORDINATION_EXPIRY = 0x02;
  static final int COORDINATION_FAILED = 0x03;
  static final int COORDINATION_FAILED_OPERATION = 0x04;
  private static final int NO_SLOT = 0xffff;
  private static final int SWARM_BYTES = 10;

  private Keys() {}

  /** A row of the shard as a whole. */
  static byte[] shard(int kind) {
    return swarmKey(NO_SLOT, 0, 1).u8(kind).toBytes();
  }

  static byte[] lastSwarmNumber(int slot) {
    return swarmKey(slot, 0, 1).u8(META_LAST_SWARM_NUMBER).toBytes();
  }

  /** What all {@link #swarmByName} keys of a slot start with. */
  static byte[] swarmNames(int slot) {
    return swarmKey(slot, 0, 1).u8(META_SWARM_BY_NAME).toBytes();
  }

  static byte[] swarmByName(int slot, String name) {
    return Bytes.append(swarmNames(slot), utf8(name));
  }

  static byte[] swarm(int slot, long number) {
    return swarmKey(slot, number, 0).toBytes();
  }

  /** {@code swarm | kind}: a row of `meta`, or what several start with. */
  static byte[] meta(byte[] swarm, int kind) {
    return new KeyBuilder(swarm.length + 1).raw(swarm).u8(kind).toBytes();
  }

  static byte[] head(byte[] swarm, Log log) {
    return ofPartition(swarm, META_HEAD, log);
  }

  static byte[] horizon(byte[] swarm, Log log) {
    return ofPartition(swarm, META_HORIZON, log);
  }

  private static byte[] ofPartition(byte[] swarm, int kind, Log log) {
    return new KeyBuilder(swarm.length + 6)
        .raw(swarm)
        .u8(kind)
        .u8(log.getNumber())
        .u32(0)
        .toBytes();
  }

  static byte[] producerOwner(byte[] swarm, String producer) {
    return new KeyBuilder(swarm.length + 64)
        .raw(swarm)
        .u8(META_PRODUCER_OWNER)
        .raw(utf8(producer))
        .toBytes();
  }

  static byte[] producer(byte[] swarm, Log log, String producer) {
    return new KeyBuilder(swarm.length + 64)
        .raw(swarm)
        .u8(META_PRODUCER)
        .u8(log.getNumber())
        .raw(utf8(producer))
        .toBytes();
  }

  /**
   * What all answers of a producer in a log start with; {@code number mod window} as two bytes
   * follows.
   */
  static byte[] answers(byte[] swarm, Log log, String producer) {
    return new KeyBuilder(swarm.length + 64)
        .raw(swarm)
        .u8(META_ANSWER)
        .u8(log.getNumber())
        .terminated(utf8(producer))
        .toBytes();
  }

  static byte[] answer(byte[] answers, long number, int window) {
    return new KeyBuilder(answers.length + 2)
        .raw(answers)
        .u16((int) Long.remainderUnsigned(number, window))
        .toBytes();
  }

  static byte[] idempotency(byte[] swarm, byte[] key) {
    return new KeyBuilder(swarm.length + 1 + key.length)
        .raw(swarm)
        .u8(META_IDEMPOTENCY)
        .raw(key)
        .toBytes();
  }

  static byte[] idempotencyExpiry(byte[] swarm, long expiryUnixNs, byte[] key) {
    return new KeyBuilder(swarm.length + 9 + key.length)
        .raw(swarm)
        .u8(META_IDEMPOTENCY_EXPIRY)
        .u64(expiryUnixNs)
        .raw(key)
        .toBytes();
  }

  /**
   * {@code swarm | partition}: what all keys of a log start with, in `log`, `scope`, `delta` and
   * `history`.
   */
  static byte[] partition(byte[] swarm, Log log) {
    return new KeyBuilder(swarm.length + 5).raw(swarm).u8(log.getNumber()).u32(0).toBytes();
  }

  /** What all versions of a key start with in `history`; the inverted operation ID follows. */
  static byte[] versions(byte[] partitionAndScope, byte[] key) {
    return new KeyBuilder(partitionAndScope.length + key.length + 10)
        .raw(partitionAndScope)
        .terminated(key)
        .toBytes();
  }

  static byte[] cursor(byte[] swarm, String agent, Log log) {
    return new KeyBuilder(swarm.length + 64)
        .raw(swarm)
        .u8(COORDINATION_CURSOR)
        .terminated(utf8(agent))
        .u8(log.getNumber())
        .toBytes();
  }

  /** What all cursors of a swarm start with. */
  static byte[] cursors(byte[] swarm) {
    return new KeyBuilder(swarm.length + 1).raw(swarm).u8(COORDINATION_CURSOR).toBytes();
  }

  /** What all expiries of a swarm start with; the time follows. */
  static byte[] expiries(byte[] swarm) {
    return new KeyBuilder(swarm.length + 1).raw(swarm).u8(COORDINATION_EXPIRY).toBytes();
  }

  static byte[] expiry(byte[] swarm, long expiresUnixNs, Log log, long opId) {
    return new KeyBuilder(swarm.length + 18)
        .raw(swarm)
        .u8(COORDINATION_EXPIRY)
        .u64(expiresUnixNs)
        .u8(log.getNumber())
        .u64(opId)
        .toBytes();
  }

  /** What the rows of all operations start with that agents of a swarm could not apply. */
  static byte[] failures(byte[] swarm) {
    return new KeyBuilder(swarm.length + 1).raw(swarm).u8(COORDINATION_FAILED).toBytes();
  }

  /** The same of one agent. */
  static byte[] failures(byte[] swarm, String agent) {
    return new KeyBuilder(swarm.length + 64)
        .raw(swarm)
        .u8(COORDINATION_FAILED)
        .terminated(utf8(agent))
        .toBytes();
  }

  /** The same of one agent in one log; the operation follows. */
  static byte[] failures(byte[] swarm, String agent, Log log) {
    return Bytes.append(failures(swarm, agent), new byte[] {(byte) log.getNumber()});
  }

  static byte[] failed(byte[] swarm, String agent, Log log, long opId) {
    return Bytes.append(failures(swarm, agent, log), opId);
  }

  /** The row of the operation beside that of a failure. */
  static byte[] failedOperation(byte[] failed, int swarmLength) {
    byte[] key = failed.clone();
    key[swarmLength] = COORDINATION_FAILED_OPERATION;
    return key;
  }

  /** The agent in the key of a failure. */
  static String failedAgent(byte[] failed, int swarmLength) {
    return Scopes.decodeName(failed, swarmLength + 1);
  }

  /** The agent in the key of a cursor. */
  static String cursorAgent(byte[] cursor, int swarmLength) {
    return Scopes.decodeName(cursor, swarmLength + 1);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static KeyBuilder swarmKey(int slot, long number, int moreBytes) {
    return new KeyBuilder(SWARM_BYTES + moreBytes).u16(slot).u64(number);
  }
}
