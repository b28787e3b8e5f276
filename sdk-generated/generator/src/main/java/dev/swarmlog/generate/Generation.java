package dev.swarmlog.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Generates a client of the contract in one language, off line: with generators that come along and
 * others that must be installed. The same contract and generators of the pinned versions give the
 * same files, byte for byte.
 */
public final class Generation {

  private static final Duration PROTOC_WITHIN = Duration.ofMinutes(2);

  private final Language language;
  private final Surroundings surroundings;
  private final boolean anyVersion;

  /**
   * @param anyVersion whether generators of other versions than the pinned ones will do
   */
  public Generation(Language language, Surroundings surroundings, boolean anyVersion) {
    this.language = language;
    this.surroundings = surroundings;
    this.anyVersion = anyVersion;
  }

  /** Looks for what a language takes. Runs programs to hear their versions. */
  public static List<Finding> find(Language language, Surroundings surroundings)
      throws InterruptedException {
    ToolSearch search = new ToolSearch(surroundings);
    List<Finding> findings = new ArrayList<>();
    for (Tool tool : language.tools()) {
      findings.add(search.find(tool));
    }
    return findings;
  }

  /**
   * Generates. Either all of it is written, or nothing: a disk that fills up is the exception.
   *
   * @param out is made if it is not there; files of others in it stay
   * @throws GenerationException if tools are missing, or the folder is not fit for it, or a
   *     generator fails
   */
  public Generated into(Path out) throws GenerationException, IOException, InterruptedException {
    List<Finding> findings = find(language, surroundings);
    List<Finding> unusable = findings.stream().filter(each -> !willDo(each)).toList();
    if (!unusable.isEmpty()) {
      throw ToolText.failure(language, unusable);
    }
    OutputFolder folder = OutputFolder.open(out, language);
    Path work = Files.createTempDirectory("swarmlog-generate-");
    try {
      ContractFiles contract = ContractFiles.read();
      Path protos = Files.createDirectory(work.resolve("protos"));
      contract.writeInto(protos);
      Path generated = Files.createDirectory(work.resolve("generated"));
      Map<Tool, Path> programs =
          programs(findings, Files.createDirectory(work.resolve("programs")));
      for (ProtocCall call : language.recipe().calls(contract, programs, generated)) {
        run(call, programs, protos);
      }
      for (Map.Entry<String, String> text : language.recipe().texts(contract).entrySet()) {
        Path file = generated.resolve(text.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.getValue());
      }
      return taken(folder, generated, out);
    } finally {
      deleteAll(work);
    }
  }

  private static Generated taken(OutputFolder folder, Path generated, Path out)
      throws GenerationException {
    try {
      return folder.take(generated);
    } catch (IOException e) {
      throw OutputFolder.unwritable(out, e);
    }
  }

  private boolean willDo(Finding finding) {
    return finding.usable() || anyVersion && finding instanceof Finding.OtherVersion;
  }

  private static Map<Tool, Path> programs(List<Finding> findings, Path folder) throws IOException {
    Map<Tool, Path> programs = new EnumMap<>(Tool.class);
    for (Finding finding : findings) {
      if (finding instanceof Finding.ComesAlong) {
        programs.put(finding.tool(), Carried.unpack(finding.tool(), folder));
      } else if (finding instanceof Finding.Ready ready) {
        programs.put(finding.tool(), ready.program());
      } else if (finding instanceof Finding.OtherVersion other) {
        programs.put(finding.tool(), other.program());
      }
    }
    return programs;
  }

  private void run(ProtocCall call, Map<Tool, Path> programs, Path protos)
      throws GenerationException, IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(String.valueOf(programs.get(call.tool())));
    if (call.tool() == Tool.GRPCIO_TOOLS) {
      command.addAll(List.of("-m", "grpc_tools.protoc"));
    }
    command.add("-I" + protos);
    command.addAll(call.arguments());
    command.addAll(call.files());
    ProgramRun run;
    try {
      run = ProgramRun.of(command, surroundings, PROTOC_WITHIN);
    } catch (IOException e) {
      throw GenerationException.generator(
          "Expected to run %s, but could not: %s. May programs be run in the folder for temporary files, %s?"
              .formatted(command.get(0), e.getMessage(), System.getProperty("java.io.tmpdir")));
    }
    if (run.exitCode() != 0) {
      throw GenerationException.generator(
          "Expected %s to generate %s, but it ended with %d:\n%s"
              .formatted(call.tool().title(), language.title(), run.exitCode(), run.said()));
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
