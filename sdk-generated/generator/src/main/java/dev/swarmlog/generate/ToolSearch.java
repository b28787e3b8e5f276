package dev.swarmlog.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks for tools: inside this program, on the PATH, and where their installers put them. */
final class ToolSearch {

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);
  private static final Pattern VERSION = Pattern.compile("(\\d+(?:\\.\\d+)+[-\\w.]*)");

  private final Surroundings surroundings;

  ToolSearch(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Finding find(Tool tool) throws InterruptedException {
    if (tool.carried() && Carried.runsHere(tool)) {
      return new Finding.ComesAlong(tool);
    }
    Optional<Path> program = program(tool);
    if (program.isEmpty()) {
      return new Finding.Missing(tool, surroundings.obviousPlaces(tool));
    }
    List<String> question = tool.askForVersion();
    return question == null
        ? new Finding.Ready(tool, program.get())
        : asked(tool, program.get(), question);
  }

  private Optional<Path> program(Tool tool) {
    List<Path> folders = new ArrayList<>(surroundings.path());
    folders.addAll(surroundings.obviousPlaces(tool));
    for (Path folder : folders) {
      for (String ending : List.of("", ".exe", ".cmd")) {
        Path file = folder.resolve(tool.executable() + ending);
        if (Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  private Finding asked(Tool tool, Path program, List<String> question)
      throws InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(question);
    ProgramRun run;
    try {
      run = ProgramRun.of(command, surroundings, ANSWER_WITHIN);
    } catch (IOException e) {
      return new Finding.Broken(tool, program, String.valueOf(e.getMessage()));
    }
    if (run.exitCode() != 0) {
      // Python without the package: the interpreter is there, what it should run is not.
      return tool == Tool.GRPCIO_TOOLS && run.said().contains("PackageNotFoundError")
          ? new Finding.Missing(tool, List.of(program))
          : new Finding.Broken(tool, program, run.lastLine());
    }
    Matcher version = VERSION.matcher(run.said());
    if (!version.find()) {
      return new Finding.Broken(tool, program, run.lastLine());
    }
    return tool.isPinned(version.group(1))
        ? new Finding.Ready(tool, program)
        : new Finding.OtherVersion(tool, program, version.group(1));
  }
}
