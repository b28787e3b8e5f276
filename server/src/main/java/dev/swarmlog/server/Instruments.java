package dev.swarmlog.server;

import dev.swarmlog.otel.Meters;
import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.otel.SwarmLabels;
import dev.swarmlog.otel.trace.OperationTraces;
import dev.swarmlog.otel.trace.TraceClock;
import io.opentelemetry.api.OpenTelemetry;

/**
 * What the steps of the path note down on the way of an operation. May be used by any thread.
 *
 * @param time the clock that lags are measured on
 * @param meters for figures of one step alone
 * @param labels which swarms are named in them
 * @param operations what happens to operations, by swarm
 * @param traces the traces of operations
 */
public record Instruments(
    TimeSource time,
    Meters meters,
    SwarmLabels labels,
    OperationMeter operations,
    OperationTraces traces) {

  /** Swarms that are named in metrics. With all of its attributes each is some hundred series. */
  private static final int MAX_NAMED_SWARMS = 100;

  /** Instruments that tell {@code openTelemetry}. */
  public static Instruments of(OpenTelemetry openTelemetry, TimeSource time) {
    Meters meters = Meters.of(openTelemetry);
    SwarmLabels labels = new SwarmLabels(MAX_NAMED_SWARMS);
    return new Instruments(
        time,
        meters,
        labels,
        new OperationMeter(meters, labels),
        new OperationTraces(
            openTelemetry,
            new TraceClock() {
              @Override
              public long nowNs() {
                return time.monotonicNs();
              }

              @Override
              public long nowUnixNs() {
                return time.unixNs();
              }
            }));
  }

  /** Instruments that nobody reads, and whose clock stands still. */
  public static Instruments off() {
    return of(
        OpenTelemetry.noop(),
        new TimeSource() {
          @Override
          public long unixNs() {
            return 0;
          }

          @Override
          public long monotonicNs() {
            return 0;
          }
        });
  }
}
