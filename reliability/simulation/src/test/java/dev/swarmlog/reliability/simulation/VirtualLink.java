package dev.swarmlog.reliability.simulation;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The cable between one client and the coordinator: carries one connection at a time, and can be
 * cut, or carry nothing for a while in one direction or both.
 */
final class VirtualLink {

  private final VirtualNetwork network;
  private final String client;
  private final SplittableRandom random;
  private @Nullable Connection connection;
  private long upClosedUntilNs;
  private long downClosedUntilNs;

  /** One connection, from when it is opened to when both sides know that it is gone. */
  final class Connection {
    private final VirtualProcess near;
    private final VirtualProcess far;
    private final List<VirtualCall<?, ?>> calls = new ArrayList<>();
    private final List<Runnable> whenLost = new ArrayList<>();
    private boolean cut;
    private boolean lost;

    private Connection(VirtualProcess near, VirtualProcess far) {
      this.near = near;
      this.far = far;
    }

    VirtualProcess client() {
      return near;
    }

    VirtualProcess server() {
      return far;
    }

    /** Nothing that is under way arrives any more. */
    boolean isCut() {
      return cut;
    }

    /** The client knows it. */
    boolean isLost() {
      return lost;
    }

    void whenLost(Runnable callback) {
      if (lost) {
        callback.run();
      } else {
        whenLost.add(callback);
      }
    }

    private void clientLearns() {
      if (!lost) {
        lost = true;
        if (connection == this) {
          connection = null;
        }
        List.copyOf(calls).forEach(call -> call.lostForClient(gone()));
        whenLost.forEach(Runnable::run);
      }
    }

    private void serverLearns() {
      List.copyOf(calls).forEach(VirtualCall::lostForServer);
    }
  }

  VirtualLink(VirtualNetwork network, String client, SplittableRandom random) {
    this.network = network;
    this.client = client;
    this.random = random;
  }

  String client() {
    return client;
  }

  VirtualNetwork network() {
    return network;
  }

  /** A channel for a process of the client. */
  VirtualChannel channel(VirtualProcess process) {
    return new VirtualChannel(this, process);
  }

  /** The connection that a call of the process begins on; null if the coordinator is not there. */
  @Nullable Connection connect(VirtualProcess process) {
    Connection open = connection;
    if (open != null && open.near == process && !open.lost) {
      return open;
    }
    VirtualProcess server = network.server();
    if (server == null || !server.isAlive() || isClosed()) {
      return null;
    }
    Connection opened = new Connection(process, server);
    connection = opened;
    return opened;
  }

  /** What the process is connected to now, if it is. */
  @Nullable Connection connection(VirtualProcess process) {
    return connection != null && connection.near == process ? connection : null;
  }

  static Status gone() {
    return Status.UNAVAILABLE.withDescription("The connection is gone");
  }

  /** The connection breaks; each side hears of it after a time of its own. */
  void cut(long clientLearnsNs, long serverLearnsNs) {
    Connection broken = connection;
    if (broken == null || broken.cut) {
      return;
    }
    broken.cut = true;
    network.time().schedule(broken.near, clientLearnsNs, broken::clientLearns);
    network.time().schedule(broken.far, serverLearnsNs, broken::serverLearns);
  }

  /** Nothing gets through for a while; what was sent arrives afterwards. */
  void close(boolean up, boolean down, long forNs) {
    long untilNs = network.time().nowNs() + forNs;
    if (up) {
      upClosedUntilNs = Math.max(upClosedUntilNs, untilNs);
    }
    if (down) {
      downClosedUntilNs = Math.max(downClosedUntilNs, untilNs);
    }
  }

  /** From now on everything gets through. */
  void heal() {
    upClosedUntilNs = 0;
    downClosedUntilNs = 0;
  }

  boolean isClosed() {
    return network.time().nowNs() < Math.max(upClosedUntilNs, downClosedUntilNs);
  }

  /** When something that is sent now arrives. */
  long arrivalNs(boolean up) {
    long closedUntilNs = up ? upClosedUntilNs : downClosedUntilNs;
    return Math.max(network.time().nowNs(), closedUntilNs) + network.delayNs(random);
  }

  /** A call begins on a connection. */
  void began(Connection on, VirtualCall<?, ?> call) {
    on.calls.add(call);
  }

  /** A call is over. */
  void ended(Connection on, VirtualCall<?, ?> call) {
    on.calls.remove(call);
  }
}
