package dev.swarmlog.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures what it takes to find and mend one key among many. */
@Command(
    name = "drift",
    description = {
      "Measure what it takes to find and mend one corrupted key among many. Starts a coordinator in a process of its"
          + " own.",
      "",
      "An agent of the SDK holds --keys keys in a map of its own. One of them is given another value behind the back"
          + " of everybody; the coordinator finds out, asks for digests until it knows which key it is, and sends it."
          + " Messages and bytes are of the whole conversation; the time is from when the coordinator saw that"
          + " something differs until the agent holds the right value.",
      "",
      "Ends with 1 if anything but the corrupted key was named.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog bench drift",
      "  swarmlog bench drift --keys 10000 --json",
    })
final class DriftCommand implements Callable<Integer> {

  private static final double PERCENT = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100000",
      description = "That the agent holds. Default: ${DEFAULT-VALUE}.")
  private int keys;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "Of a payload. Default: ${DEFAULT-VALUE}.")
  private int bytes;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "Keys that are corrupted, one after the other. Default: ${DEFAULT-VALUE}.")
  private int repetitions;

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws Exception {
    if (keys < 1 || bytes < 1 || repetitions < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "Expected --keys, --bytes and --repetitions to be 1 or more, but one of them is not.");
    }
    DriftResult result =
        options.measure(
            DriftBench.SETTINGS,
            (server, progress) -> {
              try (DriftBench bench = new DriftBench(server, keys, bytes, repetitions, progress)) {
                return bench.run();
              }
            });
    boolean correct = result.repairs().stream().allMatch(repair -> repair.found().size() == 1);
    return options.report(result.map(), lines(result), correct);
  }

  private List<String> lines(DriftResult result) {
    return List.of(
        "1 of %,d keys of %,d bytes, medians of %,d".formatted(keys, bytes, repetitions),
        "  found by     %,d messages, %,d bytes".formatted(result.messages(), result.bytes()),
        "  so           %.3f %% of the keyed state, %,d bytes"
            .formatted(PERCENT * result.bytesRatio(), result.snapshotBytes()),
        "  time in ms   %.1f (%.1f to %.1f)"
            .formatted(
                result.tookMs().get("median"),
                result.tookMs().get("min"),
                result.tookMs().get("max")));
  }
}
