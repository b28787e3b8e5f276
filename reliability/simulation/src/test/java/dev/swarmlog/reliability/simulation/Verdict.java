package dev.swarmlog.reliability.simulation;

import org.jspecify.annotations.Nullable;

/** Whether a run broke a promise: the first violation, wherever it was noticed. */
final class Verdict {

  private @Nullable Violation first;

  /** Looks at something inside of code that may swallow what is thrown. */
  void look(Runnable check) {
    try {
      check.run();
    } catch (Violation violation) {
      broken(violation);
    }
  }

  /** An event of a process threw. */
  void failed(String process, Throwable failure) {
    if (failure instanceof Violation violation) {
      broken(violation);
    } else {
      Violation violation =
          new Violation("no failure", "expected %s to go on, but %s".formatted(process, failure));
      violation.initCause(failure);
      broken(violation);
    }
  }

  void broken(Violation violation) {
    if (first == null) {
      first = violation;
    }
  }

  boolean isBroken() {
    return first != null;
  }

  @Nullable Violation first() {
    return first;
  }
}
