package dev.swarmlog.conformance.scene;

import java.util.List;

/** The SDK did not do what the case demands. */
public final class CaseFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> story;

  /**
   * A failure.
   *
   * @param story what happened before, line by line
   */
  public CaseFailure(String message, List<String> story) {
    super(message, null, false, false);
    this.story = story;
  }

  /** What happened before, line by line. */
  public List<String> story() {
    return story;
  }
}
