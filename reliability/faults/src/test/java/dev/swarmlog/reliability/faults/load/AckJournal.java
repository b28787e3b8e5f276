package dev.swarmlog.reliability.faults.load;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one producer was answered, held by the test: no fault of the coordinator reaches it. Any
 * thread may read; the producer writes.
 */
public final class AckJournal {
  /** By number, from 1: answers come in the order of the numbers. */
  private final List<Answer> answers = new ArrayList<>();

  private long asked;

  /** The groups up to this number have been sent, perhaps in vain. */
  synchronized void sent(long number) {
    asked = Math.max(asked, number);
  }

  /**
   * Keeps an answer.
   *
   * @return the first answer under that number if there was one, else null
   */
  synchronized @Nullable Answer keep(long number, Answer answer) {
    if (number <= answers.size()) {
      return answers.get((int) number - 1);
    }
    if (number != answers.size() + 1L) {
      throw new IllegalStateException(
          "Expected the answer to group %d, but got that to %d"
              .formatted(answers.size() + 1, number));
    }
    answers.add(answer);
    return null;
  }

  /** All groups up to this number are answered, none above it. */
  public synchronized long answered() {
    return answers.size();
  }

  /** The highest number that was ever sent. */
  public synchronized long asked() {
    return asked;
  }

  /** The answer to a group that has one. */
  public synchronized Answer answer(long number) {
    return answers.get((int) number - 1);
  }

  /** How many groups were answered before a time of {@link System#nanoTime}. */
  public synchronized long answeredBefore(long timeNs) {
    int low = 0;
    int high = answers.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (answers.get(middle).atNs() - timeNs < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
