package dev.swarmlog.generate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nothing was generated; the message says why, "Expected …, but …", and the action what to do. */
public final class GenerationException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What it failed at. */
  public enum Kind {
    /** A generator is missing, or is of another version. */
    TOOLS,
    /** The folder to write to is not fit for it. */
    FOLDER,
    /** A generator ran and failed. */
    GENERATOR
  }

  private final Kind kind;
  private final @Nullable String action;
  private final transient List<Finding> unusable;

  private GenerationException(
      Kind kind, String message, @Nullable String action, List<Finding> unusable) {
    super(message);
    this.kind = kind;
    this.action = action;
    this.unusable = unusable;
  }

  static GenerationException tools(String message, String action, List<Finding> unusable) {
    return new GenerationException(Kind.TOOLS, message, action, List.copyOf(unusable));
  }

  static GenerationException folder(String message, @Nullable String action) {
    return new GenerationException(Kind.FOLDER, message, action, List.of());
  }

  static GenerationException generator(String message) {
    return new GenerationException(Kind.GENERATOR, message, null, List.of());
  }

  public Kind kind() {
    return kind;
  }

  /** What to do about it; may have several lines. */
  public @Nullable String action() {
    return action;
  }

  /** The tools that one cannot generate with, if that is it. */
  public List<Finding> unusable() {
    return unusable;
  }
}
