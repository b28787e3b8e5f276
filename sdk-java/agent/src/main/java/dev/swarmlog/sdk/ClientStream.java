package dev.swarmlog.sdk;

import io.grpc.Status;
import io.grpc.SynchronizationContext;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One bidirectional call, read one frame per {@link #request}. Its events arrive in the owner's
 * synchronization context, and none after {@link #end}; its methods are for that context only.
 *
 * @param <Q> frames to the coordinator
 * @param <R> frames from the coordinator
 */
final class ClientStream<Q, R> {
  private static final long GENTLE_END_MS = 1_000;

  /** What happens to a stream. */
  interface Events<R> {
    void frame(R frame);

    /** The last event. */
    void ended(Failure why);

    /** The stream takes frames again. */
    void writable();
  }

  private final String target;
  private final SynchronizationContext context;
  private final Events<R> events;
  private @Nullable ClientCallStreamObserver<Q> call;
  private boolean ended;

  private ClientStream(String target, SynchronizationContext context, Events<R> events) {
    this.target = target;
    this.context = context;
    this.events = events;
  }

  /**
   * Starts the call; asks for no frame yet.
   *
   * @param target the coordinator's address, for people to read
   */
  static <Q, R> ClientStream<Q, R> open(
      Function<StreamObserver<R>, StreamObserver<Q>> method,
      String target,
      SynchronizationContext context,
      Events<R> events) {
    ClientStream<Q, R> stream = new ClientStream<>(target, context, events);
    StreamObserver<Q> unused = method.apply(stream.new Responses());
    return stream;
  }

  boolean isReady() {
    return !ended && started().isReady();
  }

  void send(Q frame) {
    if (!ended) {
      started().onNext(frame);
    }
  }

  void request(int frames) {
    if (!ended) {
      started().request(frames);
    }
  }

  /** Ends the call at once. */
  void end() {
    if (!ended) {
      ended = true;
      started().cancel("The client ended the stream", null);
    }
  }

  /** Ends the call so that what was sent arrives; frames that still come are thrown away. */
  void endGently(ScheduledExecutorService timer) {
    if (ended) {
      return;
    }
    ended = true;
    ClientCallStreamObserver<Q> ending = started();
    ending.onCompleted();
    ending.request(Integer.MAX_VALUE);
    try {
      Future<?> unused =
          timer.schedule(
              () -> ending.cancel("The coordinator did not end the stream", null),
              GENTLE_END_MS,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      ending.cancel("The connection is being closed", e);
    }
  }

  private ClientCallStreamObserver<Q> started() {
    if (call == null) {
      throw new IllegalStateException("Expected the call to be started, but it is not");
    }
    return call;
  }

  private void endedBy(Failure why) {
    context.execute(
        () -> {
          if (!ended) {
            ended = true;
            events.ended(why);
          }
        });
  }

  private final class Responses implements ClientResponseObserver<Q, R> {
    @Override
    public void beforeStart(ClientCallStreamObserver<Q> starting) {
      call = starting;
      starting.disableAutoRequestWithInitial(0);
      starting.setOnReadyHandler(
          () ->
              context.execute(
                  () -> {
                    if (!ended) {
                      events.writable();
                    }
                  }));
    }

    @Override
    public void onNext(R frame) {
      context.execute(
          () -> {
            if (!ended) {
              events.frame(frame);
            }
          });
    }

    @Override
    public void onError(Throwable thrown) {
      endedBy(Failure.of(thrown, target));
    }

    @Override
    public void onCompleted() {
      endedBy(Failure.local(Status.Code.UNAVAILABLE, "The coordinator ended the stream"));
    }
  }
}
