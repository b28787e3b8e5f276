package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;

/** Lets a {@link Fault} see and change what passes between SDK and coordinator. */
final class FaultyWire implements ClientInterceptor {
  private final Fault fault;

  FaultyWire(Fault fault) {
    this.fault = fault;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new FaultyCall<>(next.newCall(method, options));
  }

  private final class FaultyCall<Q, R> extends SimpleForwardingClientCall<Q, R>
      implements Fault.Wire {
    FaultyCall(ClientCall<Q, R> call) {
      super(call);
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      super.start(new FaultyListener<>(this, listener), headers);
    }

    @Override
    @SuppressWarnings("unchecked") // A fault answers with a message of the type it was given.
    public void sendMessage(Q message) {
      // A call takes one message at a time: a fault may be sending another one.
      synchronized (fault) {
        Message sent = fault.sending((Message) message, this);
        if (sent != null) {
          super.sendMessage((Q) sent);
        }
      }
    }

    @Override
    @SuppressWarnings("unchecked")
    public void send(Message message) {
      super.sendMessage((Q) message);
    }

    @Override
    public void cancel() {
      super.cancel("broken on purpose", null);
    }
  }

  private final class FaultyListener<R> extends SimpleForwardingClientCallListener<R> {
    private final FaultyCall<?, R> call;

    FaultyListener(FaultyCall<?, R> call, ClientCall.Listener<R> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void onMessage(R message) {
      Message given;
      synchronized (fault) {
        given = fault.received((Message) message, call);
      }
      if (given == null) {
        call.request(1);
      } else {
        super.onMessage((R) given);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Fault.Ending ending = fault.ended(new Fault.Ending(status, trailers));
      super.onClose(ending.status(), ending.trailers());
    }
  }
}
