package dev.swarmlog.server;

import dev.swarmlog.server.grpc.ProcessMemory;
import dev.swarmlog.storage.eventlog.StoreLayers;
import io.opentelemetry.api.OpenTelemetry;
import java.util.function.IntFunction;

/**
 * What a coordinator gets from the world around it, so that tests can give it another one.
 *
 * @param limits every bound
 * @param time the clocks
 * @param memory what there is of it
 * @param freeSpace what there is of it on devices
 * @param terminator what ends the process when going on could break a promise
 * @param openTelemetry where metrics and traces go
 * @param logLevels how much is logged
 * @param layers what lies around the event log of each shard, by its number
 */
public record Surroundings(
    Limits limits,
    TimeSource time,
    Memory memory,
    FreeSpace freeSpace,
    ProcessTerminator terminator,
    OpenTelemetry openTelemetry,
    LogLevels logLevels,
    IntFunction<StoreLayers> layers) {

  /**
   * Default limits as far as the heap allows, this machine's clocks, and this process. Nothing is
   * told of it.
   */
  public static Surroundings real() {
    Memory memory = new ProcessMemory();
    return new Surroundings(
        Limits.defaults().within(memory.heap().maxBytes()),
        new SystemTimeSource(),
        memory,
        FreeSpace.REAL,
        new HaltingTerminator(),
        OpenTelemetry.noop(),
        LogLevels.ofTheProgram(),
        shard -> StoreLayers.NONE);
  }

  /** The same with one limit changed; see {@link Limits#with}. */
  public Surroundings withLimit(String name, Object value) {
    return new Surroundings(
        limits.with(name, value),
        time,
        memory,
        freeSpace,
        terminator,
        openTelemetry,
        logLevels,
        layers);
  }

  /** The same with another memory. */
  public Surroundings withMemory(Memory other) {
    return new Surroundings(
        limits, time, other, freeSpace, terminator, openTelemetry, logLevels, layers);
  }

  /** The same with other devices. */
  public Surroundings withFreeSpace(FreeSpace other) {
    return new Surroundings(
        limits, time, memory, other, terminator, openTelemetry, logLevels, layers);
  }

  /** The same with other clocks. */
  public Surroundings withTime(TimeSource other) {
    return new Surroundings(
        limits, other, memory, freeSpace, terminator, openTelemetry, logLevels, layers);
  }

  /** The same, with metrics and traces that go somewhere. */
  public Surroundings withOpenTelemetry(OpenTelemetry other) {
    return new Surroundings(limits, time, memory, freeSpace, terminator, other, logLevels, layers);
  }

  /** The same, with a log whose level can be changed. */
  public Surroundings withLogLevels(LogLevels other) {
    return new Surroundings(
        limits, time, memory, freeSpace, terminator, openTelemetry, other, layers);
  }

  /** The same, with what ends the process. */
  public Surroundings withTerminator(ProcessTerminator other) {
    return new Surroundings(
        limits, time, memory, freeSpace, other, openTelemetry, logLevels, layers);
  }

  /** The same, with something around the event log of each shard; the argument is its number. */
  public Surroundings withLayers(IntFunction<StoreLayers> other) {
    return new Surroundings(
        limits, time, memory, freeSpace, terminator, openTelemetry, logLevels, other);
  }
}
