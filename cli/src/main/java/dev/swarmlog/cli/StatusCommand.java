package dev.swarmlog.cli;

import dev.swarmlog.v1.ConfigurationValue;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.ShardStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows the coordinator itself. */
@Command(
    name = "status",
    description = "Show a coordinator: version, data, shards, what a commit costs.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog status",
      "  swarmlog status --configuration    every value in force, and its origin",
    })
final class StatusCommand implements Callable<Integer> {

  private static final long BYTES_PER_MIB = 1 << 20;

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Option(
      names = "--configuration",
      description = "Show the configuration in force as well. JSON always has it.")
  private boolean configuration;

  @Override
  public Integer call() throws Exception {
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          GetStatusResponse status = connectionOptions.client(connection).status();
          if (outputOptions.json()) {
            output.json(map(status));
          } else {
            print(status, output);
          }
        });
    return ExitCode.OK.number();
  }

  private void print(GetStatusResponse status, Output output) {
    Duration up =
        Duration.between(ContractText.toInstant(status.getStartedUnixNano()), Instant.now());
    output.line(
        output.styled(Style.bold, "swarmlog " + status.getVersion())
            + " at "
            + connectionOptions.server());
    output.line("  up        " + DurationText.print(up));
    output.line("  data      " + Output.printable(status.getDataDirectory()));
    output.line("  swarms    " + status.getSwarmCount());
    output.line("  sessions  " + status.getSessionCount());
    output.line(
        "  heap      %,d of %,d MiB"
            .formatted(
                status.getHeapUsedBytes() / BYTES_PER_MIB,
                status.getHeapMaxBytes() / BYTES_PER_MIB));
    output.line(
        "  direct    %,d of %,d MiB"
            .formatted(
                status.getDirectUsedBytes() / BYTES_PER_MIB,
                status.getDirectMaxBytes() / BYTES_PER_MIB));
    output.line(
        "  unread    %,d of %,d MiB, %,d stalled streams ended"
            .formatted(
                status.getUnreadBytes() / BYTES_PER_MIB,
                status.getUnreadMaxBytes() / BYTES_PER_MIB,
                status.getStalledStreamsEnded()));
    if (!status.getScarceMemory().isEmpty()) {
      output.line("  memory    scarce: " + Output.printable(status.getScarceMemory()));
    }
    output.line("");
    output.table(
        List.of(
            ">SHARD",
            "STATE",
            ">SWARMS",
            ">ENTRIES",
            ">OPERATIONS",
            ">DELIVERIES",
            ">QUEUED",
            ">COMMIT P50",
            ">P99"),
        status.getShardsList().stream().map(StatusCommand::row).toList());
    if (configuration) {
      output.line("");
      output.table(
          List.of("SETTING", "VALUE", "FROM"),
          status.getConfigurationList().stream()
              .map(value -> List.of(value.getName(), value.getValue(), value.getOrigin()))
              .toList());
    }
  }

  private static List<String> row(ShardStatus shard) {
    return List.of(
        Integer.toString(shard.getShard()),
        shard.getState(),
        Integer.toString(shard.getSwarmCount()),
        "%,d".formatted(shard.getEntriesCount()),
        "%,d".formatted(shard.getOperationsCount()),
        "%,d".formatted(shard.getDeliveriesCount()),
        "%,d".formatted(shard.getQueuedCommands()),
        "%,d us".formatted(shard.getCommitP50Us()),
        "%,d us".formatted(shard.getCommitP99Us()));
  }

  private static Map<String, Object> map(GetStatusResponse status) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("version", status.getVersion());
    map.put("started", ContractText.instant(status.getStartedUnixNano()));
    map.put("dataDirectory", status.getDataDirectory());
    map.put("swarmCount", status.getSwarmCount());
    map.put("sessionCount", status.getSessionCount());
    map.put("heapUsedBytes", status.getHeapUsedBytes());
    map.put("heapMaxBytes", status.getHeapMaxBytes());
    map.put("heapAfterCollectionBytes", status.getHeapAfterCollectionBytes());
    map.put("directUsedBytes", status.getDirectUsedBytes());
    map.put("directMaxBytes", status.getDirectMaxBytes());
    map.put("unreadBytes", status.getUnreadBytes());
    map.put("unreadMaxBytes", status.getUnreadMaxBytes());
    map.put("stalledStreamsEnded", status.getStalledStreamsEnded());
    map.put("scarceMemory", status.getScarceMemory());
    map.put("shards", status.getShardsList().stream().map(StatusCommand::map).toList());
    map.put("limits", map(status.getLimits()));
    map.put(
        "configuration", status.getConfigurationList().stream().map(StatusCommand::map).toList());
    return map;
  }

  private static Map<String, Object> map(ShardStatus shard) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shard", shard.getShard());
    map.put("state", shard.getState());
    map.put("swarmCount", shard.getSwarmCount());
    map.put("appliedIndex", shard.getAppliedIndex());
    map.put("durableIndex", shard.getDurableIndex());
    map.put("entriesCount", shard.getEntriesCount());
    map.put("operationsCount", shard.getOperationsCount());
    map.put("deliveriesCount", shard.getDeliveriesCount());
    map.put("queuedCommands", shard.getQueuedCommands());
    map.put("queuedBytes", shard.getQueuedBytes());
    map.put("commitP50Us", shard.getCommitP50Us());
    map.put("commitP99Us", shard.getCommitP99Us());
    return map;
  }

  private static Map<String, Object> map(Limits limits) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("maxPayloadBytes", limits.getMaxPayloadBytes());
    map.put("maxKeyBytes", limits.getMaxKeyBytes());
    map.put("maxGroupRecords", limits.getMaxGroupRecords());
    map.put("maxGroupBytes", limits.getMaxGroupBytes());
    map.put("maxUnacknowledgedOperations", limits.getMaxUnacknowledgedOperations());
    map.put("maxDeliveryBytes", limits.getMaxDeliveryBytes());
    map.put("dedupeWindow", limits.getDedupeWindow());
    map.put("idempotencyTtlMs", limits.getIdempotencyTtlMs());
    return map;
  }

  private static Map<String, Object> map(ConfigurationValue value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", value.getName());
    map.put("value", value.getValue());
    map.put("origin", value.getOrigin());
    return map;
  }
}
