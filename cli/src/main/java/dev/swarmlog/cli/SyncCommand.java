package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncRequest;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks once for what a reader misses: the delta since a position, and a receipt to check it by. */
@Command(
    name = "sync",
    description = {
      "Show what a reader misses since a position: every event, and one entry for each key whose value differs. Where"
          + " the whole keyed state is smaller, that follows instead. The receipt at the end says where the reader"
          + " stands then, and what it must hold.",
      "With --json each answer is a line of its own: plan, operations, receipt; with --explain there is one.",
    },
    footerHeading = "%nA position%n",
    footer = {
      "  is written LOG:OP@INCARNATION.EPOCH.HASH, such as",
      "  main:1234@00c5d1a9f3e2b471.5be0cd19137e2179.9f86d081884c7d659a2feaa0c55ad015",
      "  `swarmlog sync` prints the one to go on from, `swarmlog swarms show` the heads. main:0 is the beginning.",
      "",
      "Examples:",
      "  swarmlog sync fleet                               all there is for everybody",
      "  swarmlog sync fleet --from main:1234@00c5...      what came since",
      "  swarmlog sync fleet --agent a7 --role scout       as agent a7, a scout, gets it",
      "  swarmlog sync fleet --explain                     what it would take, and why",
    })
final class SyncCommand implements Callable<Integer> {

  private static final int DEFAULT_ELISIONS = 20;
  private static final int MAX_ELISIONS = 1_000;

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;
  @Mixin private ViewOptions viewOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      converter = PositionText.class,
      description = "Where the reader stands (default: the beginning of the log).")
  private Position from = Position.getDefaultInstance();

  @Option(
      names = "--explain",
      description =
          "Send nothing; show the plan, what it costs beside the other ways, and what is left out and why.")
  private boolean explain;

  @Option(
      names = "--elisions",
      paramLabel = "N",
      description = "With --explain: name so many of what is left out, up to 1000 (default: 20).")
  private @Nullable Integer elisions;

  @Override
  public Integer call() throws Exception {
    if (elisions != null && !explain) {
      throw usage("Expected --explain with --elisions: only then is named what is left out.");
    }
    if (elisions != null && (elisions < 0 || elisions > MAX_ELISIONS)) {
      throw usage("Expected --elisions to be 0 to 1000, but got " + elisions + ". 0 names none.");
    }
    SyncRequest request = request();
    if (explain) {
      explain(request);
    } else {
      sync(request);
    }
    return ExitCode.OK.number();
  }

  private void sync(SyncRequest request) throws Exception {
    SyncText text = new SyncText(outputOptions.output(), outputOptions.json());
    ask(client -> text.showAll(client.sync(request)), () -> !text.hasBegun());
  }

  private void explain(SyncRequest request) throws Exception {
    ExplanationText text = new ExplanationText(outputOptions.output(), outputOptions.json());
    PlanSyncRequest question =
        PlanSyncRequest.newBuilder()
            .setSync(request)
            .setMaxElisions(elisions == null ? DEFAULT_ELISIONS : elisions)
            .build();
    ask(client -> text.show(client.planSync(question)), () -> true);
  }

  /** Once again where the log was compacted under the question, as long as nothing is shown. */
  private void ask(Consumer<SwarmClient> question, BooleanSupplier mayAskAgain) throws Exception {
    connectionOptions.use(
        connection -> {
          SwarmClient client = connectionOptions.client(connection);
          try {
            question.accept(client);
          } catch (TerminalException e) {
            if (e.reason() != ErrorReason.ERROR_REASON_BELOW_HORIZON
                || !mayAskAgain.getAsBoolean()) {
              throw e;
            }
            question.accept(client);
          }
        });
  }

  private SyncRequest request() {
    Log log = viewOptions.log(from.getLog() == Log.LOG_CONTROL ? Log.LOG_CONTROL : Log.LOG_MAIN);
    if (from.getLog() != Log.LOG_UNSPECIFIED && from.getLog() != log) {
      throw usage(
          "Expected a position of %s, in which the topics lie, but --from is one of %s."
              .formatted(PositionText.logName(log), PositionText.logName(from.getLog())));
    }
    return SyncRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent(viewOptions.agent())
        .addAllRoles(viewOptions.roles())
        .setView(viewOptions.view(log))
        .setResume(LogResume.newBuilder().setPosition(from.toBuilder().setLog(log)))
        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
        .build();
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
