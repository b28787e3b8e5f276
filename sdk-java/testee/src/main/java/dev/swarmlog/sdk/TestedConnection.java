package dev.swarmlog.sdk;

import dev.swarmlog.testee.RecordingTelemetry;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.opentelemetry.api.OpenTelemetry;
import org.jspecify.annotations.Nullable;

/** A connection in plain text, as the suite's settings say, and broken as the testee is. */
final class TestedConnection implements AutoCloseable {
  private static final int MAX_INBOUND_MESSAGE_BYTES = 64 << 20;

  private final SwarmConnection connection;
  // Only where something is to come between SDK and wire.
  private final @Nullable ManagedChannel channel;

  /**
   * A connection; does not wait for the coordinator.
   *
   * @param target "host:port"
   * @param randomFraction null for randomness as users have it
   */
  TestedConnection(String target, @Nullable Double randomFraction, Fault fault) {
    SwarmConnection.Builder builder;
    if (fault == Fault.NONE) {
      channel = null;
      builder = SwarmConnection.builder(target).security(TransportSecurity.plaintext());
    } else {
      channel = broken(target, fault);
      builder = SwarmConnection.builder(channel);
    }
    if (randomFraction != null) {
      builder.random(new FractionRandom(randomFraction));
    }
    connection = fault.connection(builder).build();
  }

  SwarmConnection connection() {
    return connection;
  }

  /** Where spans go of an agent or publisher that is traced, or not. */
  static OpenTelemetry telemetry(boolean traced) {
    return traced ? RecordingTelemetry.everything() : OpenTelemetry.noop();
  }

  @Override
  public void close() {
    connection.close();
    if (channel != null) {
      channel.shutdown();
    }
  }

  private static ManagedChannel broken(String target, Fault fault) {
    return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
        .directExecutor()
        .disableRetry()
        .maxInboundMessageSize(MAX_INBOUND_MESSAGE_BYTES)
        .intercept(new FaultyWire(fault))
        .build();
  }
}
