package dev.swarmlog.cli;

import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.OutcomeUnknownException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The answers to a run of publications, counted; nothing is kept per line, so that a long input
 * costs no memory.
 *
 * <p>{@link #add} belongs to the thread that reads the input; answers come on threads of the SDK.
 * All state is guarded by {@code this}.
 */
final class LineAnswers {

  private long sent;
  private long answered;
  private long duplicates;
  private long firstOpId;
  private long lastAnswerNs = System.nanoTime();
  private @Nullable GroupPosition last;
  private long refusedLine;
  private @Nullable Throwable refusal;
  private boolean outcomeUnknown;

  void add(long line, CompletableFuture<GroupPosition> answer) {
    synchronized (this) {
      if (sent == answered) {
        // Nobody waited for anything before.
        lastAnswerNs = System.nanoTime();
      }
      sent++;
    }
    answer.whenComplete((position, thrown) -> answered(line, position, thrown));
  }

  private synchronized void answered(
      long line, @Nullable GroupPosition position, @Nullable Throwable thrown) {
    answered++;
    lastAnswerNs = System.nanoTime();
    if (position == null) {
      outcomeUnknown |= thrown instanceof OutcomeUnknownException;
      if (refusal == null || line < refusedLine) {
        refusal = thrown;
        refusedLine = line;
      }
    } else {
      if (firstOpId == 0) {
        firstOpId = position.firstOpId();
      }
      if (last == null || position.last().getOpId() > last.last().getOpId()) {
        last = position;
      }
      if (position.duplicate()) {
        duplicates++;
      }
    }
    notifyAll();
  }

  /** Waits until all are answered; false if that takes longer. */
  boolean await(long timeoutNs) throws InterruptedException {
    return awaitAtMost(0, timeoutNs);
  }

  /** Waits until no more than so many have no answer; false if that takes longer. */
  synchronized boolean awaitAtMost(long unanswered, long timeoutNs) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeoutNs;
    while (sent - answered > unanswered) {
      long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }

  synchronized long answered() {
    return answered;
  }

  synchronized long unanswered() {
    return sent - answered;
  }

  synchronized long duplicates() {
    return duplicates;
  }

  synchronized long firstOpId() {
    return firstOpId;
  }

  synchronized @Nullable GroupPosition last() {
    return last;
  }

  /** Since the last answer, or since the first one after all were answered was sent. */
  synchronized long sinceLastNs() {
    return System.nanoTime() - lastAnswerNs;
  }

  /** Whether one that failed may be in the log. */
  synchronized boolean outcomeUnknown() {
    return outcomeUnknown;
  }

  synchronized boolean refused() {
    return refusal != null;
  }

  /** Throws the first refusal, with the number of its line. */
  synchronized void throwIfRefused() {
    if (refusal != null) {
      CommandFailure failure = Failures.explain(refusal);
      throw new CommandFailure(
          failure.exitCode(),
          "Line %,d: %s The lines before it are published."
              .formatted(refusedLine, failure.getMessage()),
          failure.reason(),
          failure.action(),
          refusal);
    }
  }
}
