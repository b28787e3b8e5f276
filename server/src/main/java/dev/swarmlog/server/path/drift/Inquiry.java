package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the agent of a lane for digests of ever smaller intervals of keys, until it is known which
 * keys of a scope differ from the log. One scope at a time; one question at a time, or some while
 * nothing is delivered.
 *
 * <p>Belongs to the lane's serial executor.
 */
final class Inquiry {

  /** While nothing is delivered; else one question is under way at a time. */
  static final int MAX_UNDER_WAY = 16;

  private final Watched watched;
  private final LaneWork work;
  private final int maxKeyBytes;

  // In the order in which they were asked, which is that of the answers.
  private final Deque<Question> open = new ArrayDeque<>();
  // Answers that wait for the log to be read, one after the other.
  private final Deque<Answer> unread = new ArrayDeque<>();
  private boolean reading;
  private long lastQueryId;
  private Position stoodAt = Position.getDefaultInstance();
  private boolean keysUnknown;

  private record Question(Search search, KeyInterval interval, long queryId) {}

  private record Answer(Question asked, DigestReport report) {}

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
    if (search.standsAt() == null) {
      KeyInterval interval = search.descent().next();
      if (interval == null) {
        search.found().accept(search.descent());
      } else {
        work.insert((eventLog, at) -> () -> send(search, interval));
      }
      return;
    }
    while (underWay() < MAX_UNDER_WAY) {
      KeyInterval interval = search.descent().next();
      if (interval == null) {
        break;
      }
      // So few frames go out whether the stream's window is open or not.
      send(search, interval);
    }
    if (underWay() == 0) {
      search.found().accept(search.descent());
    }
  }

  private int underWay() {
    return open.size() + unread.size() + (reading ? 1 : 0);
  }

  private void send(Search search, KeyInterval interval) {
    lastQueryId++;
    open.add(new Question(search, interval, lastQueryId));
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
    Question asked = open.peek();
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
    open.remove();
    stoodAt = at;
    keysUnknown = report.getUnknown();
    asked.search().traffic().accept(report.getSerializedSize());
    if (report.getUnknown() && standsAt != null) {
      asked.search().descent().unknown(asked.interval());
      ask(asked.search());
    } else {
      unread.add(new Answer(asked, report));
      readNext();
    }
    return null;
  }

  private void readNext() {
    Answer answer = reading ? null : unread.poll();
    if (answer != null) {
      reading = true;
      Question asked = answer.asked();
      readOwn(
          answer,
          new OwnParts(
              watched.eventLog(),
              watched.swarm(),
              watched.log(),
              asked.search().scope(),
              answer.report().getPosition().getOpId(),
              asked.interval(),
              answer.report().getPartsList()));
    }
  }

  /** A step per task, so that others get their turn between two. */
  private void readOwn(Answer answer, OwnParts own) {
    work.read(
        own::step,
        more -> {
          if (more) {
            readOwn(answer, own);
          } else {
            reading = false;
            Question asked = answer.asked();
            asked
                .search()
                .descent()
                .compared(asked.interval(), answer.report().getPartsList(), own.parts());
            readNext();
            ask(asked.search());
          }
        });
  }
}
