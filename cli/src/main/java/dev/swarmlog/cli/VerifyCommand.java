package dev.swarmlog.cli;

import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.rocksdb.DamagedDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Reads a data directory whole, and says what cannot be read or is missing. */
@Command(
    name = "verify",
    description = {
      "Read all of a data directory, and say what of it is damaged or missing. Nothing is changed.",
      "Every block is held against its checksum, every operation against its number and the running hash.",
      "No coordinator may have the directory meanwhile. Exit code 0: whole; 13: not.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog verify /var/lib/swarmlog           what is lost, by swarm, log and operation",
      "  swarmlog verify /var/lib/swarmlog --json    the same for a program",
    })
final class VerifyCommand implements Callable<Integer> {

  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "DIR", description = "The data directory.")
  private Path directory = Path.of("");

  @Override
  public Integer call() {
    Output output = outputOptions.output();
    DirectoryCondition condition;
    try (DamagedDirectory damaged =
        DamagedDirectory.open(directory, new RepairProgress(output, RepairListener.NONE))) {
      condition = damaged.verify();
    } finally {
      output.clearProgress();
    }
    if (outputOptions.json()) {
      output.json(ConditionText.map(condition));
    } else if (condition.isWhole()) {
      output.line("%s is whole: %s.".formatted(directory, ConditionText.size(condition)));
    } else {
      ConditionText.print(output, condition);
      output.remark(
          condition.isRepairable()
              ? "%s is damaged. Restore it from a backup, or `swarmlog repair %s` goes on with what is kept."
                  .formatted(directory, directory)
              : "%s is damaged beyond repair. Restore it from a backup.".formatted(directory));
    }
    return (condition.isWhole() ? ExitCode.OK : ExitCode.DATA_DAMAGED).number();
  }
}
