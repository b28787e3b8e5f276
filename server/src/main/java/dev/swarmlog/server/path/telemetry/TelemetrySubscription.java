package dev.swarmlog.server.path.telemetry;

/** A reader's hold on telemetry. May be used from any thread. */
public interface TelemetrySubscription {

  /** The stream's window has opened. */
  void wake();

  /** Sends nothing more. */
  void close();
}
