package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceImplBase;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.CreateSwarmResponse;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.ListAgentsResponse;
import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The transport on a free port of loopback, with a service that shows who calls, answers, throws or
 * keeps silent.
 */
final class TestTransport implements AutoCloseable {

  private final ScheduledExecutorService housekeeping =
      Executors.newSingleThreadScheduledExecutor();
  private final GrpcTransport transport;

  private TestTransport(ServerConfiguration configuration, Limits limits) {
    Set<BindableService> services = Set.of(new Probe());
    this.transport =
        new GrpcTransport(
            configuration,
            limits,
            services,
            new AuthorizationInterceptor(new GrantTable()),
            new IncidentInterceptor(),
            new ConnectionPrincipals(configuration),
            housekeeping);
  }

  static TestTransport start(Limits limits, Map<String, String> flags) throws Exception {
    Map<String, String> all = new HashMap<>(Map.of("port", "0"));
    all.putAll(flags);
    ServerConfiguration configuration = ServerConfiguration.load(Optional.empty(), Map.of(), all);
    TestTransport started = new TestTransport(configuration, limits);
    try {
      started.transport.start();
    } catch (StartupException e) {
      started.close();
      throw e;
    }
    return started;
  }

  int port() {
    return transport.port();
  }

  GrpcTransport transport() {
    return transport;
  }

  @Override
  public void close() throws InterruptedException {
    transport.close();
    housekeeping.shutdownNow();
  }

  /**
   * {@code GetStatus} says who calls, {@code CreateSwarm} throws, {@code ListAgents} fails, {@code
   * GetSwarm} is silent.
   */
  private static final class Probe extends AdministrationServiceImplBase {

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
      observer.onNext(
          GetStatusResponse.newBuilder().setVersion(Principals.current().name()).build());
      observer.onCompleted();
    }

    @Override
    public void createSwarm(
        CreateSwarmRequest request, StreamObserver<CreateSwarmResponse> observer) {
      throw new IllegalStateException("password=secret");
    }

    @Override
    public void listAgents(ListAgentsRequest request, StreamObserver<ListAgentsResponse> observer) {
      observer.onError(new IllegalStateException("password=secret"));
    }

    @Override
    public void getSwarm(GetSwarmRequest request, StreamObserver<GetSwarmResponse> observer) {}
  }
}
