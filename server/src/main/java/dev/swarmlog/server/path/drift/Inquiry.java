package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the agent of a lane for digests of ever smaller intervals of keys, until it is known which
 * keys of a scope differ from the log. One scope at a time, one question at a time.
 *
 * <p>Belongs to the lane's serial executor.
 */
final class Inquiry {

  private final Watched watched;
  private final LaneWork work;
  private final int maxKeyBytes;

  private @Nullable Question open;
  private long lastQueryId;
  private Position stoodAt = Position.getDefaultInstance();
  private boolean keysUnknown;

  private record Question(Search search, KeyInterval interval, long queryId) {}

  /**
   * A search that is under way.
   *
   * @param standsAt where the agent stands all the time, and nothing is delivered meanwhile; null
   *     if it moves
   */
  private record Search(
      Scope scope,
      Descent descent,
      @Nullable Position standsAt,
      IntConsumer traffic,
      Consumer<Descent> found) {}

  Inquiry(Watched watched, LaneWork work, int maxKeyBytes) {
    this.watched = watched;
    this.work = work;
    this.maxKeyBytes = maxKeyBytes;
  }

  /**
   * Begins to look through a scope, between deliveries.
   *
   * @param traffic is told the bytes of each frame sent or received
   * @param found is told when there is nothing more to ask
   */
  void locate(Scope scope, IntConsumer traffic, Consumer<Descent> found) {
    ask(new Search(scope, new Descent(KeyInterval.ALL), null, traffic, found));
  }

  /**
   * Begins to look through an interval while nothing is delivered.
   *
   * @param at where the agent stands
   * @param traffic is told the bytes of each frame sent or received
   * @param found is told when there is nothing more to ask
   */
  void locateAt(
      Position at, Scope scope, KeyInterval keys, IntConsumer traffic, Consumer<Descent> found) {
    ask(new Search(scope, new Descent(keys), at, traffic, found));
  }

  private void ask(Search search) {
    KeyInterval interval = search.descent().next();
    if (interval == null) {
      search.found().accept(search.descent());
    } else if (search.standsAt() == null) {
      work.insert((eventLog, at) -> () -> send(search, interval));
    } else {
      // One frame at a time, whether the stream's window is open or not.
      send(search, interval);
    }
  }

  private void send(Search search, KeyInterval interval) {
    lastQueryId++;
    open = new Question(search, interval, lastQueryId);
    DigestQuery query =
        DigestQuery.newBuilder()
            .setQueryId(lastQueryId)
            .setScope(search.scope())
            .setAfterKey(interval.afterKey())
            .setThroughKey(interval.throughKey())
            .setMaxParts(Descent.MAX_PARTS)
            .build();
    search.traffic().accept(query.getSerializedSize());
    watched.sink().query(query);
  }

  /** Where the agent stood at its last answer. */
  Position stoodAt() {
    return stoodAt;
  }

  /** Whether the agent said at its last answer that it does not know its keys. */
  boolean keysUnknown() {
    return keysUnknown;
  }

  /** Takes an answer. Returns what is wrong with it, or null. */
  @Nullable String answer(DigestReport report) {
    Question asked = open;
    if (asked == null || asked.queryId() != report.getQueryId()) {
      return "Expected a DigestReport for each DigestQuery, but got one for query %s that is not open."
          .formatted(Long.toUnsignedString(report.getQueryId()));
    }
    Position at = report.getPosition();
    long headOpId = watched.lane().headOpId();
    if (at.getLog() != watched.log() || Long.compareUnsigned(at.getOpId(), headOpId) > 0) {
      return "Expected a position of the lane's log up to operation %d, but got operation %s of %s."
          .formatted(headOpId, Long.toUnsignedString(at.getOpId()), LogName.of(at.getLog()));
    }
    Position standsAt = asked.search().standsAt();
    if (standsAt != null && at.getOpId() != standsAt.getOpId()) {
      return "Expected a DigestReport of operation %d, where the lane stands, but got one of operation %d."
          .formatted(standsAt.getOpId(), at.getOpId());
    }
    String misfit = Descent.misfit(asked.interval(), report.getPartsList(), maxKeyBytes);
    if (misfit != null) {
      return misfit + ".";
    }
    open = null;
    stoodAt = at;
    keysUnknown = report.getUnknown();
    asked.search().traffic().accept(report.getSerializedSize());
    if (report.getUnknown() && standsAt != null) {
      asked.search().descent().unknown();
      ask(asked.search());
      return null;
    }
    OwnParts own =
        new OwnParts(
            watched.eventLog(),
            watched.swarm(),
            watched.log(),
            asked.search().scope(),
            at.getOpId(),
            asked.interval(),
            report.getPartsList());
    readOwn(asked.search(), report, own);
    return null;
  }

  /** A step per task, so that others get their turn between two. */
  private void readOwn(Search search, DigestReport report, OwnParts own) {
    work.read(
        own::step,
        more -> {
          if (more) {
            readOwn(search, report, own);
          } else {
            search.descent().compared(report.getPartsList(), own.parts());
            ask(search);
          }
        });
  }
}
