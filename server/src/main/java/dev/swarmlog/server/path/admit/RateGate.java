package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Lets through what the rate limits of its swarm allow: at once, or after a wait, or not at all.
 *
 * <p>Who asks is a publisher by its name, whoever it is. A group passes whole: it takes from the
 * buckets of its publisher, one for each of its topics, and from those of the swarm, or from none.
 *
 * <p><b>Turns.</b> What a publisher has waiting in one log passes in the order it came. Publishers
 * whose own buckets have enough wait for the swarm's in turn, one group each; nobody overtakes by
 * being smaller. What waits in main goes before what waits in telemetry; control takes nothing from
 * the swarm's buckets.
 *
 * <p>May be called from any thread; never blocks.
 */
public interface RateGate {

  /**
   * A gate with full buckets.
   *
   * @param limitsOf the limits in force for a swarm; asked each time, must be quick
   * @param alarm wakes those that wait
   */
  static RateGate of(
      Limits limits, Function<String, RateLimits> limitsOf, TimeSource time, Alarm alarm) {
    return new LocalRateGate(limits, limitsOf, time, alarm);
  }

  /**
   * Asks for room. The listener is told once, on this thread or later on another; unless the ticket
   * was given back before.
   */
  Ticket ask(Demand demand, Listener listener);

  /** The most that a publisher may be asked for at once in a topic. */
  Most most(String swarm, Topic topic);

  /** The limits of a swarm are others now: what waits is asked again. */
  void limitsChanged(String swarm);

  /** What the limits of a swarm do. */
  RateLimitFigures figures(String swarm);

  /** From now on nobody waits: who would is refused with {@code SHUTTING_DOWN}. */
  void stopWaiting();

  /**
   * What somebody wants to publish.
   *
   * @param byTopic what of it lies in each topic
   * @param bytes of all of it, serialized
   * @param arrivedNs monotonic time from which patience counts
   * @param alone whether nothing stops its client from sending more meanwhile: of these only so
   *     many may wait
   */
  record Demand(
      String swarm,
      String publisher,
      Log log,
      Map<Topic, Amount> byTopic,
      int operations,
      long bytes,
      long arrivedNs,
      boolean alone) {

    /** All records of a group or batch, which are of one log. */
    public static Demand of(
        String swarm,
        String publisher,
        Log log,
        List<PublishRecord> records,
        long bytes,
        long arrivedNs,
        boolean alone) {
      Topic first = records.get(0).getTopic();
      Map<Topic, Amount> byTopic;
      if (records.stream().allMatch(each -> each.getTopic() == first)) {
        byTopic = Map.of(first, new Amount(records.size(), bytes));
      } else {
        byTopic = new EnumMap<>(Topic.class);
        records.forEach(
            each ->
                byTopic.merge(
                    each.getTopic(), new Amount(1, each.getSerializedSize()), Amount::plus));
      }
      return new Demand(swarm, publisher, log, byTopic, records.size(), bytes, arrivedNs, alone);
    }
  }

  /** Operations, and their bytes. */
  record Amount(int operations, long bytes) {

    Amount plus(Amount other) {
      return new Amount(operations + other.operations, bytes + other.bytes);
    }
  }

  /** What no demand may exceed; the largest number for no bound. */
  record Most(long operations, long bytes) {}

  /** Hears whether there is room. Must not block. */
  interface Listener {

    /** The tokens are taken: go on. */
    void passed();

    /** No tokens were taken. */
    void refused(Refusal refusal);
  }

  /** A place among those that wait. */
  interface Ticket {

    /** Gives it back: the listener hears nothing, unless it is being told at this moment. */
    void withdraw();
  }

  /** Runs something later. */
  interface Alarm {

    Future<?> in(long delayNs, Runnable action);
  }
}
