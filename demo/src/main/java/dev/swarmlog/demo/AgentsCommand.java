package dev.swarmlog.demo;

import dev.swarmlog.demo.agent.AgentProcess;
import dev.swarmlog.demo.agent.Injection;
import dev.swarmlog.demo.process.ParentWatch;
import dev.swarmlog.demo.process.StatusLines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process of some agents; started by the demo, of no use by hand. */
@Command(name = ":agents", hidden = true)
final class AgentsCommand implements Callable<Integer> {
  @Option(names = "--target", required = true)
  private String target;

  @Option(names = "--swarm", required = true)
  private String swarm;

  @Option(names = "--root", required = true)
  private Path root;

  @Option(names = "--journal", required = true)
  private Path journal;

  @Option(names = "--acks", required = true)
  private Path acks;

  @Option(names = "--agents", required = true)
  private int agents;

  @Option(names = "--first", required = true)
  private int firstAgent;

  @Option(names = "--here", required = true)
  private int agentsHere;

  @Option(names = "--inject", required = true)
  private String injection;

  @Option(names = "--inject-agent", required = true)
  private int injectedAgent;

  @Option(names = "--inject-at", required = true)
  private long injectedOpId;

  @Option(names = "--compare-every-ms", required = true)
  private long compareEveryMs;

  @Override
  public Integer call() throws Exception {
    AgentProcess process =
        new AgentProcess(
            new AgentProcess.Settings(
                target,
                swarm,
                root,
                journal,
                acks,
                agents,
                firstAgent,
                agentsHere,
                Injection.named(injection),
                injectedAgent,
                injectedOpId,
                Duration.ofMillis(compareEveryMs)),
            new StatusLines(System.out));
    ParentWatch.start(System.in, line -> obey(line, process), process::stop);
    process.run();
    return 0;
  }

  private static void obey(String line, AgentProcess process) {
    if (line.startsWith(AgentProcess.CORRUPT)) {
      process.corrupt(line.substring(AgentProcess.CORRUPT.length()));
    }
  }
}
