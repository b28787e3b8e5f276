package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.StartupException.Kind;
import dev.swarmlog.server.configuration.ServerConfiguration;
import io.grpc.Attributes;
import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * The port: a hardened gRPC server with every service of the coordinator, health, and reflection
 * where it is allowed.
 *
 * <p>Calls run on Netty's event loops themselves (a direct executor): no service may block.
 * Connections have no maximum age: an agent's streams live as long as its connection, and ending
 * one for its age would only cause a resume; a connection without calls is closed when idle.
 *
 * <p>{@link #start} to {@link #close} are called by one thread at a time.
 */
@Singleton
public final class GrpcTransport {

  private final ServerConfiguration configuration;
  private final Limits limits;
  private final List<ServerServiceDefinition> services;
  private final AuthorizationInterceptor authorization;
  private final IncidentInterceptor incidents;
  private final ConnectionPrincipals principals;
  private final ScheduledExecutorService housekeeping;
  private final HealthStatusManager health = new HealthStatusManager();
  private final LocalObserver localObserver;
  private @Nullable Server server;
  private boolean accepting;

  @Inject
  GrpcTransport(
      ServerConfiguration configuration,
      Limits limits,
      Set<BindableService> services,
      AuthorizationInterceptor authorization,
      IncidentInterceptor incidents,
      ConnectionPrincipals principals,
      ScheduledExecutorService housekeeping) {
    this.configuration = configuration;
    this.limits = limits;
    this.services =
        services.stream().map(BindableService::bindService).map(MalformedMessages::admit).toList();
    this.authorization = authorization;
    this.incidents = incidents;
    this.principals = principals;
    this.housekeeping = housekeeping;
    this.localObserver = new LocalObserver(this.services, authorization, incidents);
  }

  /** A way to look on from within this process. */
  public LocalObserver localObserver() {
    return localObserver;
  }

  /** Every service as the port serves it, for a transport other than gRPC's own. */
  public List<ServerServiceDefinition> services() {
    // The one given last runs first.
    return services.stream()
        .map(service -> ServerInterceptors.intercept(service, authorization, incidents))
        .toList();
  }

  /** What calls of a connection know of it, beside what its transport knows. */
  public Attributes connected(Attributes transport) {
    return principals.transportReady(transport);
  }

  /** Opens the port. When it returns, calls are served and health says so. */
  public void start() throws StartupException {
    Server built = build();
    services.forEach(
        s -> health.setStatus(s.getServiceDescriptor().getName(), ServingStatus.SERVING));
    try {
      server = built.start();
      accepting = true;
    } catch (IOException e) {
      throw bindFailure(e);
    }
  }

  /** The port it listens on. After {@link #start}. */
  public int port() {
    return started().getPort();
  }

  /**
   * Says through health that nothing will be served soon, and takes no new connections and calls.
   */
  public void stopAccepting() {
    Server running = started();
    if (accepting) {
      accepting = false;
      health.enterTerminalState();
      running.shutdown();
      localObserver.close();
    }
  }

  /**
   * Waits for open calls to end; after {@link #stopAccepting}.
   *
   * @return whether they did before the timeout
   */
  public boolean awaitCalls(Duration timeout) throws InterruptedException {
    return started().awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Cancels open calls and closes all connections. Harmless if never started. */
  public void close() throws InterruptedException {
    if (server != null) {
      stopAccepting();
      server.shutdownNow();
      server.awaitTermination();
    }
  }

  private Server build() throws StartupException {
    ServerCredentials credentials = InsecureServerCredentials.create();
    if (configuration.tls().isPresent()) {
      ServerTls tls = new ServerTls(configuration.tls().get());
      credentials = tls.credentials();
      long periodMs = limits.tlsReloadInterval().toMillis();
      housekeeping.scheduleWithFixedDelay(
          tls::reloadIfChanged, periodMs, periodMs, TimeUnit.MILLISECONDS);
    }
    NettyServerBuilder builder =
        harden(
            NettyServerBuilder.forAddress(
                new InetSocketAddress(configuration.address(), configuration.port()),
                GuardedCredentials.guard(credentials, limits)));
    services.forEach(builder::addService);
    builder.addService(health.getHealthService());
    if (configuration.reflection()) {
      builder.addService(ProtoReflectionServiceV1.newInstance());
    }
    // The one added last runs first.
    return builder
        .addTransportFilter(principals)
        .addStreamTracerFactory(StreamReset.factory())
        .intercept(new CallLimit(limits.maxCalls()))
        .intercept(authorization)
        .intercept(incidents)
        .directExecutor()
        .build();
  }

  private NettyServerBuilder harden(NettyServerBuilder builder) {
    return builder
        .maxInboundMessageSize(limits.maxInboundMessageBytes())
        .maxInboundMetadataSize(limits.maxInboundMetadataBytes())
        // More when it was served: see Connection.
        .maxConcurrentCallsPerConnection(limits.maxUnservedCallsPerConnection())
        .maxRstFramesPerWindow(
            limits.maxResetsPerWindow(), Math.toIntExact(limits.resetWindow().toSeconds()))
        .flowControlWindow(limits.flowControlWindowBytes())
        .handshakeTimeout(limits.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTime(limits.keepAliveTime().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveTime(limits.minClientKeepAliveInterval().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true)
        .maxConnectionIdle(limits.maxConnectionIdle().toMillis(), TimeUnit.MILLISECONDS);
  }

  private StartupException bindFailure(IOException e) {
    String address = configuration.address().getHostAddress() + " port " + configuration.port();
    // Netty's native transport throws exceptions of its own, so the system's message must do.
    String reason = reason(e);
    if (reason.contains("in use")) {
      return new StartupException(
          Kind.PORT_IN_USE,
          "Expected to listen on %s, but another process does; stop it, or choose another port (0 for a free one)"
              .formatted(address),
          e);
    }
    if (reason.contains("ermission denied")) {
      return new StartupException(
          Kind.ADDRESS_UNAVAILABLE,
          "Expected to be allowed to listen on %s, but the system forbids it; choose a port above 1023"
              .formatted(address),
          e);
    }
    return new StartupException(
        Kind.ADDRESS_UNAVAILABLE,
        "Expected %s to be an address of this machine, but it cannot be listened on: %s"
            .formatted(address, reason),
        e);
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private Server started() {
    if (server == null) {
      throw new IllegalStateException("Expected the transport to be started, but it is not");
    }
    return server;
  }
}
