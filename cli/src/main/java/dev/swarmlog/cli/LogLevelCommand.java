package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Shows and changes how much a running coordinator logs. */
@Command(
    name = "log-level",
    description = {
      "Show how much a coordinator logs, or change it: at once, until it ends.",
      "What it logs from its start on is the setting log-level of serve.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog log-level                                          what is in force",
      "  swarmlog log-level warn                                     warnings and errors only",
      "  swarmlog log-level debug --logger dev.swarmlog.server.grpc  one part in detail",
      "  swarmlog log-level inherit --logger dev.swarmlog.server.grpc  as all the others again",
    })
final class LogLevelCommand implements Callable<Integer> {

  /** As on the command line. */
  enum Level {
    ERROR(LogLevel.LOG_LEVEL_ERROR),
    WARN(LogLevel.LOG_LEVEL_WARN),
    INFO(LogLevel.LOG_LEVEL_INFO),
    DEBUG(LogLevel.LOG_LEVEL_DEBUG),
    TRACE(LogLevel.LOG_LEVEL_TRACE),
    INHERIT(LogLevel.LOG_LEVEL_UNSPECIFIED);

    private final LogLevel inContract;

    Level(LogLevel inContract) {
      this.inContract = inContract;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  /** Says what was expected as everything else here does. */
  static final class LevelText implements ITypeConverter<Level> {

    @Override
    public Level convert(String text) {
      return Arrays.stream(Level.values())
          .filter(level -> level.name().equalsIgnoreCase(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "Expected error, warn, info, debug, trace or inherit, but got '"
                          + text
                          + "'."));
    }
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "LEVEL",
      converter = LevelText.class,
      description =
          "error, warn, info, debug or trace; with --logger also inherit, which takes its own level away.")
  private @Nullable Level level;

  @Option(
      names = "--logger",
      paramLabel = "NAME",
      description =
          "A logger, such as dev.swarmlog.server, and those below it (default: all without a level of their own).")
  private @Nullable String logger;

  @Override
  public Integer call() throws Exception {
    if (level == null && logger != null) {
      throw usage("Expected a LEVEL with --logger, but got none.");
    }
    if (level == Level.INHERIT && logger == null) {
      throw usage("Expected --logger with inherit, but got none.");
    }
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          print(
              level == null
                  ? client.status().getLogLevelsList()
                  : client.setLogLevel(logger == null ? "" : logger, level.inContract),
              output);
        });
    return ExitCode.OK.number();
  }

  private void print(List<LoggerLevel> levels, Output output) {
    if (outputOptions.json()) {
      output.json(Map.of("logLevels", levels.stream().map(LogLevelCommand::map).toList()));
      return;
    }
    if (levels.isEmpty()) {
      output.line("The log belongs to the program that the coordinator runs in.");
    }
    for (LoggerLevel one : levels) {
      output.line("%-5s  %s".formatted(text(one.getLevel()), name(one)));
    }
  }

  private static Map<String, Object> map(LoggerLevel level) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("logger", level.getLogger());
    map.put("level", text(level.getLevel()));
    return map;
  }

  private static String name(LoggerLevel level) {
    return level.getLogger().isEmpty() ? "all loggers" : Output.printable(level.getLogger());
  }

  private static String text(LogLevel level) {
    for (Level known : Level.values()) {
      if (known.inContract == level) {
        return known.toString();
      }
    }
    return level.toString();
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
