package dev.swarmlog.cli;

import dev.swarmlog.storage.rocksdb.DamagedDirectory;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Builds a whole data directory of what can be read of a damaged one. */
@Command(
    name = "repair",
    description = {
      "Make a damaged data directory whole again without what is lost, and say exactly what that is.",
      "A log ends before its first operation that is lost; what can be read behind it goes to a file. Swarms that lost",
      "something begin a new epoch: agents that have come further are told, and get the state as it is now.",
      "The damaged files stay beside the new ones, which takes as much space again. A backup that is newer than the damage is better than a repair.",
      "Exit code 0: whole now, whether or not something was lost; 13: cannot be repaired.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog verify /var/lib/swarmlog           look first",
      "  swarmlog repair /var/lib/swarmlog           then repair; shards that are whole are not touched",
    })
final class RepairCommand implements Callable<Integer> {

  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "DIR", description = "The data directory. No coordinator may have it.")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws IOException {
    Output output = outputOptions.output();
    SecureRandom random = new SecureRandom();
    RepairRecord written = RepairRecord.next(directory);
    DamagedDirectory.Repaired repaired;
    try (written;
        DamagedDirectory damaged =
            DamagedDirectory.open(directory, new RepairProgress(output, written))) {
      repaired = damaged.repair(StorageOptions.defaults(), () -> nonZero(random));
      if (!repaired.keptAside().isEmpty()) {
        written.write(repaired.condition());
      }
    } catch (RuntimeException e) {
      written.discard();
      throw e;
    } finally {
      output.clearProgress();
    }
    if (outputOptions.json()) {
      output.json(map(repaired, written));
    } else {
      print(output, repaired, written);
    }
    return ExitCode.OK.number();
  }

  private void print(Output output, DamagedDirectory.Repaired repaired, RepairRecord written) {
    for (int shard : repaired.finished()) {
      output.line(
          "A repair of shard %d that was interrupted just before its end is done now. What it lost stands in the last report before this one."
              .formatted(shard));
    }
    if (repaired.keptAside().isEmpty()) {
      output.line(
          "%s is whole: %s.%s"
              .formatted(
                  directory,
                  ConditionText.size(repaired.condition()),
                  repaired.finished().isEmpty() ? " Nothing was changed." : ""));
      return;
    }
    ConditionText.print(output, repaired.condition());
    output.line("");
    output.line("Repaired %s. This report: %s".formatted(directory, written.report()));
    if (written.hasCutOff()) {
      output.line("What was cut off and can be read: " + written.cutOffFile());
    }
    repaired.keptAside().forEach(aside -> output.line("The damaged files: " + aside));
    output.remark(
        "Keep the damaged files until you know that nothing more is wanted of them; `swarmlog serve` does not need them.");
  }

  private static Map<String, Object> map(DamagedDirectory.Repaired repaired, RepairRecord written) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("repaired", !repaired.keptAside().isEmpty());
    map.put("found", ConditionText.map(repaired.condition()));
    map.put("finishedShards", repaired.finished());
    map.put("damagedFiles", repaired.keptAside().stream().map(Path::toString).toList());
    if (!repaired.keptAside().isEmpty()) {
      map.put("report", written.report().toString());
    }
    if (written.hasCutOff()) {
      map.put("cutOffFile", written.cutOffFile().toString());
    }
    return map;
  }

  private static long nonZero(SecureRandom random) {
    long drawn = random.nextLong();
    while (drawn == 0) {
      drawn = random.nextLong();
    }
    return drawn;
  }
}
