package dev.swarmlog.demo;

import dev.swarmlog.demo.polyglot.agent.JavaAgent;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * The process of Java's agent in {@code demo --polyglot}. Started by the demo; by hand it is {@code
 * swarmlog demo :polyglot-agent HOST:PORT SWARM NAME FOLDER}.
 */
@Command(name = ":polyglot-agent", hidden = true)
final class PolyglotAgentCommand implements Callable<Integer> {
  @Parameters private List<String> arguments = List.of();

  @Override
  public Integer call() throws Exception {
    JavaAgent.main(arguments.toArray(String[]::new));
    return 0;
  }
}
