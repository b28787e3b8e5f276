package dev.swarmlog.demo.polyglot;

import dev.swarmlog.bench.SdkPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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
    SdkPrograms.find(checkout, "polyglot/agent")
        .forEach(
            (language, agent) ->
                programs.add(new AgentProgram(language, List.of(agent.toString()))));
    return programs;
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
