package dev.swarmlog.reliability.history;

/** What came of a check. */
public sealed interface Verdict {

  /** Some order of operations explains the history. */
  record Linearizable() implements Verdict {}

  /**
   * None does.
   *
   * @param prefix the shortest beginning of the history that none explains; its last call is the
   *     one that broke it
   */
  record Violated(Violation violation, History prefix) implements Verdict {

    /** The story: what was broken, and by which calls. */
    public String describe() {
      StringBuilder story = new StringBuilder();
      story.append(prefix.name()).append(": ").append(violation.kind()).append(". ");
      story.append(violation.message()).append('\n');
      violation.calls().forEach(call -> story.append("  ").append(call).append('\n'));
      story.append("The first ").append(prefix.calls().size()).append(" calls show it.");
      return story.toString();
    }
  }

  /** The bounds of the search were reached first. */
  record Undecided(String reason) implements Verdict {}
}
