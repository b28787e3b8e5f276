package dev.swarmlog.server.path.deliver;

/**
 * When an entry was committed, on the monotonic clock.
 *
 * @param appendedNs when it was logged: its logged time is that of this moment
 * @param durableNs when it had become durable
 */
public record CommitTimes(long appendedNs, long durableNs) {

  /** Where nobody asks. */
  static final CommitTimes UNKNOWN = new CommitTimes(0, 0);
}
