package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.SwarmDoor;
import dev.swarmlog.server.path.batch.TelemetryWriter;
import dev.swarmlog.server.path.deliver.TelemetryTails;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * What every stream needs of the coordinator; immutable.
 *
 * @param readers may block
 * @param serial the threads that send
 */
@Singleton
record StreamContext(
    Limits limits,
    TimeSource time,
    Shards shards,
    Admission admission,
    SwarmDoor door,
    Sessions sessions,
    SerialExecutors serial,
    Executor readers,
    Handshakes handshakes,
    TelemetryWriter telemetryWriter,
    TelemetryTails telemetryTails) {

  @Inject
  StreamContext(
      Limits limits,
      TimeSource time,
      Shards shards,
      Admission admission,
      SwarmDoor door,
      Sessions sessions,
      SerialExecutors serial,
      @Readers Executor readers,
      ScheduledExecutorService timer,
      TelemetryWriter telemetryWriter,
      TelemetryTails telemetryTails) {
    this(
        limits,
        time,
        shards,
        admission,
        door,
        sessions,
        serial,
        readers,
        new Handshakes(timer, limits),
        telemetryWriter,
        telemetryTails);
  }
}
