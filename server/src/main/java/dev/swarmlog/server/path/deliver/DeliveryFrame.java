package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Skipped;
import java.util.List;

/**
 * A delivery in the form in which it is sent: a small head of its own and runs of operations that
 * it shares with other lanes.
 *
 * @param fromExclusive where the lane stood
 * @param to where it stands after it
 * @param runs each a concatenation of {@code operations} fields of {@link
 *     dev.swarmlog.v1.Delivery}, tag and length included; shared, never to be changed
 * @param operationCount operations in the runs
 * @param runBytes length of the runs together
 * @param skipped events of the interval that have expired, by scope
 */
public record DeliveryFrame(
    long fromExclusive,
    Position to,
    List<byte[]> runs,
    int operationCount,
    int runBytes,
    List<Skipped> skipped) {

  /** One without operations: it moves the reader's cursor. */
  static DeliveryFrame bookmark(long fromExclusive, Position to) {
    return new DeliveryFrame(fromExclusive, to, List.of(), 0, 0, List.of());
  }
}
