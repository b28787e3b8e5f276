package dev.swarmlog.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures how fast one agent of each SDK applies a log. */
@Command(
    name = "apply",
    description = {
      "Measure how fast one agent of each SDK applies a log from its beginning, one call of a handler per operation, and how"
          + " much memory it takes for that. Each agent is a process of its own; all apply the same log, one after the"
          + " other, in turns.",
      "",
      "Ends with 1 if any agent did not apply every operation once.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench apply                      the SDKs there are",
      "  swarmlog bench apply java --operations 100000 --runs 1"
    })
final class ApplyCommand implements Callable<Integer> {
  private static final String SWARM = "apply";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "LANG",
      arity = "0..*",
      description = "Languages, such as java and python. Default: all there are.")
  private List<String> languages = new ArrayList<>();

  @Option(
      names = "--operations",
      paramLabel = "N",
      converter = CountText.class,
      defaultValue = "1000000",
      description = "Operations in the log. Default: ${DEFAULT-VALUE}.")
  private int operations;

  @Option(
      names = "--runs",
      paramLabel = "N",
      converter = CountText.class,
      defaultValue = "3",
      description = "Runs of each; the median is told. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    Map<String, List<String>> programs = programs();
    ApplyResult result =
        options.measure(
            (server, progress) -> {
              publish(server.target(), progress);
              ApplyResult measured = new ApplyResult(operations);
              for (int run = 1; run <= runs; run++) {
                for (Map.Entry<String, List<String>> program : programs.entrySet()) {
                  progress.accept("%s, run %d of %d".formatted(program.getKey(), run, runs));
                  measured.add(program.getKey(), apply(program.getValue(), server.target()));
                }
              }
              return measured;
            });
    return options.report(result.map(), result.lines(), result.correct());
  }

  private void publish(String target, Consumer<String> progress) {
    progress.accept("publishing %,d operations".formatted(operations));
    try (PipelinedPublisher publisher = new PipelinedPublisher(target, SWARM)) {
      publisher.publish(IntStream.range(0, operations).mapToObj(ApplyCommand::event).iterator());
    }
  }

  private static Publication event(int number) {
    return Publication.event(
        Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("bench.Text", "value " + number));
  }

  private static ApplyResult.Run apply(List<String> program, String target)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of(target, SWARM));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int exitCode = process.waitFor();
    if (exitCode != 0) {
      throw new IOException(
          "Expected %s to apply the log, but it ended with %d".formatted(program, exitCode));
    }
    JsonNode told = new ObjectMapper().readTree(answer.substring(answer.lastIndexOf('\n') + 1));
    return new ApplyResult.Run(
        told.path("operations").asLong(),
        told.path("seconds").asDouble(),
        told.path("cpuSeconds").asDouble(),
        told.path("peakMiB").asLong());
  }

  /** Java's out of the distribution, the others by sdk-generated/LANG/bench/apply of a checkout. */
  private Map<String, List<String>> programs() throws IOException {
    Map<String, List<String>> there = new LinkedHashMap<>();
    there.put(
        "java",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ApplyingAgent.class.getName()));
    String checkout = System.getenv("SWARMLOG_CHECKOUT");
    if (checkout != null) {
      SdkPrograms.find(Path.of(checkout), "bench/apply")
          .forEach((language, program) -> there.putIfAbsent(language, List.of(program.toString())));
    }
    if (languages.isEmpty()) {
      return there;
    }
    Map<String, List<String>> named = new LinkedHashMap<>();
    for (String language : languages) {
      List<String> program = there.get(language);
      if (program == null) {
        throw new ParameterException(
            spec.commandLine(),
            "Expected java, or a language of a checkout that has %s, but got %s."
                .formatted("sdk-generated/LANG/bench/apply", language));
      }
      named.put(language, program);
    }
    return named;
  }
}
