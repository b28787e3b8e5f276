package dev.swarmlog.server.path.fair;

import java.util.ArrayDeque;

/**
 * Takes from several backlogs in turns of about {@link #QUANTUM} bytes each: deficit round robin.
 * Who has nothing leaves the round, and comes in at its end again.
 *
 * <p>Each turn adds a quantum to what its backlog may take; what is not used because the next item
 * is larger is kept. So over any time two backlogs that always have something differ by at most a
 * quantum and twice the largest item (the source's lemma 2), and one that comes in waits for one
 * turn of each of the others.
 *
 * <p>Source: Shreedhar and Varghese, "Efficient Fair Queueing Using Deficit Round Robin", SIGCOMM
 * 1995.
 */
final class RoundRobin<T> implements Backlog<T> {

  /** Of a turn, in bytes. */
  static final long QUANTUM = 16 * 1024;

  private final ArrayDeque<Member<T>> round = new ArrayDeque<>();

  private static final class Member<T> {
    private final Backlog<T> backlog;
    private long deficit;

    Member(Backlog<T> backlog) {
      this.backlog = backlog;
    }
  }

  /** Adds a backlog that has something and is not in the round. It leaves by itself. */
  void join(Backlog<T> backlog) {
    round.addLast(new Member<>(backlog));
    if (round.size() == 1) {
      beginTurn();
    }
  }

  @Override
  public boolean isEmpty() {
    return round.isEmpty();
  }

  @Override
  public Queued<T> next() {
    return whoseTurn().backlog.next();
  }

  @Override
  public Queued<T> remove() {
    Member<T> member = whoseTurn();
    Queued<T> removed = member.backlog.remove();
    member.deficit -= removed.cost();
    if (member.backlog.isEmpty()) {
      round.removeFirst();
      if (!round.isEmpty()) {
        beginTurn();
      }
    }
    return removed;
  }

  /** Passes the turn on until it is with someone who may take his next item. */
  private Member<T> whoseTurn() {
    while (true) {
      Member<T> member = round.getFirst();
      if (member.deficit >= member.backlog.next().cost()) {
        return member;
      }
      round.addLast(round.removeFirst());
      beginTurn();
    }
  }

  private void beginTurn() {
    round.getFirst().deficit += QUANTUM;
  }
}
