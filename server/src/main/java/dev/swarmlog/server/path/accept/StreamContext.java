package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.telemetry.Telemetry;
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
    Sessions sessions,
    SerialExecutors serial,
    Executor readers,
    Handshakes handshakes,
    Telemetry telemetry) {

  @Inject
  StreamContext(
      Limits limits,
      TimeSource time,
      Shards shards,
      Admission admission,
      Sessions sessions,
      SerialExecutors serial,
      @Readers Executor readers,
      ScheduledExecutorService timer,
      Telemetry telemetry) {
    this(
        limits,
        time,
        shards,
        admission,
        sessions,
        serial,
        readers,
        new Handshakes(timer, limits),
        telemetry);
  }
}
