package dev.swarmlog.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicInteger;

/** How many connections are open, up to a bound. May be called from any thread. */
final class OpenConnections {

  private final int maxConnections;
  private final AtomicInteger open = new AtomicInteger();

  OpenConnections(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  /** Counts one more until it is closed. Answers whether there is room for it. */
  boolean opened(Channel connection) {
    connection.closeFuture().addListener(closed -> open.decrementAndGet());
    return open.incrementAndGet() <= maxConnections;
  }

  /** Why there is no room. */
  String full() {
    return "Expected at most %d connections, but there are as many".formatted(maxConnections);
  }
}
