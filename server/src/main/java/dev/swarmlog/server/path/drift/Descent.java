package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.DigestPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys of a scope that differ between an agent and the log, by digests of ever smaller
 * intervals. Pure; not thread-safe.
 *
 * <p>An interval that differs is cut by the agent at its own keys, so the number of questions is
 * logarithmic in the number of keys, for each key that differs. Whatever an agent answers, there
 * are at most {@link #MAX_QUESTIONS} of them.
 */
final class Descent {

  /** Into how many parts an agent cuts an interval. */
  static final int MAX_PARTS = 32;

  /** With more than these the whole scope is sent instead. */
  static final int MAX_QUESTIONS = 512;

  static final int MAX_DIFFERING = 1_024;

  private final KeyInterval whole;
  // Ascending: intervals to ask about, and differences that were found behind one of them.
  private final List<Ahead> ahead = new LinkedList<>();
  private final List<Difference> differing = new ArrayList<>();
  private int questions;

  private static final class Ahead {
    final KeyInterval keys;
    final @Nullable Difference found;
    boolean asked;

    Ahead(KeyInterval keys, @Nullable Difference found) {
      this.keys = keys;
      this.found = found;
    }
  }

  /** Looks through an interval of a scope. */
  Descent(KeyInterval whole) {
    this.whole = whole;
    ahead.add(new Ahead(whole, null));
  }

  /**
   * An interval that differs, as tight as it can be told.
   *
   * @param theirKey what the agent holds in it, which is its end; null if it holds nothing there,
   *     or does not say what
   * @param theirDigest the key digest of what it holds; empty without {@code theirKey}
   */
  record Difference(KeyInterval keys, @Nullable String theirKey, ByteString theirDigest) {}

  /**
   * What is to be asked next, with other questions under way or not; null if there is nothing for
   * now: everything is found or asked, or too much differs.
   */
  @Nullable KeyInterval next() {
    if (isTooMuch()) {
      return null;
    }
    for (Ahead one : ahead) {
      if (one.found == null && !one.asked) {
        one.asked = true;
        questions++;
        return one.keys;
      }
    }
    return null;
  }

  /** Whether it is not worth going on: the scope as a whole takes less. */
  boolean isTooMuch() {
    return questions > MAX_QUESTIONS || differing.size() > MAX_DIFFERING;
  }

  /** How many questions were asked. */
  int questions() {
    return questions;
  }

  /** The end of the interval, of which it is not known what differs; null if there is none. */
  @Nullable KeyInterval unsearched() {
    return ahead.isEmpty()
        ? null
        : new KeyInterval(ahead.get(0).keys.afterKey(), whole.throughKey());
  }

  /** What differs before {@link #unsearched}, ascending. */
  List<Difference> differing() {
    return differing;
  }

  /**
   * Takes the answer to a question.
   *
   * @param asked as {@link #next} gave it
   * @param theirs as {@link #misfit} wants them
   * @param ours one for each of theirs, at the same operation
   */
  void compared(KeyInterval asked, List<DigestPart> theirs, List<OwnPart> ours) {
    List<Ahead> instead = new ArrayList<>();
    String after = asked.afterKey();
    for (int i = 0; i < theirs.size(); i++) {
      DigestPart part = theirs.get(i);
      OwnPart own = ours.get(i);
      KeyInterval interval = new KeyInterval(after, part.getThroughKey());
      boolean same =
          part.getKeyCount() == own.keyCount()
              && Arrays.equals(part.getDigest().toByteArray(), own.digest());
      if (!same && part.getKeyCount() > 1) {
        instead.add(new Ahead(interval, null));
      } else if (!same) {
        instead.add(new Ahead(interval, difference(interval, part, own)));
      }
      after = part.getThroughKey();
    }
    replace(asked, instead);
  }

  /** Takes the answer of an agent that does not know what it holds: all of it is to be sent. */
  void unknown(KeyInterval asked) {
    Difference all = new Difference(asked, null, ByteString.EMPTY);
    replace(asked, List.of(new Ahead(asked, all)));
  }

  private void replace(KeyInterval asked, List<Ahead> instead) {
    ListIterator<Ahead> at = ahead.listIterator();
    while (at.hasNext()) {
      Ahead one = at.next();
      if (one.asked && one.keys.equals(asked)) {
        at.remove();
        instead.forEach(at::add);
        break;
      }
    }
    while (!ahead.isEmpty() && ahead.get(0).found != null) {
      differing.add(ahead.remove(0).found);
    }
  }

  private static Difference difference(KeyInterval interval, DigestPart part, OwnPart own) {
    if (part.getKeyCount() == 0) {
      return new Difference(interval, null, ByteString.EMPTY);
    }
    boolean theirsIsRight = Arrays.equals(part.getDigest().toByteArray(), own.lastDigest());
    if (theirsIsRight && own.lastBefore() != null) {
      KeyInterval before = new KeyInterval(interval.afterKey(), own.lastBefore());
      return new Difference(before, null, ByteString.EMPTY);
    }
    return interval.throughKey().isEmpty()
        ? new Difference(interval, null, ByteString.EMPTY)
        : new Difference(interval, interval.throughKey(), part.getDigest());
  }

  /** What is wrong with an answer, or null. */
  static @Nullable String misfit(KeyInterval asked, List<DigestPart> parts, int maxKeyBytes) {
    if (parts.isEmpty() || parts.size() > MAX_PARTS) {
      return "Expected 1 to %d parts, but got %d".formatted(MAX_PARTS, parts.size());
    }
    String after = asked.afterKey();
    for (int i = 0; i < parts.size(); i++) {
      DigestPart part = parts.get(i);
      String through = part.getThroughKey();
      boolean last = i == parts.size() - 1;
      if (part.getThroughKeyBytes().size() > maxKeyBytes
          || part.getDigest().size() != DigestSum.BYTES) {
        return "Expected parts with a key of at most %d bytes and a digest of 16, but part %d has %d and %d"
            .formatted(maxKeyBytes, i, part.getThroughKeyBytes().size(), part.getDigest().size());
      }
      if (last && !through.equals(asked.throughKey())) {
        return "Expected the last part to end with the interval, but it does not";
      }
      if (!last && (!KeyInterval.isAbove(through, after) || asked.endsBefore(through))) {
        return "Expected parts that ascend within the interval, but part %d does not".formatted(i);
      }
      after = through;
    }
    return null;
  }
}
