package dev.swarmlog.server.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: which agents it carries, and how many streams its client may have open.
 *
 * <p>A client may have few open until it was served for the first time, then as many as the limits
 * say. The number can be made smaller again only while the connection has carried one agent alone
 * since it was opened, as it holds for all that use it. May be called from any thread.
 */
public final class Connection {

  /** Absent where calls do not come over the network. */
  static final Attributes.Key<Connection> ATTRIBUTE = Attributes.Key.create("swarmlog-connection");

  static final Context.Key<Connection> KEY = Context.key("swarmlog-connection");

  /** Whose calls say which agent they are for. */
  private static final Set<String> SERVICES_OF_AGENTS =
      Set.of("swarmlog.v1.SessionService", "swarmlog.v1.PublishService");

  private final int maxStreams;
  private final IntConsumer announcer;

  // Guarded by this.
  private @Nullable Agent agent;
  private boolean shared;
  private Room room = Room.FEW;

  /** Read by each call, changed once. */
  private volatile boolean served;

  /** How many streams the client may have open. */
  private enum Room {
    FEW,
    ALL,
    HARDLY_ANY
  }

  private record Agent(String swarm, String name) {}

  /**
   * A connection that carries nobody yet, and whose client was told to open few streams.
   *
   * @param maxStreams that it may open later
   * @param announcer tells the client another number; called with the monitor held
   */
  Connection(int maxStreams, IntConsumer announcer) {
    this.maxStreams = maxStreams;
    this.announcer = announcer;
  }

  /** That of the call that runs on this thread; null where there is none. */
  public static @Nullable Connection current() {
    return KEY.get();
  }

  /** Notes that the current call is for an agent, or a publisher of that name, and is served. */
  public static void serves(String swarm, String agent) {
    Connection current = current();
    if (current != null) {
      current.carries(swarm, agent);
      current.served();
    }
  }

  private void served() {
    if (!served) {
      synchronized (this) {
        served = true;
        if (room == Room.FEW) {
          openAll();
        }
      }
    }
  }

  /** Notes a call. Those that are for no agent in particular make it shared. */
  void called(@Nullable String service) {
    if (!SERVICES_OF_AGENTS.contains(service)) {
      share();
    }
  }

  /** Notes that it is used for an agent, or a publisher of that name. */
  public synchronized void carries(String swarm, String name) {
    if (agent == null) {
      agent = new Agent(swarm, name);
    } else if (!agent.name().equals(name) || !agent.swarm().equals(swarm)) {
      share();
    }
  }

  private synchronized void share() {
    shared = true;
    openAll();
  }

  /** Whether others than one agent have used it. */
  public synchronized boolean isShared() {
    return shared;
  }

  /** Lets the client open no more than so many streams, unless it is shared. */
  public synchronized void narrow(int streams) {
    if (!shared && room != Room.HARDLY_ANY) {
      room = Room.HARDLY_ANY;
      announcer.accept(streams);
    }
  }

  /** Lets the client open all streams again, if it was narrow. */
  public synchronized void widen() {
    if (room == Room.HARDLY_ANY) {
      openAll();
    }
  }

  private synchronized void openAll() {
    if (room != Room.ALL) {
      room = Room.ALL;
      announcer.accept(maxStreams);
    }
  }
}
