package dev.swarmlog.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of every bench, and the coordinator it is run with. */
final class BenchOptions {

  private static final int OK = 0;
  private static final int CHECK_FAILED = 1;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--data-directory",
      paramLabel = "DIR",
      description =
          "Where the coordinator stores its data; must be empty. Default: a temporary one.")
  private @Nullable Path dataDirectory;

  @Option(
      names = "--server-java-option",
      paramLabel = "OPTION",
      description =
          "For the coordinator's Java runtime, such as -Xmx512m. May be given many times.")
  private List<String> serverJavaOptions = List.of();

  @Option(
      names = "--setting",
      paramLabel = "NAME=VALUE",
      description =
          "A setting of the coordinator, such as drift-check-interval=0s. May be given many times.")
  private Map<String, String> serverSettings = Map.of();

  @Option(names = "--json", description = "Answer in one line of JSON.")
  private boolean json;

  @Option(names = "--debug", description = "Show the stack trace of an error.")
  @SuppressWarnings("unused") // The command line looks for it when it reports a failure.
  private boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  /** What is measured. */
  interface Measurement<R> {

    /**
     * Runs it.
     *
     * @param progress gets a line now and then
     */
    R run(ServerProcess server, Consumer<String> progress) throws Exception;
  }

  /**
   * Whether several runs cannot each have an empty store and a value of their own for a setting.
   */
  boolean ties(String setting) {
    return dataDirectory != null || serverSettings.containsKey(setting);
  }

  /** The data directory that was given; null if none was. */
  @Nullable Path dataDirectory() {
    return dataDirectory;
  }

  /** The data directory that was given, or a temporary one. */
  TemporaryStore store() throws IOException {
    return TemporaryStore.in(dataDirectory, "swarmlog-bench-");
  }

  /** Options of the coordinator's Java runtime. */
  List<String> serverJavaOptions() {
    return serverJavaOptions;
  }

  /** Settings of the coordinator: name, value, name, value. */
  List<String> settings() {
    List<String> settings = new ArrayList<>();
    serverSettings.forEach((name, value) -> settings.addAll(List.of(name, value)));
    return settings;
  }

  BenchOutput output() {
    return new BenchOutput(command.commandLine());
  }

  /**
   * Prints the answer, and says which exit code it is.
   *
   * @param map as one line of JSON
   * @param lines for a person
   * @param correct whether what was checked on the way was as it has to be
   */
  int report(Map<String, Object> map, List<String> lines, boolean correct) throws IOException {
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(map));
    } else {
      lines.forEach(out::println);
    }
    out.flush();
    return correct ? OK : CHECK_FAILED;
  }

  /** Measures a coordinator in a process of its own, with an empty store that goes with it. */
  <R> R measure(Measurement<R> measurement) throws Exception {
    return measure(List.of(), measurement);
  }

  /**
   * The same, of a coordinator that is set up in another way.
   *
   * @param settings name, value, name, value
   */
  <R> R measure(List<String> settings, Measurement<R> measurement) throws Exception {
    return measure(settings, Map.of(), measurement);
  }

  /**
   * The same, of a coordinator that has other variables.
   *
   * @param environment what it gets beside those of this process
   */
  <R> R measure(List<String> settings, Map<String, String> environment, Measurement<R> measurement)
      throws Exception {
    List<String> all = new ArrayList<>(settings);
    all.addAll(settings());
    BenchOutput output = output();
    R result;
    try (TemporaryStore store = store();
        ServerProcess server =
            ServerProcess.start(store.directory(), serverJavaOptions, all, environment)) {
      result = measurement.run(server, output::progress);
    }
    output.endProgress();
    return result;
  }
}
