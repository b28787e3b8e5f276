package dev.swarmlog.cli;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * Finds where to start a tail so that it shows the last operations that pass a filter, which the
 * coordinator does not know: reads the log backwards in steps, until there are enough or there is
 * no more of it. Keeps operation IDs of one step only. For one thread.
 */
final class LastMatches {

  static final int FIRST_STEP = 1_000;

  /** So that few matches in a long log do not take a call for each thousand operations. */
  private static final int STEP_GROWTH = 4;

  static final int LONGEST_STEP = 64_000;

  private final SwarmClient client;
  private final String swarm;
  private final Log log;
  private final Predicate<Operation> wanted;
  private final LongConsumer progress;

  /**
   * @param progress hears the oldest operation read so far, after each step
   */
  LastMatches(
      SwarmClient client,
      String swarm,
      Log log,
      Predicate<Operation> wanted,
      LongConsumer progress) {
    this.client = client;
    this.swarm = swarm;
    this.log = log;
    this.wanted = wanted;
    this.progress = progress;
  }

  /**
   * How a tail begins that shows the last so many that pass, or all that do if they are fewer.
   *
   * @param count 1 or more
   */
  TailRequest.Builder start(int count) {
    return log == Log.LOG_TELEMETRY ? startOfTelemetry(count) : startOfLog(count);
  }

  private TailRequest.Builder startOfLog(int count) {
    int missing = count;
    long oldestMatch = 0;
    // Everything after this operation has been read.
    long covered = -1;
    long head = 0;
    long step = FIRST_STEP;
    while (true) {
      // Counted from the head, for which the coordinator stops at the horizon by itself. If the log
      // grows meanwhile, the step is shorter by that.
      long back = covered < 0 ? step : head - covered + step;
      Step read = read(back, covered);
      int found = read.matches.size();
      if (found > 0) {
        oldestMatch = read.matches.get(Math.max(0, found - missing));
      }
      missing -= found;
      head = covered < 0 ? read.to : head;
      boolean isWhole = read.after == 0 || read.after == covered || head - read.after < back;
      if (missing <= 0 || isWhole) {
        return oldestMatch == 0
            ? request().setLastOperations(0)
            : request().setAfterOpId(oldestMatch - 1);
      }
      covered = read.after;
      progress.accept(covered);
      step = Math.min(step * STEP_GROWTH, LONGEST_STEP);
    }
  }

  /** Its operations have no IDs to start after, and no more are kept than one call gives. */
  private TailRequest.Builder startOfTelemetry(int count) {
    List<Boolean> passes = new ArrayList<>();
    TailRequest latest = request().setLastOperations(Long.MAX_VALUE).setStopAtHead(true).build();
    try (FrameStream<TailResponse> frames = client.tail(latest)) {
      while (frames.hasNext()) {
        frames
            .next()
            .getTelemetry()
            .getOperationsList()
            .forEach(operation -> passes.add(wanted.test(operation)));
      }
    }
    int first = passes.size();
    int back = 0;
    for (int missing = count; first > 0 && missing > 0; ) {
      first--;
      if (passes.get(first)) {
        missing--;
        back = passes.size() - first;
      }
    }
    return request().setLastOperations(back);
  }

  /**
   * An interval of the log.
   *
   * @param after exclusive
   * @param to inclusive
   * @param matches the operations of it that pass, ascending
   */
  private record Step(long after, long to, List<Long> matches) {}

  /**
   * Reads from so many before the head up to an operation, inclusive.
   *
   * @param through negative for the head
   */
  private Step read(long back, long through) {
    long after = -1;
    long to = 0;
    List<Long> matches = new ArrayList<>();
    TailRequest part = request().setLastOperations(back).setStopAtHead(true).build();
    try (FrameStream<TailResponse> frames = client.tail(part)) {
      while ((through < 0 || to < through) && frames.hasNext()) {
        TailResponse frame = frames.next();
        if (frame.hasCaughtUp()) {
          to = frame.getCaughtUp().getPosition().getOpId();
        } else if (frame.hasDelivery()) {
          after = after < 0 ? frame.getDelivery().getFromOpId() : after;
          to = frame.getDelivery().getTo().getOpId();
          for (Operation operation : frame.getDelivery().getOperationsList()) {
            if ((through < 0 || operation.getOpId() <= through) && wanted.test(operation)) {
              matches.add(operation.getOpId());
            }
          }
        }
      }
    }
    return new Step(after < 0 ? to : after, to, matches);
  }

  private TailRequest.Builder request() {
    return TailRequest.newBuilder().setSwarm(swarm).setLog(log);
  }
}
