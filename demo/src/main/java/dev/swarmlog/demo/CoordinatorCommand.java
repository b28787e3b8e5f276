package dev.swarmlog.demo;

import dev.swarmlog.demo.process.ParentWatch;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The coordinator's process: the command {@code serve}, that ends when the demo does. Started by
 * the demo, of no use by hand.
 */
@Command(name = ":coordinator", hidden = true)
final class CoordinatorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters private List<String> arguments;

  @Override
  public Integer call() {
    CommandLine serve = spec.root().commandLine().getSubcommands().get("serve");
    if (serve == null) {
      throw new IllegalStateException(
          "Expected a command `serve` beside `demo`, but there is none.");
    }
    // Ends in an orderly way: the hooks of `serve` drain and close the store.
    ParentWatch.start(System.in, () -> System.exit(0));
    return serve.execute(arguments.toArray(String[]::new));
  }
}
