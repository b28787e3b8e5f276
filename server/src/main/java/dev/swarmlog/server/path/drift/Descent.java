package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestPart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
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

  private final Deque<KeyInterval> unasked = new ArrayDeque<>(List.of(KeyInterval.ALL));
  private final List<Difference> differing = new ArrayList<>();
  private int questions;

  /**
   * An interval that differs, as tight as it can be told.
   *
   * @param theirKey what the agent holds in it, which is its end; null if it holds nothing there,
   *     or does not say what
   * @param theirDigest the key digest of what it holds; empty without {@code theirKey}
   */
  record Difference(KeyInterval keys, @Nullable String theirKey, ByteString theirDigest) {}

  /** What is to be asked next; null when everything is found, or too much differs. */
  @Nullable KeyInterval next() {
    return isTooMuch() ? null : unasked.peek();
  }

  /** Whether it is not worth going on: the scope as a whole takes less. */
  boolean isTooMuch() {
    return questions > MAX_QUESTIONS || differing.size() > MAX_DIFFERING;
  }

  /** What differs, ascending. */
  List<Difference> differing() {
    return differing;
  }

  /**
   * Takes the answer to {@link #next}.
   *
   * @param theirs as {@link #misfit} wants them
   * @param ours one for each of theirs, at the same operation
   */
  void compared(List<DigestPart> theirs, List<OwnPart> ours) {
    KeyInterval asked = unasked.remove();
    questions++;
    String after = asked.afterKey();
    List<KeyInterval> deeper = new ArrayList<>();
    for (int i = 0; i < theirs.size(); i++) {
      DigestPart part = theirs.get(i);
      OwnPart own = ours.get(i);
      KeyInterval interval = new KeyInterval(after, part.getThroughKey());
      boolean same =
          part.getKeyCount() == own.keyCount()
              && Arrays.equals(part.getDigest().toByteArray(), own.digest());
      if (!same && part.getKeyCount() > 1) {
        deeper.add(interval);
      } else if (!same) {
        differing.add(difference(interval, part, own));
      }
      after = part.getThroughKey();
    }
    for (int i = deeper.size() - 1; i >= 0; i--) {
      unasked.push(deeper.get(i));
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
