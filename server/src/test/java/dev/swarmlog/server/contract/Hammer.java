package dev.swarmlog.server.contract;

import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks for sessions of one agent without waiting for answers, and counts which calls have left the
 * client, and which were answered.
 */
final class Hammer {

  private final Channel channel;
  private final ControlRequest hello;
  private final AtomicInteger sent = new AtomicInteger();
  private final Queue<ClientCall<ControlRequest, ControlResponse>> open =
      new ConcurrentLinkedQueue<>();
  private final Queue<Failure> refusals = new ConcurrentLinkedQueue<>();
  private final CallOptions options =
      CallOptions.DEFAULT.withStreamTracerFactory(
          new ClientStreamTracer.Factory() {
            @Override
            public ClientStreamTracer newClientStreamTracer(
                ClientStreamTracer.StreamInfo info, Metadata headers) {
              return new ClientStreamTracer() {
                @Override
                public void outboundHeaders() {
                  sent.incrementAndGet();
                }
              };
            }
          });

  Hammer(Channel channel, String swarm, String agent) {
    this.channel = channel;
    this.hello = TestAgent.frame(TestAgent.hello(swarm, agent));
  }

  /** Begins so many calls at once. */
  void strike(int times) {
    for (int i = 0; i < times; i++) {
      strike();
    }
  }

  private void strike() {
    ClientCall<ControlRequest, ControlResponse> call =
        channel.newCall(SessionServiceGrpc.getControlMethod(), options);
    open.add(call);
    call.start(
        new ClientCall.Listener<ControlResponse>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            open.remove(call);
            com.google.rpc.Status refusal = StatusProto.fromStatusAndTrailers(status, trailers);
            if (refusal == null || refusal.getDetailsCount() == 0) {
              System.out.println("HAM " + sent.get() + " " + refusals.size() + " " + status);
            } else if (status.getCode() != Status.Code.CANCELLED) {
              refusals.add(Failure.of(refusal));
            }
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(hello);
  }

  /** Says on all open calls that nothing more comes. */
  void halfClose() {
    open.forEach(ClientCall::halfClose);
  }

  /** Gives up the call that waits for longest. */
  void giveUpOldest() {
    open.element().cancel("it takes too long", null);
  }

  /** Calls that are on their way to the coordinator, or have been there. */
  int sent() {
    return sent.get();
  }

  /** Refusals that came, in this order. */
  Queue<Failure> refusals() {
    return refusals;
  }
}
