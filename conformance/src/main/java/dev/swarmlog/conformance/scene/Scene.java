package dev.swarmlog.conformance.scene;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A running case: whatever is seen of the SDK changes it under one lock, and the case waits for
 * changes. Thread-safe.
 */
public final class Scene {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Duration patience;
  private final List<String> violations = new ArrayList<>();
  private final List<String> story = new ArrayList<>();
  private boolean cut;
  private boolean cutIsExpected;

  /** A scene in which nothing takes longer than that. */
  public Scene(Duration patience) {
    this.patience = patience;
  }

  /** Changes something, and wakes whoever waits for it. */
  public void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Looks at something. */
  public <T> T look(Supplier<T> what) {
    lock.lock();
    try {
      return what.get();
    } finally {
      lock.unlock();
    }
  }

  /** Notes what happened, for people to read when the case fails. Within {@link #change}. */
  public void tell(String happened) {
    story.add(happened);
  }

  /** What must never be was seen: the case fails. Within {@link #change}. */
  public void violation(String what) {
    violations.add(what);
    tell("!! " + what);
  }

  /** The connection has been cut by the proxy. */
  public void cut() {
    change(
        () -> {
          cut = true;
          tell("-- cut");
        });
  }

  /** From here on the case does not mind the cut. */
  public void goOnAfterCut() {
    change(() -> cutIsExpected = true);
  }

  /** Whether the connection has been cut. */
  public boolean isCut() {
    return look(() -> cut);
  }

  /**
   * Waits until there is something.
   *
   * @param expected what, for people to read
   * @throws CaseFailure if it does not come in time, or what must not be was seen
   * @throws Cut if the connection was cut meanwhile
   */
  public <T> T await(String expected, Supplier<@Nullable T> search) throws CaseFailure, Cut {
    long leftNs = patience.toNanos();
    lock.lock();
    try {
      while (true) {
        if (!violations.isEmpty()) {
          throw new CaseFailure(violations.get(0), List.copyOf(story));
        }
        if (cut && !cutIsExpected) {
          throw new Cut();
        }
        T found = search.get();
        if (found != null) {
          return found;
        }
        if (leftNs <= 0) {
          throw new CaseFailure(
              "Expected %s within %d s, but it did not come"
                  .formatted(expected, patience.toSeconds()),
              List.copyOf(story));
        }
        leftNs = changed.awaitNanos(leftNs);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CaseFailure("Interrupted while waiting for " + expected, List.of());
    } finally {
      lock.unlock();
    }
  }

  /** Whether something becomes so within a time. */
  public boolean happens(Duration within, BooleanSupplier isSo) {
    long leftNs = within.toNanos();
    lock.lock();
    try {
      while (!isSo.getAsBoolean() && leftNs > 0) {
        leftNs = changed.awaitNanos(leftNs);
      }
      return isSo.getAsBoolean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Fails the case if anything was seen that must never be. */
  public void verify() throws CaseFailure {
    lock.lock();
    try {
      if (!violations.isEmpty()) {
        throw new CaseFailure(violations.get(0), List.copyOf(story));
      }
    } finally {
      lock.unlock();
    }
  }

  /** A failure of the case, with what happened before. */
  public CaseFailure failure(String message) {
    return look(() -> new CaseFailure(message, List.copyOf(story)));
  }
}
