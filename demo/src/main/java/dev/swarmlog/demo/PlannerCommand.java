package dev.swarmlog.demo;

import dev.swarmlog.demo.planner.Planner;
import dev.swarmlog.demo.process.ParentWatch;
import dev.swarmlog.demo.process.StatusLines;
import dev.swarmlog.demo.supervise.DataFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The planner's process; started by the demo, of no use by hand. */
@Command(name = ":planner", hidden = true)
final class PlannerCommand implements Callable<Integer> {
  @Option(names = "--target", required = true)
  private String target;

  @Option(names = "--swarm", required = true)
  private String swarm;

  @Option(names = "--files", required = true)
  private Path files;

  @Option(names = "--acks", required = true)
  private Path acks;

  @Option(names = "--agents", required = true)
  private int agents;

  @Option(names = "--unanswered", required = true)
  private int maxUnansweredPerAgent;

  @Option(names = "--seconds", required = true)
  private int seconds;

  @Override
  public Integer call() throws Exception {
    Planner planner =
        new Planner(
            new Planner.Settings(
                target,
                swarm,
                acks,
                agents,
                maxUnansweredPerAgent,
                TimeUnit.SECONDS.toMillis(seconds)),
            DataFolder.readFileList(files),
            new StatusLines(System.out));
    ParentWatch.start(System.in, planner::stop);
    planner.run();
    return 0;
  }
}
