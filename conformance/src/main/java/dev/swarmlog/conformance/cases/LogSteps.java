package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.testee.TesteeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Steps that change the log, and one that serves it. */
final class LogSteps {
  private LogSteps() {}

  /** Somebody publishes. */
  record Append(List<String> operations) implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(
          () -> operations.forEach(text -> stage.log.append(Notation.operation(text))));
    }
  }

  /**
   * The log is of another history now: another epoch, with these operations.
   *
   * @param keep up to this operation of main it is still the same one, and the coordinator knows;
   *     null: nothing is, or nobody knows
   */
  record NewHistory(List<String> operations, @Nullable Long keep) implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(
          () -> {
            if (keep == null) {
              stage.log.beginAnew();
              stage.conduct.historyReplaced();
            } else {
              stage.log.loseAbove(keep);
              stage.conduct.lostAbove(keep);
            }
            operations.forEach(text -> stage.log.append(Notation.operation(text)));
          });
    }
  }

  /**
   * A coordinator without tricks serves: it welcomes, hands out what is missing and what is
   * appended, until the agent has acknowledged so far.
   *
   * @param to an operation of main; null: the head of every log of the view
   */
  record Serve(@Nullable Long to) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut, TesteeException {
      stage.serving.until(
          to == null ? "acks of everything" : "an ack of main " + to,
          () ->
              to == null
                  ? stage.conduct.owed() == null
                  : stage.conduct.acked(dev.swarmlog.v1.Log.LOG_MAIN) >= to);
    }
  }
}
