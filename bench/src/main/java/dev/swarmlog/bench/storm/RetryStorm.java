package dev.swarmlog.bench.storm;

import dev.swarmlog.bench.BenchServer;
import dev.swarmlog.bench.ServerProcess;
import dev.swarmlog.bench.TemporaryStore;
import dev.swarmlog.bench.orchestrator.OrchestratorServer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The retry storm. Each run has a coordinator of its own; used by one thread at a time. */
public final class RetryStorm {

  private final StormWorkload workload;
  private final @Nullable Path dataDirectory;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final ProcessBuilder.Redirect log;

  /**
   * @param dataDirectory of Swarmlog's coordinator, empty; null for a temporary one for each run
   * @param javaOptions of every coordinator's Java runtime
   * @param settings of Swarmlog's coordinator: name, value, name, value
   * @param log where coordinators log
   */
  public RetryStorm(
      StormWorkload workload,
      @Nullable Path dataDirectory,
      List<String> javaOptions,
      List<String> settings,
      ProcessBuilder.Redirect log) {
    this.workload = workload;
    this.dataDirectory = dataDirectory;
    this.javaOptions = List.copyOf(javaOptions);
    this.settings = List.copyOf(settings);
    this.log = log;
  }

  /** Runs one contender from its start to its end. */
  public StormResult run(ContenderKind contender, StormListener listener) throws Exception {
    CommandLedger ledger = new CommandLedger(workload.swarms(), workload.commandsPerSwarm());
    StormHandlers handlers = new StormHandlers(workload, ledger);
    try (TemporaryStore store = TemporaryStore.in(dataDirectory, "swarmlog-storm-");
        Contender started = start(contender, handlers, store.directory());
        StormRun run = new StormRun(contender, workload, ledger, handlers, started, listener)) {
      return run.run();
    }
  }

  private Contender start(ContenderKind contender, StormHandlers handlers, Path store)
      throws Exception {
    return switch (contender) {
      case ORCHESTRATOR_NAIVE, ORCHESTRATOR_POLITE ->
          new OrchestratorContender(
              workload,
              handlers,
              ServerProcess.start(
                  OrchestratorServer.class, javaOptions, List.of(contender.manners().name()), log));
      case SWARMLOG ->
          new SwarmlogContender(
              workload,
              handlers,
              ServerProcess.start(
                  BenchServer.class, javaOptions, BenchServer.arguments(store, settings), log));
    };
  }
}
