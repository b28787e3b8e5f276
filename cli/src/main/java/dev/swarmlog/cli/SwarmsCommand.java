package dev.swarmlog.cli;

import dev.swarmlog.v1.Ancestor;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Swarm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists, creates and shows swarms. */
@Command(
    name = "swarms",
    description = "List the swarms of a coordinator; create or show one.",
    subcommands = {SwarmsCommand.Create.class, SwarmsCommand.Show.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog swarms                  all swarms with their heads",
      "  swarmlog swarms create fleet     create one",
      "  swarmlog swarms show fleet       one, with what every scope of it holds",
    })
final class SwarmsCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Override
  public Integer call() throws Exception {
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          List<Swarm> swarms = connectionOptions.client(connection).listSwarms();
          if (outputOptions.json()) {
            output.json(swarms.stream().map(SwarmsCommand::map).toList());
          } else if (swarms.isEmpty()) {
            output.remark(
                "No swarm yet. Create one: "
                    + CommandHint.at(connectionOptions.server(), "swarmlog swarms create NAME"));
          } else {
            output.table(
                List.of("SWARM", ">AGENTS", ">MAIN", ">CONTROL", ">SHARD", "CREATED"),
                swarms.stream().map(SwarmsCommand::row).toList());
          }
        });
    return ExitCode.OK.number();
  }

  private static List<String> row(Swarm swarm) {
    return List.of(
        swarm.getName(),
        Integer.toString(swarm.getConnectedAgents()),
        Long.toString(swarm.getMainHead().getOpId()),
        Long.toString(swarm.getControlHead().getOpId()),
        Integer.toString(swarm.getShard()),
        ContractText.instant(swarm.getCreatedUnixNano()));
  }

  private static Map<String, Object> map(Swarm swarm) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", swarm.getName());
    map.put("incarnation", ContractText.hex(swarm.getIncarnation()));
    map.put("epoch", ContractText.hex(swarm.getEpoch()));
    map.put("shard", swarm.getShard());
    map.put("slot", swarm.getSlot());
    map.put("mainHead", PositionText.print(swarm.getMainHead()));
    map.put("controlHead", PositionText.print(swarm.getControlHead()));
    map.put("mainOpId", swarm.getMainHead().getOpId());
    map.put("controlOpId", swarm.getControlHead().getOpId());
    map.put("mainHorizonOpId", swarm.getMainHorizonOpId());
    map.put("controlHorizonOpId", swarm.getControlHorizonOpId());
    map.put("created", ContractText.instant(swarm.getCreatedUnixNano()));
    map.put("connectedAgents", swarm.getConnectedAgents());
    if (swarm.hasRateLimits()) {
      map.put("rateLimits", LimitsText.map(swarm.getRateLimits()));
    }
    if (swarm.getAncestorsCount() > 0) {
      map.put("ancestors", swarm.getAncestorsList().stream().map(SwarmsCommand::map).toList());
    }
    return map;
  }

  private static Map<String, Object> map(Ancestor ancestor) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("epoch", ContractText.hex(ancestor.getEpoch()));
    map.put("mainFork", PositionText.print(ancestor.getMainFork()));
    map.put("controlFork", PositionText.print(ancestor.getControlFork()));
    map.put("ended", ContractText.instant(ancestor.getEndedUnixNano()));
    return map;
  }

  /** Creates a swarm. */
  @Command(name = "create", description = "Create a swarm.")
  static final class Create implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;
    @Mixin private OutputOptions outputOptions;

    @Parameters(
        paramLabel = "NAME",
        converter = NameText.class,
        description = "1 to 128 bytes of UTF-8.")
    private String name;

    @Override
    public Integer call() throws Exception {
      connectionOptions.use(
          connection -> {
            Swarm swarm = connectionOptions.client(connection).createSwarm(name);
            if (outputOptions.json()) {
              outputOptions.output().json(map(swarm));
            } else {
              outputOptions
                  .output()
                  .line("Created swarm " + Output.printable(swarm.getName()) + ".");
            }
          });
      return ExitCode.OK.number();
    }
  }

  /** Shows one swarm with the sums of its scopes. */
  @Command(
      name = "show",
      description = {
        "Show one swarm: its heads, and for every scope what an agent must hold that has applied all of it.",
        "Two stores agree on a scope when their digests and event hashes are equal.",
      })
  static final class Show implements Callable<Integer> {

    @Mixin private ConnectionOptions connectionOptions;
    @Mixin private OutputOptions outputOptions;

    @Parameters(paramLabel = "NAME", converter = NameText.class)
    private String name;

    @Override
    public Integer call() throws Exception {
      Output output = outputOptions.output();
      connectionOptions.use(
          connection -> {
            GetSwarmResponse response = connectionOptions.client(connection).getSwarm(name);
            if (outputOptions.json()) {
              Map<String, Object> map = map(response.getSwarm());
              map.put("scopeCount", response.getScopeCount());
              map.put("scopes", response.getSumsList().stream().map(SumsText::map).toList());
              output.json(map);
            } else {
              print(response, output);
            }
          });
      return ExitCode.OK.number();
    }

    private static String compacted(long horizonOpId) {
      return horizonOpId == 0 ? "" : "  compacted up to " + horizonOpId;
    }

    private static void print(GetSwarmResponse response, Output output) {
      Swarm swarm = response.getSwarm();
      output.line(output.styled(Style.bold, Output.printable(swarm.getName())));
      output.line("  created   " + ContractText.instant(swarm.getCreatedUnixNano()));
      output.line(
          "  main      "
              + PositionText.print(swarm.getMainHead())
              + compacted(swarm.getMainHorizonOpId()));
      output.line(
          "  control   "
              + PositionText.print(swarm.getControlHead())
              + compacted(swarm.getControlHorizonOpId()));
      output.line("  epoch     " + ContractText.hex(swarm.getEpoch()));
      for (Ancestor ancestor : swarm.getAncestorsList()) {
        output.line(
            "  ended     epoch %s at main:%d and control:%d, logged at %s; what it had above, if anything, is not in the log any more"
                .formatted(
                    ContractText.hex(ancestor.getEpoch()),
                    ancestor.getMainFork().getOpId(),
                    ancestor.getControlFork().getOpId(),
                    ContractText.instant(ancestor.getEndedUnixNano())));
      }
      output.line("  agents    " + swarm.getConnectedAgents() + " connected");
      output.line("  shard     " + swarm.getShard() + ", slot " + swarm.getSlot());
      if (swarm.hasRateLimits()) {
        output.line(
            "  limits    `swarmlog limits %s`".formatted(Output.printable(swarm.getName())));
      }
      List<ScopeSums> sums = response.getSumsList();
      if (!sums.isEmpty()) {
        output.line("");
        SumsText.print(sums, output);
      }
      if (response.getScopeCount() > sums.size()) {
        output.remark(
            "The first %d of %d scopes.".formatted(sums.size(), response.getScopeCount()));
      }
    }
  }
}
