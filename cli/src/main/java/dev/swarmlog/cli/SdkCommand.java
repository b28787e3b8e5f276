package dev.swarmlog.cli;

import dev.swarmlog.generate.Finding;
import dev.swarmlog.generate.Generation;
import dev.swarmlog.generate.Language;
import dev.swarmlog.generate.Surroundings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Clients in other languages. By itself it shows which can be generated here. */
@Command(
    name = "sdk",
    description = {
      "Show the languages that clients can be generated in, and whether what that takes is here.",
    },
    subcommands = SdkGenerateCommand.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog sdk                                 what can be generated, and what is missing",
      "  swarmlog sdk generate python --out gen       messages, services and constants in Python",
      "  swarmlog sdk generate proto --out contract   the .proto files, for any other generator",
    })
final class SdkCommand implements Callable<Integer> {

  @Mixin private OutputOptions outputOptions;

  @Override
  public Integer call() throws Exception {
    Map<Language, List<Finding>> findings = new LinkedHashMap<>();
    for (Language language : Language.values()) {
      findings.put(language, Generation.find(language, Surroundings.ofThisProcess()));
    }
    SdkText text = new SdkText(outputOptions.output());
    if (outputOptions.json()) {
      text.json(findings);
    } else {
      text.show(findings);
    }
    return ExitCode.OK.number();
  }
}
