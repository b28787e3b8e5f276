package dev.swarmlog.reliability.simulation;

import io.grpc.Attributes;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The network between clients and the one address of the coordinator. What is sent on a stream
 * arrives in the order in which it was sent, after a delay, or not at all once its connection is
 * gone.
 */
final class VirtualNetwork {

  /** What a stream holds that its reader has not read, before its writer is asked to wait. */
  static final int WINDOW_BYTES = 8 << 10;

  private static final long MIN_DELAY_NS = 50_000;
  private static final int USUAL_DELAY_NS = 1_000_000;
  private static final int LONG_DELAY_NS = 80_000_000;

  private final VirtualTime time;
  private final FrameWatch watch;
  private final Map<String, VirtualLink> links = new LinkedHashMap<>();
  private final Map<String, ServerServiceDefinition> services = new HashMap<>();
  private final boolean calm;
  private @Nullable VirtualProcess server;
  private UnaryOperator<Attributes> connected = UnaryOperator.identity();

  /** Looks at every frame when it is sent. */
  interface FrameWatch {

    /** The coordinator sends a message to a client. */
    void sentDown(String client, Object message);

    /** A client sends a message to the coordinator. */
    void sentUp(String client, Object message);

    /** How long a message to a client is to be held back, in nanoseconds; 0 for the usual. */
    default long holdDownNs(Object message) {
      return 0;
    }
  }

  /**
   * A network without a coordinator.
   *
   * @param calm every message takes the same time
   */
  VirtualNetwork(VirtualTime time, boolean calm, FrameWatch watch) {
    this.time = time;
    this.calm = calm;
    this.watch = watch;
  }

  VirtualTime time() {
    return time;
  }

  FrameWatch watch() {
    return watch;
  }

  /**
   * The coordinator listens from now on.
   *
   * @param attributes what it notes of a connection
   */
  void listen(
      VirtualProcess process,
      List<ServerServiceDefinition> served,
      UnaryOperator<Attributes> attributes) {
    connected = attributes;
    services.clear();
    served.forEach(s -> services.put(s.getServiceDescriptor().getName(), s));
    server = process;
  }

  /** Nobody listens from now on; connections that are open are not touched by that. */
  void unlisten() {
    server = null;
  }

  /** What calls of a connection know of it. */
  Attributes attributes(Attributes transport) {
    return connected.apply(transport);
  }

  @Nullable VirtualProcess server() {
    return server;
  }

  @Nullable ServerServiceDefinition service(String name) {
    return services.get(name);
  }

  /** The cable of a client; it stays the same over all processes of the client. */
  VirtualLink link(String client, long seed) {
    return links.computeIfAbsent(
        client, name -> new VirtualLink(this, name, new SplittableRandom(seed)));
  }

  /** All of them, in the order in which they came. */
  List<VirtualLink> links() {
    return new ArrayList<>(links.values());
  }

  /** How long the next message takes. */
  long delayNs(SplittableRandom random) {
    if (calm) {
      return USUAL_DELAY_NS;
    }
    int draw = random.nextInt(100);
    if (draw < 2) {
      return MIN_DELAY_NS + random.nextInt(LONG_DELAY_NS);
    }
    return MIN_DELAY_NS + random.nextInt(USUAL_DELAY_NS);
  }
}
