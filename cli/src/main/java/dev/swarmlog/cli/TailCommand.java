package dev.swarmlog.cli;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Watches a swarm's log grow, as an observer: sees every scope and acknowledges nothing. */
@Command(
    name = "tail",
    description = {
      "Watch the log of a swarm grow. Goes on where it was if the coordinator restarts; Ctrl-C ends it.",
      "Shows `main` (commands, reconciliation, alerts), or the log of the topics asked for.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog tail fleet                       the last 10, then what comes",
      "  swarmlog tail fleet --from 1 --no-follow  the whole log, then end",
      "  swarmlog tail fleet --topic commands --key-prefix rack/",
      "  swarmlog tail fleet --topic alerts --last 3   the last 3 alerts, however long ago",
      "  swarmlog tail fleet --topic telemetry --json | jq .payload",
    })
final class TailCommand implements Callable<Integer> {

  private static final int DEFAULT_LAST = 10;
  private static final long RECONNECT_AFTER_MS = 500;

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(index = "1..*", hidden = true)
  private List<String> unexpected = new ArrayList<>();

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      split = ",",
      converter = TopicText.class,
      completionCandidates = TopicText.class,
      description = "Only these topics, of one log: ${COMPLETION-CANDIDATES}.")
  private List<Topic> topics = new ArrayList<>();

  @Option(names = "--key-prefix", paramLabel = "TEXT", description = "Only keys that begin so.")
  private @Nullable String keyPrefix;

  @Option(names = "--type", paramLabel = "TYPE", description = "Only payloads of this type.")
  private @Nullable String type;

  @Option(
      names = "--agent",
      paramLabel = "NAME",
      converter = NameText.class,
      description = "Only what this agent published, or what is for it by name.")
  private @Nullable String agent;

  @Option(names = "--from", paramLabel = "OP", description = "Start with this operation ID.")
  private @Nullable Long fromOpId;

  @Option(
      names = "--last",
      paramLabel = "N",
      description =
          "Start with the last N operations that pass --topic and the other filters (default: 10).")
  private @Nullable Integer last;

  @Option(
      names = "--no-follow",
      description = "End at the head of the log instead of waiting for more.")
  private boolean noFollow;

  @Override
  public Integer call() throws Exception {
    if (!unexpected.isEmpty()) {
      String first = Output.printable(unexpected.get(0));
      throw usage(
          "Expected SWARM alone, but got '%s', too. Topics go with --topic: `swarmlog tail %s --topic %s`."
              .formatted(
                  first, Output.printable(swarm), TopicText.isName(first) ? first : "TOPIC"));
    }
    if (fromOpId != null && last != null) {
      throw usage("Expected either --from or --last, but got both.");
    }
    if (fromOpId != null && fromOpId < 1) {
      throw usage("Expected --from to be 1 or more, but got " + fromOpId + ".");
    }
    if (last != null && last < 0) {
      throw usage("Expected --last to be 0 or more, but got " + last + ".");
    }
    Log log = log();
    Output output = outputOptions.output();
    OperationRows rows = new OperationRows(output);
    connectionOptions.use(
        connection ->
            follow(
                connection, start(connection, log, output).setStopAtHead(noFollow), output, rows));
    return ExitCode.OK.number();
  }

  private TailRequest.Builder start(SwarmConnection connection, Log log, Output output) {
    TailRequest.Builder request = TailRequest.newBuilder().setSwarm(swarm).setLog(log);
    if (fromOpId != null) {
      return request.setAfterOpId(fromOpId - 1);
    }
    int count = last == null ? DEFAULT_LAST : last;
    if (count == 0 || !filters()) {
      return request.setLastOperations(count);
    }
    try {
      return new LastMatches(
              connectionOptions.client(connection),
              swarm,
              log,
              this::wanted,
              opId -> output.progress("looking back, at operation %,d".formatted(opId)))
          .start(count);
    } finally {
      output.clearProgress();
    }
  }

  private void follow(
      SwarmConnection connection, TailRequest.Builder request, Output output, OperationRows rows)
      throws InterruptedException {
    boolean begun = false;
    while (true) {
      try (FrameStream<TailResponse> frames =
          connectionOptions.client(connection).tail(request.build())) {
        while (frames.hasNext()) {
          TailResponse frame = frames.next();
          if (!outputOptions.json()) {
            rows.heading();
          }
          begun = true;
          show(frame, request, output, rows);
        }
        if (noFollow) {
          return;
        }
      } catch (RetryableException e) {
        if (!begun || noFollow || e.reason() == ErrorReason.ERROR_REASON_INTERNAL) {
          // What is damaged stays so.
          throw e;
        }
        output.remark("swarmlog: the coordinator went away; trying again ...");
      }
      CompletableFuture.runAsync(
              () -> {},
              CompletableFuture.delayedExecutor(RECONNECT_AFTER_MS, TimeUnit.MILLISECONDS))
          .join();
    }
  }

  private void show(
      TailResponse frame, TailRequest.Builder request, Output output, OperationRows rows) {
    switch (frame.getFrameCase()) {
      case DELIVERY -> {
        frame.getDelivery().getOperationsList().forEach(operation -> show(operation, output, rows));
        // Where to go on after a break.
        request.setAfterOpId(frame.getDelivery().getTo().getOpId());
      }
      case CAUGHT_UP -> request.setAfterOpId(frame.getCaughtUp().getPosition().getOpId());
      case TELEMETRY -> {
        frame
            .getTelemetry()
            .getOperationsList()
            .forEach(operation -> show(operation, output, rows));
        request.setLastOperations(0);
        if (frame.getTelemetry().getDroppedCount() > 0) {
          output.remark(
              "swarmlog: %,d operations were dropped, as this terminal is too slow for them"
                  .formatted(frame.getTelemetry().getDroppedCount()));
        }
      }
      case FRAME_NOT_SET -> {}
    }
  }

  private void show(Operation operation, Output output, OperationRows rows) {
    if (!wanted(operation)) {
      return;
    }
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("swarm", swarm);
      map.put("log", PositionText.logName(TopicText.log(operation.getTopic())));
      map.putAll(OperationText.map(operation));
      output.json(map);
    } else {
      rows.show(operation);
    }
  }

  private boolean filters() {
    return !topics.isEmpty() || keyPrefix != null || type != null || agent != null;
  }

  private boolean wanted(Operation operation) {
    return (topics.isEmpty() || topics.contains(operation.getTopic()))
        && (keyPrefix == null
            || (!operation.getKey().isEmpty() && operation.getKey().startsWith(keyPrefix)))
        && (type == null || operation.getPayload().getType().equals(type))
        && (agent == null
            || operation.getPublisher().equals(agent)
            || operation.getTarget().getAgent().equals(agent));
  }

  private Log log() {
    try {
      return TopicText.oneLog(topics);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
