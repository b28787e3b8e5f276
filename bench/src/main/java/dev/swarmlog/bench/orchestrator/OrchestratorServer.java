package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.ServerProcess;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** An orchestrator that serves on a free port of loopback. */
public final class OrchestratorServer implements AutoCloseable {

  private static final int REQUEST_THREADS = 16;
  private static final long STOP_TIMEOUT_MS = 2_000;

  private final OrchestratorService service;
  private final ExecutorService requests;
  private final Server server;

  private OrchestratorServer(OrchestratorService service, ExecutorService requests, Server server) {
    this.service = service;
    this.requests = requests;
    this.server = server;
  }

  /** How it meets failures. */
  public enum Manners {
    /** {@link ImmediateDispatch}. */
    NAIVE,
    /** {@link PoliteDispatch}. */
    POLITE
  }

  /**
   * Serves until standard input ends.
   *
   * @param args the name of its {@link Manners}
   */
  public static void main(String[] args) throws IOException {
    try (OrchestratorServer server = start(Manners.valueOf(args[0]))) {
      ServerProcess.serveUntilEndOfInput(server.port());
    }
  }

  /** Starts one in this process. */
  public static OrchestratorServer start(Manners manners) throws IOException {
    OrchestratorService service =
        new OrchestratorService(
            manners == Manners.NAIVE ? new ImmediateDispatch() : new PoliteDispatch());
    ExecutorService requests = Executors.newFixedThreadPool(REQUEST_THREADS);
    Server server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .executor(requests)
            .addService(service)
            .build()
            .start();
    return new OrchestratorServer(service, requests, server);
  }

  /** Where it listens, on loopback. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      boolean unused = server.awaitTermination(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    requests.shutdownNow();
    service.close();
  }
}
