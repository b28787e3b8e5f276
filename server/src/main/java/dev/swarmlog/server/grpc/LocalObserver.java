package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import io.grpc.Attributes;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's services for a caller in its own process, which may look on only: its calls are
 * those of {@link Principal#CONSOLE}. No port is opened, so it is there whatever TLS says.
 *
 * <p>Calls begin on {@value #THREADS} threads of its own, never on an event loop; at most {@value
 * #MAX_CALLS} may be open. Nothing runs before the channel is first asked for. Methods may be
 * called from any thread.
 */
public final class LocalObserver {

  private static final int THREADS = 2;
  private static final int MAX_CALLS = 64;
  private static final long IDLE_S = 30;

  private final List<ServerServiceDefinition> services;
  private final AuthorizationInterceptor authorization;
  private final IncidentInterceptor incidents;
  private @Nullable Server server;
  private @Nullable ManagedChannel channel;
  private @Nullable ThreadPoolExecutor threads;
  private boolean closed;

  LocalObserver(
      List<ServerServiceDefinition> services,
      AuthorizationInterceptor authorization,
      IncidentInterceptor incidents) {
    this.services = services;
    this.authorization = authorization;
    this.incidents = incidents;
  }

  /**
   * The channel, always the same. Calls over it that need more than {@link Grant#OBSERVE} are
   * refused with {@code PERMISSION_DENIED}, and all with {@code UNAVAILABLE} once the coordinator
   * stops.
   */
  public synchronized Channel channel() {
    if (channel == null) {
      if (closed) {
        throw new IllegalStateException("Expected a coordinator that runs, but it has stopped");
      }
      channel = open();
    }
    return channel;
  }

  private ManagedChannel open() {
    String name = InProcessServerBuilder.generateName();
    threads = threads();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name).executor(threads);
    services.forEach(builder::addService);
    try {
      // The interceptor added last runs first.
      server =
          builder
              .addTransportFilter(new AsConsole())
              .intercept(new CallLimit(MAX_CALLS))
              .intercept(authorization)
              .intercept(incidents)
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("Expected a free name within the process, but", e);
    }
    // Answers run on the caller's thread, or on a few shared ones.
    return InProcessChannelBuilder.forName(name).build();
  }

  /** Cancels calls that are open, and refuses others. Harmless if nothing was opened. */
  synchronized void close() {
    closed = true;
    if (channel != null) {
      channel.shutdownNow();
    }
    if (server != null) {
      server.shutdownNow();
    }
    if (threads != null) {
      // What it holds is let finish: gRPC tells calls on these threads that they are cancelled.
      threads.shutdown();
    }
  }

  private static ThreadPoolExecutor threads() {
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_S,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "swarmlog-local-" + count.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** Nobody else can reach the name, so everyone who does is the console. */
  private static final class AsConsole extends ServerTransportFilter {

    @Override
    public Attributes transportReady(Attributes attributes) {
      return attributes.toBuilder().set(ConnectionPrincipals.KEY, Principal.CONSOLE).build();
    }
  }
}
