package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A delivery in the form in which it is sent: a small head of its own and runs of operations that
 * it shares with other lanes.
 *
 * @param fromExclusive where the lane stood
 * @param to where it stands after it
 * @param runs each a concatenation of {@code operations} fields of {@link
 *     dev.swarmlog.v1.Delivery}, tag and length included; shared, never to be changed
 * @param operationCount operations in the runs
 * @param redeliveryCount how many of them the agent is given again
 * @param runBytes length of the runs together
 * @param skipped events of the interval that have expired, by scope
 * @param origins where the operations come from
 * @param tracedOpIds operations that the agent shall make a span of having applied, ascending
 */
public record DeliveryFrame(
    long fromExclusive,
    Position to,
    List<byte[]> runs,
    int operationCount,
    int redeliveryCount,
    int runBytes,
    List<Skipped> skipped,
    List<RunOrigin> origins,
    List<Long> tracedOpIds) {

  /**
   * What a view sees of batches held in memory.
   *
   * @param afterExclusive operations up to here are left out
   * @param loggedUnixNs events that have expired by then are left out
   */
  static DeliveryFrame of(
      long fromExclusive,
      SwarmTail.Next.Batches next,
      View view,
      long afterExclusive,
      long loggedUnixNs) {
    List<byte[]> runs = new ArrayList<>(next.batches().size());
    List<Skipped> skipped = new ArrayList<>();
    List<RunOrigin> origins = new ArrayList<>(next.batches().size());
    int operations = 0;
    int redeliveries = 0;
    int bytes = 0;
    for (TailBatch batch : next.batches()) {
      EncodedRun run = batch.withoutExpired(view, afterExclusive, loggedUnixNs, skipped);
      if (run.operationCount() > 0) {
        runs.add(run.bytes());
        origins.add(run.origin());
        operations += run.operationCount();
        redeliveries += run.redeliveryCount();
        bytes += run.bytes().length;
      }
    }
    return new DeliveryFrame(
        fromExclusive,
        next.to(),
        runs,
        operations,
        redeliveries,
        bytes,
        skipped,
        origins,
        List.of());
  }

  /**
   * A page read from disk, for a lane that stands at {@code from}.
   *
   * @param times of its oldest operation
   */
  static DeliveryFrame of(Position from, Page page, CommitTimes times) {
    EncodedRun run = EncodedRun.of(page.operations(), times, Map.of());
    return new DeliveryFrame(
        from.getOpId(),
        Positions.at(from, page.toInclusive(), page.runningHash()),
        run.operationCount() == 0 ? List.of() : List.of(run.bytes()),
        run.operationCount(),
        run.redeliveryCount(),
        run.bytes().length,
        page.skipped(),
        run.operationCount() == 0 ? List.of() : List.of(run.origin()),
        List.of());
  }

  /** One without operations: it moves the reader's cursor. */
  static DeliveryFrame bookmark(long fromExclusive, Position to) {
    return new DeliveryFrame(
        fromExclusive, to, List.of(), 0, 0, 0, List.of(), List.of(), List.of());
  }

  /** The same, of which an agent is to make spans. */
  DeliveryFrame tracing(List<Long> opIds) {
    return opIds.isEmpty()
        ? this
        : new DeliveryFrame(
            fromExclusive,
            to,
            runs,
            operationCount,
            redeliveryCount,
            runBytes,
            skipped,
            origins,
            opIds);
  }
}
