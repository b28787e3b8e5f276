package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.Position;
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
 */
public record DeliveryFrame(
    long fromExclusive, Position to, List<byte[]> runs, int operationCount, int runBytes) {}
