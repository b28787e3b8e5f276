package dev.swarmlog.demo.polyglot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The agent of one language, as docs/polyglot.md says.
 *
 * @param command what starts it, without its arguments
 */
record AgentProgram(String language, List<String> command) {

  /**
   * Those of {@code sdk-generated/LANG/polyglot/agent} and {@code sdk-java/polyglot/agent}.
   *
   * @param checkout its root; without a folder of SDKs there are none
   */
  static List<AgentProgram> of(Path checkout) throws IOException {
    List<AgentProgram> programs = new ArrayList<>();
    add(programs, "java", checkout.resolve("sdk-java"));
    Path languages = checkout.resolve("sdk-generated");
    if (Files.isDirectory(languages)) {
      try (Stream<Path> folders = Files.list(languages)) {
        folders
            .sorted()
            .forEach(folder -> add(programs, String.valueOf(folder.getFileName()), folder));
      }
    }
    return programs;
  }

  private static void add(List<AgentProgram> programs, String language, Path folder) {
    Path agent = folder.resolve("polyglot").resolve("agent");
    if (Files.isExecutable(agent)) {
      programs.add(new AgentProgram(language, List.of(agent.toAbsolutePath().toString())));
    }
  }

  /** The same, but for Java's, which is this one. */
  static List<AgentProgram> of(Path checkout, AgentProgram java) throws IOException {
    List<AgentProgram> programs = new ArrayList<>(of(checkout));
    programs.removeIf(program -> program.language().equals(java.language()));
    programs.add(java);
    programs.sort(Comparator.comparing(AgentProgram::language));
    return programs;
  }
}
