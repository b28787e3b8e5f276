package dev.swarmlog.server.configuration;

import java.util.List;

/**
 * A configuration that cannot be used; the message lists everything that is wrong with it, fit to
 * be shown to a person.
 */
public final class ConfigurationException extends Exception {

  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  public ConfigurationException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  /** Each "Expected …, but … (origin)". */
  public List<String> problems() {
    return problems;
  }
}
