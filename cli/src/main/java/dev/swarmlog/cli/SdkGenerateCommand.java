package dev.swarmlog.cli;

import dev.swarmlog.generate.Generated;
import dev.swarmlog.generate.Generation;
import dev.swarmlog.generate.GenerationException;
import dev.swarmlog.generate.Language;
import dev.swarmlog.generate.Surroundings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Generates a client of the contract in one language. */
@Command(
    name = "generate",
    description = {
      "Generate a client: messages, services, and as constants what every client does alike and"
          + " what to do about each error.",
      "Works off line. Generating again replaces what was generated, and nothing else.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog sdk generate go --out internal/swarmlog     a client in Go",
      "  swarmlog sdk generate cpp --out gen --any-version    with any protoc",
      "",
      "`swarmlog sdk` shows what each language takes, and how to install it.",
    })
final class SdkGenerateCommand implements Callable<Integer> {

  @Mixin private OutputOptions outputOptions;

  @Parameters(
      paramLabel = "LANG",
      converter = LanguageText.class,
      description =
          "python, go, typescript, rust, kotlin, cpp, java; or proto for the .proto files themselves.")
  private Language language;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where to: a folder of its own, made if it is not there.")
  private Path out;

  @Option(
      names = "--any-version",
      description = "Take generators of other versions, too. What they write may differ.")
  private boolean anyVersion;

  @Override
  public Integer call() throws Exception {
    Generated generated;
    try {
      generated = new Generation(language, Surroundings.ofThisProcess(), anyVersion).into(out);
    } catch (GenerationException e) {
      throw failure(e);
    }
    Output output = outputOptions.output();
    if (outputOptions.json()) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("language", language.id());
      answer.put("folder", out.toAbsolutePath().normalize().toString());
      answer.put("files", generated.files());
      answer.put("changed", generated.changed());
      answer.put("removed", generated.removed());
      output.json(answer);
    } else {
      output.line(
          "%s: %s in %s, %d changed, %d removed."
              .formatted(
                  language.title(),
                  generated.files() == 1 ? "1 file" : generated.files() + " files",
                  out,
                  generated.changed(),
                  generated.removed()));
    }
    return ExitCode.OK.number();
  }

  private static CommandFailure failure(GenerationException thrown) {
    ExitCode code =
        switch (thrown.kind()) {
          case TOOLS -> ExitCode.ENVIRONMENT;
          case FOLDER -> ExitCode.FOLDER_UNFIT;
          case GENERATOR -> ExitCode.FAILURE;
        };
    CommandFailure failure =
        new CommandFailure(
            code, String.valueOf(thrown.getMessage()), null, thrown.action(), thrown);
    thrown
        .unusable()
        .forEach(
            finding -> failure.details().put(finding.tool().title(), finding.tool().install()));
    return failure;
  }
}
