package dev.swarmlog.cli;

import dev.swarmlog.server.configuration.Setting;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Gives {@code serve} a flag for every {@link Setting}, so that the two cannot differ. */
final class SettingOptions implements IModelTransformer {

  @Override
  public CommandSpec transform(CommandSpec command) {
    for (Setting setting : Setting.values()) {
      OptionSpec.Builder option =
          OptionSpec.builder("--" + setting.flag())
              .type(String.class)
              .paramLabel("VALUE")
              .description(description(setting));
      if (setting.expects().endsWith("true or false")) {
        option.arity("0..1").fallbackValue("true");
      } else {
        option.arity("1");
      }
      command.addOption(option.build());
    }
    return command;
  }

  /** The settings on the command line: flag without dashes, and value. */
  static Map<String, String> given(ParseResult parsed) {
    Map<String, String> given = new HashMap<>();
    for (Setting setting : Setting.values()) {
      if (parsed.hasMatchedOption("--" + setting.flag())) {
        given.put(setting.flag(), parsed.matchedOptionValue("--" + setting.flag(), ""));
      }
    }
    return given;
  }

  private static String description(Setting setting) {
    String standard = setting.defaultText().isEmpty() ? "not set" : setting.defaultText();
    // Percent signs are picocli's.
    return (setting.help() + " Default: " + standard + ".").replace("%", "%%");
  }
}
