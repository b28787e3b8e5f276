package dev.swarmlog.cli;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.NameRule;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Names of swarms, agents, roles and publishers, refused before anything is sent if no coordinator
 * would take them.
 */
final class NameText implements ITypeConverter<String> {

  @Override
  public String convert(String text) {
    return checked("the name", text, Limits.defaults().maxNameBytes());
  }

  /** Keys of operations: they may be longer. */
  static final class Key implements ITypeConverter<String> {

    @Override
    public String convert(String text) {
      return checked("the key", text, Limits.defaults().maxKeyBytes());
    }
  }

  private static String checked(String what, String text, int maxBytes) {
    NameRule.violation(what, text, maxBytes)
        .ifPresent(
            violation -> {
              throw new TypeConversionException(violation);
            });
    return text;
  }
}
