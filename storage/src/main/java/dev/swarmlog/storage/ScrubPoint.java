package dev.swarmlog.storage;

/**
 * How far a scrub of a shard has come.
 *
 * @param family index of the family of rows that comes next
 * @param key where in it, inclusive
 */
@SuppressWarnings("ArrayRecordComponent") // handed back as it came, compared nowhere
public record ScrubPoint(int family, byte[] key) {

  /** Where a scrub begins. */
  public static final ScrubPoint START = new ScrubPoint(0, new byte[0]);
}
