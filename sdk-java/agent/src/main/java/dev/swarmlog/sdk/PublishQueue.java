package dev.swarmlog.sdk;

import dev.swarmlog.v1.PublishGroup;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unanswered groups of a {@link ProducerSession}, in the order they were published, which is
 * also that of their numbers: first those refused on this stream and to be sent again, then those
 * in flight on it, then the unsent. Not thread-safe.
 *
 * @param <T> what the caller knows a group by
 */
final class PublishQueue<T> {
  private final Deque<Entry<T>> returned = new ArrayDeque<>();
  private final Deque<Entry<T>> inFlight = new ArrayDeque<>();
  private final Deque<Entry<T>> unsent = new ArrayDeque<>();

  /** A group that has not been answered. */
  static final class Entry<T> {
    final T token;
    final PublishGroup group;
    // 0 until it is sent.
    long number;
    // An attempt under this number was left unanswered on a broken stream.
    boolean lingers;
    // An attempt came after the gap was there: it was not in the log then.
    boolean refusedBehindGap;

    Entry(T token, PublishGroup group) {
      this.token = token;
      this.group = group;
    }
  }

  void offer(T token, PublishGroup group) {
    unsent.add(new Entry<>(token, group));
  }

  /** The next to be sent, if there is one. */
  @Nullable Entry<T> nextUnsent() {
    return unsent.peek();
  }

  /** Moves the next unsent into flight. */
  void send() {
    inFlight.add(unsent.remove());
  }

  /** Takes the next unsent out for good. */
  Entry<T> takeNextUnsent() {
    return unsent.remove();
  }

  /** Nothing waits for its answer. */
  boolean isEmpty() {
    return returned.isEmpty() && inFlight.isEmpty() && unsent.isEmpty();
  }

  int inFlight() {
    return inFlight.size();
  }

  /** The oldest in flight, whose answer comes next. */
  @Nullable Entry<T> oldestInFlight() {
    return inFlight.peek();
  }

  /** The oldest in flight has been answered. */
  Entry<T> takeOldestInFlight() {
    return inFlight.remove();
  }

  /** Keeps a refused one for another try. */
  void giveBack(Entry<T> refused) {
    returned.add(refused);
  }

  /** Attempts in flight will not be answered any more. */
  void lingerInFlight() {
    inFlight.forEach(entry -> entry.lingers = true);
  }

  /** Makes everything unsent again. */
  void rewind() {
    for (Iterator<Entry<T>> last = inFlight.descendingIterator(); last.hasNext(); ) {
      unsent.addFirst(last.next());
    }
    inFlight.clear();
    for (Iterator<Entry<T>> last = returned.descendingIterator(); last.hasNext(); ) {
      unsent.addFirst(last.next());
    }
    returned.clear();
  }

  /** Whether an attempt of any unsent one may still reach the log under its number. */
  boolean anyLingers() {
    return unsent.stream().anyMatch(entry -> entry.lingers);
  }

  /** Takes the unsent out for good of which an attempt may have reached the log, in order. */
  List<Entry<T>> takeLingering() {
    List<Entry<T>> taken =
        unsent.stream().filter(entry -> entry.lingers && !entry.refusedBehindGap).toList();
    unsent.removeIf(entry -> entry.lingers && !entry.refusedBehindGap);
    return taken;
  }

  /**
   * Takes the numbers of all unsent back. Only where none of their attempts can reach the log any
   * more.
   */
  void forgetNumbers() {
    for (Entry<T> entry : unsent) {
      entry.number = 0;
      entry.lingers = false;
      entry.refusedBehindGap = false;
    }
  }

  /** Takes everything out, in order. */
  List<Entry<T>> drain() {
    rewind();
    List<Entry<T>> all = new ArrayList<>(unsent);
    unsent.clear();
    return all;
  }

  /** Puts one of those taken out back, behind all others. */
  void putBack(Entry<T> entry) {
    unsent.add(entry);
  }
}
