package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A call with nothing between the test and gRPC: frames are sent as they are, and received one by
 * one. Used by one test thread; frames arrive on the transport's.
 */
final class StreamCall<Q, R> {

  /** How long a test waits before it calls something missing. */
  static final long PATIENCE_SECONDS = 30;

  private final ClientCall<Q, R> call;
  private final LinkedBlockingQueue<Event<R>> events = new LinkedBlockingQueue<>();
  private final AtomicReference<End> end = new AtomicReference<>();
  private final Object readiness = new Object();

  private sealed interface Event<R> {}

  private record Frame<R>(R frame) implements Event<R> {}

  private record Ended<R>(End end) implements Event<R> {}

  /** How a call ended. */
  record End(Status status, Metadata trailers) {

    Failure failure() {
      com.google.rpc.Status rich = StatusProto.fromStatusAndTrailers(status, trailers);
      return Failure.of(rich);
    }
  }

  private StreamCall(Channel channel, MethodDescriptor<Q, R> method) {
    this.call = channel.newCall(method, CallOptions.DEFAULT);
  }

  /** A stream that reads everything at once. */
  static <Q, R> StreamCall<Q, R> open(Channel channel, MethodDescriptor<Q, R> method) {
    StreamCall<Q, R> opened = openUnread(channel, method);
    opened.request(Integer.MAX_VALUE);
    return opened;
  }

  /** A stream that reads only what {@link #request} asks for. */
  static <Q, R> StreamCall<Q, R> openUnread(Channel channel, MethodDescriptor<Q, R> method) {
    StreamCall<Q, R> opened = new StreamCall<>(channel, method);
    opened.start();
    return opened;
  }

  /** One request, any number of responses. */
  static <Q, R> StreamCall<Q, R> ask(Channel channel, MethodDescriptor<Q, R> method, Q request) {
    StreamCall<Q, R> opened = open(channel, method);
    opened.send(request);
    opened.halfClose();
    return opened;
  }

  private void start() {
    call.start(
        new ClientCall.Listener<R>() {
          @Override
          public void onMessage(R message) {
            events.add(new Frame<>(message));
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            End ended = new End(status, trailers);
            end.set(ended);
            events.add(new Ended<>(ended));
            wake();
          }

          @Override
          public void onReady() {
            wake();
          }
        },
        new Metadata());
  }

  private void wake() {
    synchronized (readiness) {
      readiness.notifyAll();
    }
  }

  void request(int frames) {
    call.request(frames);
  }

  /** Sends without looking at the window; gRPC buffers. */
  void send(Q frame) {
    call.sendMessage(frame);
  }

  void halfClose() {
    call.halfClose();
  }

  void cancel() {
    call.cancel("the test has seen enough", null);
  }

  boolean isReady() {
    return call.isReady();
  }

  /**
   * Waits until the window is open.
   *
   * @return false if it stays shut for that long
   */
  boolean awaitReady(long timeoutMs) {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    synchronized (readiness) {
      while (!call.isReady()) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
        if (leftMs <= 0 || end.get() != null) {
          return false;
        }
        try {
          readiness.wait(leftMs);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return true;
    }
  }

  /** The next frame; fails if the call ends instead. */
  R next() {
    return frameOf(take());
  }

  /** As {@link #next}, but null if nothing comes within that time. */
  @Nullable R nextWithin(long timeoutMs) {
    try {
      Event<R> event = events.poll(timeoutMs, TimeUnit.MILLISECONDS);
      return event == null ? null : frameOf(event);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static <R> R frameOf(Event<R> event) {
    if (event instanceof Frame<R> frame) {
      return frame.frame();
    }
    End ended = ((Ended<R>) event).end();
    throw new AssertionError("Expected a frame, but the call ended: " + ended.status());
  }

  /** How many frames have arrived and were not taken. */
  int waitingFrames() {
    return events.size() - (end.get() == null ? 0 : 1);
  }

  /** How the call ends; fails if a frame comes before. */
  End end() {
    Event<R> event = take();
    if (event instanceof Ended<R> ended) {
      return ended.end();
    }
    throw new AssertionError("Expected the call to end, but got " + event);
  }

  /** The refusal the call ends with; fails if a frame comes before. */
  Failure refusal() {
    return end().failure();
  }

  /** The refusal the call ends with, whatever comes before. */
  Failure refusalInTheEnd() {
    return endInTheEnd().failure();
  }

  /** How the call ends, whatever comes before. */
  End endInTheEnd() {
    while (true) {
      if (take() instanceof Ended<R> ended) {
        return ended.end();
      }
    }
  }

  /** All frames until the call ends well. */
  List<R> completed() {
    List<R> frames = new ArrayList<>();
    while (true) {
      Event<R> event = take();
      if (event instanceof Ended<R> ended) {
        assertThat(ended.end().status().getCode())
            .as("%s", ended.end().status())
            .isEqualTo(Status.Code.OK);
        return frames;
      }
      frames.add(((Frame<R>) event).frame());
    }
  }

  private Event<R> take() {
    try {
      Event<R> event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("Expected something to come, but nothing did");
      }
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
