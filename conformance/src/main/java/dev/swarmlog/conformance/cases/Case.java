package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.v1.Feature;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A case: what happens to an SDK, and what it must do.
 *
 * @param name the file's, without its ending
 * @param about one sentence: what must hold
 * @param group what the case is about, as the parity matrix has it
 * @param needs what an SDK must be able to do for it
 * @param agent how the agent is set up
 * @param log what lies in the log before the agent starts, as {@link
 *     dev.swarmlog.conformance.log.Notation} writes it
 * @param steps what happens, in order
 * @param end what must hold behind the last step
 * @param afterCut what a coordinator says that is connected to anew, after a cut that the case does
 *     not know of; null: it brings the agent up to date
 * @param uncuttable why the case is not run with cuts; null: it is
 */
public record Case(
    String name,
    String about,
    Group group,
    List<Feature> needs,
    AgentSettings agent,
    List<String> log,
    List<Step> steps,
    End end,
    @Nullable String afterCut,
    @Nullable String uncuttable) {

  /** What cases are about: the rows of the parity matrix. */
  public enum Group {
    RESUME("resumes by the minimal delta, snapshots, changed views"),
    RECEIPTS("checks receipts"),
    DELIVERY("applies once, in order, acknowledges behind the effect"),
    CURSOR("cursor on disk, own transaction, kill"),
    COMING_BACK("comes back: backoff, drain, GOAWAY, refusals"),
    CLOCK("measures the coordinator's clock"),
    HANDLERS("handlers that fail: retry, skip, stop"),
    NACK("handlers that fail: Nack, parking"),
    DRIFT("proves what it holds, takes repairs"),
    LANES("lanes beside each other, telemetry"),
    PUBLISHER("publishes once, in order"),
    TRACING("continues traces");

    private final String about;

    Group(String about) {
      this.about = about;
    }

    /** For people to read. */
    public String about() {
      return about;
    }
  }

  /** What must hold at the end. */
  public enum End {
    /** The agent has acknowledged the head of each log of its view, and holds what it should. */
    COMPLETE,
    /** Only what the steps demand. */
    OPEN
  }

  /** What the case appends to the log in all. */
  List<String> appended() {
    return steps.stream()
        .filter(step -> step instanceof LogSteps.Append)
        .flatMap(step -> ((LogSteps.Append) step).operations().stream())
        .toList();
  }
}
