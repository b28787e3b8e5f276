package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.bug.SeededBug;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ConfigurationException;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.KeyValueStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator in this process, with rows that outlive it, a power switch, a wall clock that can
 * be turned, and a bug if one is seeded. One thread starts and stops it.
 */
final class Machine implements AutoCloseable {

  /** How a coordinator ends. */
  enum End {
    /** In an orderly way. */
    STOP,
    /** What was written stays, as a killed process leaves it. */
    KILL,
    /** What was not flushed is gone; on disk as {@link #KILL}. */
    POWER_LOSS
  }

  private final Power power = new Power();
  private final Optional<Path> directory;
  private final Optional<SeededBug> bug;
  private final AtomicLong wallAheadNs = new AtomicLong();
  private @Nullable SwarmlogServer server;

  /**
   * A machine that is off.
   *
   * @param directory where the store lies; empty for memory
   */
  Machine(Optional<Path> directory, Optional<SeededBug> bug) {
    this.directory = directory;
    this.bug = bug;
  }

  /** Starts a coordinator and returns its port. */
  int start() throws StartupException, ConfigurationException {
    Map<String, String> flags =
        new HashMap<>(Map.of("port", "0", "shards", "1", "drain-timeout", "1s"));
    directory.ifPresentOrElse(
        path -> flags.put("data-directory", path.toString()),
        () -> {
          flags.put("in-memory", "true");
          flags.remove("shards");
        });
    SwarmlogServer started =
        SwarmlogServer.start(
            ServerConfiguration.load(Optional.empty(), Map.of(), flags),
            Surroundings.real()
                .withTime(clocks())
                .withTerminator((exitCode, message, cause) -> power.off())
                .withLayers(shard -> layers()));
    server = started;
    return started.port();
  }

  Power power() {
    return power;
  }

  /** Ends the coordinator; the machine can start another one. */
  void end(End how) {
    SwarmlogServer running = server;
    if (running == null) {
      return;
    }
    if (how == End.STOP && !power.isOff()) {
      running.close();
    } else {
      power.off();
      running.stopAbruptly();
    }
    server = null;
    power.on(how == End.POWER_LOSS);
  }

  /** Turns the wall clock, which the coordinator may not follow. */
  void turnWallClock(long byNs) {
    wallAheadNs.addAndGet(byNs);
  }

  @Override
  public void close() {
    end(End.KILL);
  }

  private TimeSource clocks() {
    TimeSource real = Surroundings.real().time();
    return new TimeSource() {
      @Override
      public long unixNs() {
        return real.unixNs() + wallAheadNs.get();
      }

      @Override
      public long monotonicNs() {
        return real.monotonicNs();
      }
    };
  }

  private StoreLayers layers() {
    StoreLayers seeded = bug.map(SeededBug::layers).orElse(StoreLayers.NONE);
    return new StoreLayers() {
      @Override
      public KeyValueStore over(KeyValueStore store) {
        return seeded.over(directory.isPresent() ? power.onDisk(store) : power.inMemory(store));
      }

      @Override
      public DurableListener over(DurableListener listener) {
        return seeded.over(listener);
      }

      @Override
      public EventLog over(EventLog log) {
        return seeded.over(log);
      }
    };
  }
}
