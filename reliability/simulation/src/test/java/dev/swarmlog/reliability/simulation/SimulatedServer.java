package dev.swarmlog.reliability.simulation;

import dagger.BindsInstance;
import dagger.Component;
import dagger.Module;
import dagger.Provides;
import dev.swarmlog.server.DataPath;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.EventLogs;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.LogLevels;
import dev.swarmlog.server.Memory;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.ServerIdentity;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.server.grpc.GrpcTransport;
import dev.swarmlog.server.grpc.TransportModule;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.ShardsModule;
import dev.swarmlog.storage.TelemetryLog;
import io.opentelemetry.api.OpenTelemetry;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import javax.inject.Singleton;

/** One coordinator, wired as the real one is, but for its threads and what is random. */
@Singleton
@Component(modules = {SimulatedServer.Wiring.class, TransportModule.class, ShardsModule.class})
interface SimulatedServer {

  DataPath path();

  Shards shards();

  GrpcTransport transport();

  SwarmCompaction compaction();

  /** What the real one makes itself. */
  @Module
  final class Wiring {
    private Wiring() {}

    @Provides
    @Singleton
    static Instruments instruments(TimeSource time) {
      return Instruments.of(OpenTelemetry.noop(), time);
    }

    @Provides
    static OpenTelemetry openTelemetry() {
      return OpenTelemetry.noop();
    }

    @Provides
    @Singleton
    static DiskSpace disk() {
      return DiskSpace.endless();
    }

    @Provides
    static LogLevels logLevels() {
      return LogLevels.ofTheProgram();
    }
  }

  /** Takes all that a simulation steps. */
  @Component.Factory
  interface Factory {
    SimulatedServer create(
        @BindsInstance ServerConfiguration configuration,
        @BindsInstance Limits limits,
        @BindsInstance TimeSource time,
        @BindsInstance Threads threads,
        @BindsInstance @Readers Executor readers,
        @BindsInstance ScheduledExecutorService housekeeping,
        @BindsInstance RandomGenerator random,
        @BindsInstance Memory memory,
        @BindsInstance ProcessTerminator terminator,
        @BindsInstance ServerIdentity identity,
        @BindsInstance EventLogs eventLogs,
        @BindsInstance TelemetryLog telemetryLog);
  }
}
