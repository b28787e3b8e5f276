package dev.swarmlog.reliability.faults.load;

import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishAck;

/**
 * What a producer was told of a group.
 *
 * @param atNs when it came, by {@link System#nanoTime}
 */
public record Answer(long firstOpId, Position last, long atNs) {

  static Answer of(PublishAck ack) {
    return new Answer(ack.getFirstOpId(), ack.getLast(), System.nanoTime());
  }

  /** Whether both name the same operations of the same history. */
  boolean saysTheSame(Answer other) {
    return firstOpId == other.firstOpId && last.equals(other.last);
  }
}
