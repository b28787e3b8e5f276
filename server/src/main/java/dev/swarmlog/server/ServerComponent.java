package dev.swarmlog.server;

import dagger.BindsInstance;
import dagger.Component;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.server.grpc.GrpcTransport;
import dev.swarmlog.server.grpc.TransportModule;
import dev.swarmlog.server.path.ShardsModule;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.rocksdb.DiskReserve;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import javax.inject.Singleton;

/** One coordinator, wired. */
@Singleton
@Component(modules = {ServerModule.class, TransportModule.class, ShardsModule.class})
interface ServerComponent {

  DataPath path();

  GrpcTransport transport();

  @Readers
  ThreadPoolExecutor readers();

  ScheduledExecutorService housekeeping();

  /** Takes what is made outside: settings, surroundings and the opened store. */
  @Component.Factory
  interface Factory {
    ServerComponent create(
        @BindsInstance ServerConfiguration configuration,
        @BindsInstance Limits limits,
        @BindsInstance TimeSource time,
        @BindsInstance Memory memory,
        @BindsInstance FreeSpace freeSpace,
        @BindsInstance ProcessTerminator terminator,
        @BindsInstance OpenTelemetry openTelemetry,
        @BindsInstance LogLevels logLevels,
        @BindsInstance ServerIdentity identity,
        @BindsInstance EventLogs eventLogs,
        @BindsInstance TelemetryLog telemetryLog,
        @BindsInstance Optional<DiskReserve> reserve);
  }
}
