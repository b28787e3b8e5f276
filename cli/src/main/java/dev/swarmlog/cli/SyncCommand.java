package dev.swarmlog.cli;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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
      "Show what a reader misses since a position: every event, and of each key only its newest operation. The"
          + " receipt at the end says where the reader stands then, and what it must hold.",
      "With --json each answer is a line of its own: plan, operations, receipt.",
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
    })
final class SyncCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM")
  private String swarm;

  @Option(
      names = "--from",
      paramLabel = "POSITION",
      converter = PositionText.class,
      description = "Where the reader stands (default: the beginning of the log).")
  private Position from = Position.getDefaultInstance();

  @Option(
      names = "--agent",
      paramLabel = "NAME",
      description = "See what is for this agent by name, too.")
  private String agent = "";

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      description = "See what is for this role, too.")
  private List<String> roles = new ArrayList<>();

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      split = ",",
      converter = TopicText.class,
      completionCandidates = TopicText.class,
      description = "Only these topics, of one log (default: commands, reconciliation and alerts).")
  private List<Topic> topics = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    SyncRequest request = request();
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          try (FrameStream<SyncResponse> frames =
              connectionOptions.client(connection).sync(request)) {
            while (frames.hasNext()) {
              show(frames.next(), output);
            }
          }
        });
    return ExitCode.OK.number();
  }

  private SyncRequest request() {
    if (topics.isEmpty()) {
      topics =
          from.getLog() == Log.LOG_CONTROL
              ? List.of(Topic.TOPIC_CONTROL)
              : List.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS);
    }
    Log log;
    try {
      log = TopicText.oneLog(topics);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    if (log == Log.LOG_TELEMETRY) {
      throw usage(
          "Expected topics that have a delta, but telemetry has none. Use `swarmlog tail`.");
    }
    if (from.getLog() != Log.LOG_UNSPECIFIED && from.getLog() != log) {
      throw usage(
          "Expected a position of %s, in which the topics lie, but --from is one of %s."
              .formatted(PositionText.logName(log), PositionText.logName(from.getLog())));
    }
    View.Builder view = View.newBuilder();
    for (Topic topic : topics) {
      view.addScopes(ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()));
      if (!agent.isEmpty()) {
        view.addScopes(ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()));
      }
      if (!roles.isEmpty()) {
        view.addScopes(
            ViewScope.newBuilder().setTopic(topic).setRoles(EveryRole.getDefaultInstance()));
      }
    }
    return SyncRequest.newBuilder()
        .setSwarm(swarm)
        .setAgent(agent.isEmpty() ? "swarmlog-cli" : agent)
        .addAllRoles(roles)
        .setView(view)
        .setResume(LogResume.newBuilder().setPosition(from.toBuilder().setLog(log)))
        .build();
  }

  private void show(SyncResponse frame, Output output) {
    switch (frame.getFrameCase()) {
      case PLAN -> show(frame.getPlan(), output);
      case PAGE ->
          frame.getPage().getOperationsList().forEach(operation -> show(operation, output));
      case RECEIPT -> show(frame.getReceipt(), output);
      case FRAME_NOT_SET -> {}
    }
  }

  private void show(LogPlan plan, Output output) {
    if (plan.hasStatus() && !outputOptions.json()) {
      // The refusal says it all; the plan would only say it before.
      throw Failures.ofStatus(plan.getStatus());
    }
    String name = plan.getPlan().name().substring("PLAN_".length()).toLowerCase(Locale.ROOT);
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("plan", name);
      map.put("reason", plan.getReason());
      map.put("start", PositionText.print(plan.getStart()));
      map.put("head", PositionText.print(plan.getHead()));
      map.put("missingOperations", plan.getMissingOperations());
      map.put("horizonOpId", plan.getHorizonOpId());
      output.json(Map.of("plan", map));
    } else {
      output.remark(
          "Plan: %s, %,d operations behind. %s"
              .formatted(name, plan.getMissingOperations(), Output.printable(plan.getReason())));
    }
    if (plan.hasStatus()) {
      throw Failures.ofStatus(plan.getStatus());
    }
    if (!outputOptions.json() && plan.getMissingOperations() > 0) {
      output.line(OperationText.heading(output));
    }
  }

  private void show(Operation operation, Output output) {
    if (outputOptions.json()) {
      output.json(Map.of("operation", OperationText.map(operation)));
    } else {
      output.line(OperationText.line(operation));
    }
  }

  private void show(SyncReceipt receipt, Output output) {
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("target", PositionText.print(receipt.getTarget()));
      map.put("examined", receipt.getExaminedCount());
      map.put("sent", receipt.getSentCount());
      map.put("superseded", receipt.getSupersededCount());
      map.put("scopes", receipt.getSumsList().stream().map(SumsText::map).toList());
      output.json(Map.of("receipt", map));
      return;
    }
    output.line("");
    output.line(
        "%,d of %,d operations sent, %,d superseded by a later one on their key."
            .formatted(
                receipt.getSentCount(), receipt.getExaminedCount(), receipt.getSupersededCount()));
    output.line("Now at " + PositionText.print(receipt.getTarget()));
    if (receipt.getSumsCount() > 0) {
      output.line("");
      SumsText.print(receipt.getSumsList(), output);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
