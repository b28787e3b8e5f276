package dev.swarmlog.cli;

import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Target;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Whom an operation is for, as people write it: {@code all}, {@code agent:NAME}, {@code role:NAME}.
 */
final class TargetText implements ITypeConverter<Target> {

  private static final NameText NAME = new NameText();

  @Override
  public Target convert(String text) {
    if (text.equals("all")) {
      return Targets.all();
    }
    if (text.startsWith("agent:")) {
      return Targets.agent(NAME.convert(text.substring("agent:".length())));
    }
    if (text.startsWith("role:")) {
      return Targets.role(NAME.convert(text.substring("role:".length())));
    }
    throw new TypeConversionException(
        "Expected all, agent:NAME or role:NAME, but got '" + text + "'.");
  }

  /** The form that {@link #convert} reads. */
  static String print(Target target) {
    return switch (target.getTargetCase()) {
      case ALL -> "all";
      case AGENT -> "agent:" + target.getAgent();
      case ROLE -> "role:" + target.getRole();
      case TARGET_NOT_SET -> "none";
    };
  }
}
