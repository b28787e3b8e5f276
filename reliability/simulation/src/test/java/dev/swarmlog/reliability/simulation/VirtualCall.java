package dev.swarmlog.reliability.simulation;

import com.google.protobuf.MessageLite;
import io.grpc.Attributes;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One call: its client's and its server's end as gRPC shows them, and a {@link VirtualPipe} in each
 * direction.
 *
 * @param <Q> requests
 * @param <P> responses
 */
final class VirtualCall<Q, P> {

  private static final Attributes PEER =
      Attributes.newBuilder()
          .set(
              Grpc.TRANSPORT_ATTR_REMOTE_ADDR,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))
          .build();

  private final VirtualLink link;
  private final VirtualProcess process;
  private final MethodDescriptor<Q, P> method;
  private final ClientEnd client = new ClientEnd();
  private VirtualLink.@Nullable Connection connection;
  private ClientCall.@Nullable Listener<P> clientListener;
  private @Nullable ServerEnd<Q, ?> server;
  private final VirtualPipe<Q> up;
  private final VirtualPipe<P> down;
  private boolean clientDone;
  private boolean serverDone;

  VirtualCall(VirtualLink link, VirtualProcess process, MethodDescriptor<Q, P> method) {
    this.link = link;
    this.process = process;
    this.method = method;
    this.up = new VirtualPipe<>(link, true, this::upWritable);
    this.down = new VirtualPipe<>(link, false, this::downWritable);
  }

  ClientCall<Q, P> client() {
    return client;
  }

  private void upWritable() {
    if (!clientDone && clientListener != null) {
      clientListener.onReady();
    }
  }

  private void downWritable() {
    if (!serverDone && server != null) {
      server.listener.onReady();
    }
  }

  /** The client hears that its connection is gone. */
  void lostForClient(Status why) {
    closeClient(why, new Metadata());
  }

  /** The coordinator hears it. */
  void lostForServer() {
    if (!serverDone) {
      serverDone = true;
      up.close();
      down.close();
      if (server != null) {
        server.cancelled = true;
        server.listener.onCancel();
      }
      over();
    }
  }

  private void closeClient(Status status, Metadata trailers) {
    if (!clientDone) {
      clientDone = true;
      down.close();
      if (clientListener != null) {
        clientListener.onClose(status, trailers);
      }
      over();
    }
  }

  private void over() {
    if (clientDone && serverDone && connection != null) {
      link.ended(connection, this);
    }
  }

  private void arriveAtServer(Metadata headers) {
    VirtualNetwork network = link.network();
    String name = method.getServiceName();
    ServerServiceDefinition service = name == null ? null : network.service(name);
    ServerMethodDefinition<?, ?> definition =
        service == null ? null : service.getMethod(method.getFullMethodName());
    if (definition == null) {
      throw new IllegalStateException("Expected a service for " + method.getFullMethodName());
    }
    @SuppressWarnings("unchecked") // same name, same messages
    ServerMethodDefinition<Q, Object> typed = (ServerMethodDefinition<Q, Object>) definition;
    ServerEnd<Q, Object> end = new ServerEnd<>(typed.getMethodDescriptor());
    server = end;
    end.listener = typed.getServerCallHandler().startCall(end, headers);
    if (!serverDone) {
      end.listener.onReady();
    }
  }

  private VirtualProcess serverProcess() {
    if (connection == null) {
      throw new IllegalStateException("Expected a call that was started");
    }
    return connection.server();
  }

  /** The end that the SDK holds. */
  private final class ClientEnd extends ClientCall<Q, P> {

    @Override
    public void start(Listener<P> listener, Metadata headers) {
      clientListener = listener;
      VirtualLink.Connection on = link.connect(process);
      if (on == null) {
        link.network()
            .time()
            .schedule(process, 1_000_000, () -> closeClient(VirtualLink.gone(), new Metadata()));
        return;
      }
      connection = on;
      link.began(on, VirtualCall.this);
      up.connect(on, on.server(), this::deliverUp);
      down.connect(on, process, this::deliverDown);
      up.act(() -> arriveAtServer(headers));
      link.network().time().schedule(process, 0, listener::onReady);
    }

    private void deliverUp(Q message) {
      if (!serverDone && server != null) {
        server.listener.onMessage(message);
      }
    }

    private void deliverDown(P message) {
      if (!clientDone && clientListener != null) {
        clientListener.onMessage(message);
      }
    }

    @Override
    public void request(int count) {
      down.request(count);
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
      if (clientDone) {
        return;
      }
      if (connection != null && process.isAlive()) {
        up.reset(VirtualCall.this::lostForServer);
      }
      // As gRPC does, on a thread of its own and not inside of this call.
      link.network()
          .time()
          .schedule(
              process,
              0,
              () -> closeClient(Status.CANCELLED.withDescription(message), new Metadata()));
    }

    @Override
    public void halfClose() {
      up.finish(
          () -> {
            if (!serverDone && server != null) {
              server.listener.onHalfClose();
            }
          });
    }

    @Override
    public void sendMessage(Q message) {
      if (!clientDone && process.isAlive() && connection != null) {
        link.network().watch().sentUp(link.client(), message);
        up.send(message, ((MessageLite) message).getSerializedSize(), 0);
      }
    }

    @Override
    public boolean isReady() {
      return !clientDone && connection != null && up.isWritable();
    }
  }

  /** The end that the coordinator holds. */
  private final class ServerEnd<A, B> extends ServerCall<A, B> {
    private final MethodDescriptor<A, B> served;
    private Listener<A> listener = new Listener<>() {};
    private boolean cancelled;

    ServerEnd(MethodDescriptor<A, B> served) {
      this.served = served;
    }

    @Override
    public void request(int count) {
      up.request(count);
    }

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(B message) {
      if (serverDone || !serverProcess().isAlive()) {
        return;
      }
      P sent = method.parseResponse(served.streamResponse(message));
      VirtualNetwork.FrameWatch watch = link.network().watch();
      watch.sentDown(link.client(), sent);
      down.send(sent, ((MessageLite) sent).getSerializedSize(), watch.holdDownNs(sent));
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (serverDone || !serverProcess().isAlive()) {
        return;
      }
      down.finish(() -> closeClient(status, trailers));
      link.network()
          .time()
          .schedule(
              serverProcess(),
              0,
              () -> {
                if (!serverDone) {
                  serverDone = true;
                  up.close();
                  listener.onComplete();
                  over();
                }
              });
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public boolean isReady() {
      return !serverDone && down.isWritable();
    }

    @Override
    public MethodDescriptor<A, B> getMethodDescriptor() {
      return served;
    }

    @Override
    public Attributes getAttributes() {
      return link.network().attributes(PEER);
    }
  }
}
