package dev.swarmlog.server.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Collects for each setting the text that wins, from defaults, file, environment and flags, in this
 * order.
 */
final class ConfigurationSources {

  /** Variables that other parts of Swarmlog read: the launcher and the command line. */
  private static final Set<String> OTHERS_ENVIRONMENT =
      Set.of(
          "SWARMLOG_BUILD",
          "SWARMLOG_CHECKOUT",
          "SWARMLOG_CONFIG",
          "SWARMLOG_HOME",
          "SWARMLOG_JAVA_OPTS",
          "SWARMLOG_PREPARED",
          "SWARMLOG_SERVER");

  private final Map<Setting, GivenValue> values = new EnumMap<>(Setting.class);
  private final List<String> problems = new ArrayList<>();

  ConfigurationSources() {
    for (Setting setting : Setting.values()) {
      values.put(setting, new GivenValue(setting.defaultText(), "default"));
    }
  }

  /** What was wrong so far. */
  List<String> problems() {
    return problems;
  }

  /** The text that wins. */
  Map<Setting, GivenValue> values() {
    return values;
  }

  void addFile(Path file) {
    Config config;
    try {
      config = ConfigurationFile.read(file);
    } catch (ConfigurationException e) {
      problems.addAll(e.problems());
      return;
    }
    for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
      String key = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      String origin = fileOrigin(file, entry.getValue().origin());
      Optional<Setting> setting = Setting.ofKey(key);
      if (setting.isEmpty()) {
        problems.add(
            unknown(key, origin, Arrays.stream(Setting.values()).map(Setting::key).toList()));
        continue;
      }
      switch (entry.getValue().valueType()) {
        case STRING, NUMBER, BOOLEAN ->
            values.put(
                setting.get(),
                new GivenValue(String.valueOf(entry.getValue().unwrapped()), origin));
        default -> problems.add(bad(setting.get(), "a list", origin));
      }
    }
  }

  void addEnvironment(Map<String, String> environment) {
    new TreeMap<>(environment)
        .forEach(
            (name, text) -> {
              if (!name.startsWith("SWARMLOG_") || OTHERS_ENVIRONMENT.contains(name)) {
                return;
              }
              String origin = "environment " + name;
              Setting.ofEnvironmentVariable(name)
                  .ifPresentOrElse(
                      setting -> values.put(setting, new GivenValue(text, origin)),
                      () ->
                          problems.add(
                              unknown(
                                  name,
                                  origin,
                                  Arrays.stream(Setting.values())
                                      .map(Setting::environmentVariable)
                                      .toList())));
            });
  }

  void addFlags(Map<String, String> flags) {
    new TreeMap<>(flags)
        .forEach(
            (flag, text) -> {
              String origin = "flag --" + flag;
              Setting.ofFlag(flag)
                  .ifPresentOrElse(
                      setting -> values.put(setting, new GivenValue(text, origin)),
                      () ->
                          problems.add(
                              unknown(
                                  flag,
                                  origin,
                                  Arrays.stream(Setting.values()).map(Setting::flag).toList())));
            });
  }

  /** The sentence for a value that does not fit its setting. */
  static String bad(Setting setting, String found, String origin) {
    return "Expected %s to be %s, but got %s (%s)"
        .formatted(setting.key(), setting.expects(), found, origin);
  }

  private static String unknown(String name, String origin, List<String> known) {
    return known.stream()
        .sorted()
        .collect(
            Collectors.joining(
                ", ", "Expected one of ", ", but got %s (%s)".formatted(name, origin)));
  }

  private static String fileOrigin(Path file, ConfigOrigin origin) {
    String name =
        Optional.ofNullable(origin.filename())
            .map(text -> String.valueOf(Path.of(text).getFileName()))
            .orElse(String.valueOf(file.getFileName()));
    return origin.lineNumber() > 0
        ? "file %s:%d".formatted(name, origin.lineNumber())
        : "file " + name;
  }
}
