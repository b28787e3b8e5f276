package dev.swarmlog.demo.agent;

import java.util.Locale;

/** A fault that the demo puts into one agent on request, to show that its checker finds it. */
public enum Injection {
  NONE,
  /** One operation is applied twice in a row. */
  DUPLICATE,
  /** One operation is not applied. */
  DROP,
  /** One operation is applied after the one that follows it. */
  REORDER;

  /**
   * The injection of a name in any case.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Injection named(String name) {
    for (Injection injection : values()) {
      if (injection.name().equals(name.toUpperCase(Locale.ROOT))) {
        return injection;
      }
    }
    throw new IllegalArgumentException(
        "Expected duplicate, drop or reorder, but --inject is " + name + ".");
  }
}
