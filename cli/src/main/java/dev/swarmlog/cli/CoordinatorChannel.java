package dev.swarmlog.cli;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.ParkingServiceGrpc.ParkingServiceBlockingStub;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The services of a coordinator as the contract has them, for commands whose questions the SDK's
 * {@link dev.swarmlog.sdk.SwarmClient} has no calls for. What is refused is thrown as gRPC throws
 * it. Used by one thread.
 */
final class CoordinatorChannel implements AutoCloseable {

  private final ManagedChannel channel;
  private final Duration timeout;

  /**
   * Connects when it is first used.
   *
   * @param timeout how long to wait for each answer
   */
  CoordinatorChannel(String server, ChannelCredentials credentials, Duration timeout) {
    this.channel =
        Grpc.newChannelBuilder(server, credentials)
            .directExecutor()
            .disableRetry()
            .maxInboundMessageSize(64 << 20)
            .userAgent("swarmlog-cli")
            .build();
    this.timeout = timeout;
  }

  ParkingServiceBlockingStub parking() {
    return ParkingServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  AdministrationServiceBlockingStub administration() {
    return AdministrationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
