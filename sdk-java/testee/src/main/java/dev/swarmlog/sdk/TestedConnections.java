package dev.swarmlog.sdk;

import dev.swarmlog.testee.RecordingTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import org.jspecify.annotations.Nullable;

/** Makes what the suite's settings say of a connection. */
final class TestedConnections {
  private TestedConnections() {}

  /**
   * A connection in plain text.
   *
   * @param randomFraction null for randomness as users have it
   */
  static SwarmConnection open(String target, @Nullable Double randomFraction) {
    SwarmConnection.Builder builder =
        SwarmConnection.builder(target).security(TransportSecurity.plaintext());
    return randomFraction == null
        ? builder.build()
        : builder.random(new FractionRandom(randomFraction)).build();
  }

  static OpenTelemetry telemetry(boolean traced) {
    return traced ? RecordingTelemetry.everything() : OpenTelemetry.noop();
  }
}
