package dev.swarmlog.cli;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.Log;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows how state and events of a log changed between two of its operations. */
@Command(
    name = "diff",
    description = {
      "Show how a log changed between two operations: events that were appended, and one change for each key whose"
          + " value differs, whatever happened in between.",
      "Each line begins with + for a key that was created, ~ changed, - deleted, and ! for an event.",
      "With --json each change is a line of its own, and the summary is the last.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog diff fleet --from 0                     from nothing to the head",
      "  swarmlog diff fleet --from 1200 --to 1234        after 1200, up to 1234",
      "  swarmlog diff fleet --from 1200 --role scout     with what is for scouts",
    })
final class DiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private ViewOptions viewOptions;

  @Parameters(paramLabel = "SWARM")
  private String swarm;

  @Option(
      names = "--from",
      paramLabel = "OP",
      required = true,
      description = "Compare with what there was after this operation; 0 for nothing.")
  private long from;

  @Option(
      names = "--to",
      paramLabel = "OP",
      description = "What there was after this operation (default: the head).")
  private @Nullable Long to;

  @Override
  public Integer call() throws Exception {
    if (from < 0) {
      throw usage("Expected --from to be 0 or more, but got " + from + ".");
    }
    if (to != null && to < 1) {
      throw usage("Expected --to to be 1 or more, but got " + to + ".");
    }
    if (to != null && from > to) {
      throw usage(
          "Expected --from to be at most --to, but got %d and %d: a diff goes forwards."
              .formatted(from, to));
    }
    Log log = viewOptions.log(Log.LOG_MAIN);
    DiffRequest request =
        DiffRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(viewOptions.agent())
            .addAllRoles(viewOptions.roles())
            .setView(viewOptions.view(log))
            .setLog(log)
            .setFromOpId(from)
            .setToOpId(to == null ? 0 : to)
            .build();
    DiffText text = new DiffText(outputOptions.output(), outputOptions.json());
    connectionOptions.use(
        connection -> {
          try (FrameStream<DiffResponse> frames =
              connectionOptions.client(connection).diff(request)) {
            while (frames.hasNext()) {
              text.show(frames.next());
            }
          } catch (RetryableException e) {
            if (!text.hasBegun()) {
              throw e;
            }
            throw incomplete(e, text);
          }
          if (!text.isComplete()) {
            throw incomplete(null, text);
          }
        });
    return ExitCode.OK.number();
  }

  private static CommandFailure incomplete(@Nullable RetryableException e, DiffText text) {
    return Failures.cutOff(e, "a summary", text.changes(), "changes", "Run it again.");
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
