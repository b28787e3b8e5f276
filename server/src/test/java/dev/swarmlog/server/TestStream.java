package dev.swarmlog.server;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The client's side of a stream, frame by frame; reads nothing before it is asked to. */
final class TestStream<Q, R> implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 20;

  private final BlockingQueue<R> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
  private final CompletableFuture<ClientCallStreamObserver<Q>> started = new CompletableFuture<>();
  private final StreamObserver<Q> requests;

  private TestStream(Function<StreamObserver<R>, StreamObserver<Q>> method) {
    this.requests =
        method.apply(
            new ClientResponseObserver<Q, R>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<Q> call) {
                call.disableAutoRequestWithInitial(0);
                started.complete(call);
              }

              @Override
              public void onNext(R frame) {
                received.add(frame);
              }

              @Override
              public void onError(Throwable t) {
                ended.complete(t);
              }

              @Override
              public void onCompleted() {
                ended.complete(io.grpc.Status.OK.asRuntimeException());
              }
            });
  }

  static <Q, R> TestStream<Q, R> open(Function<StreamObserver<R>, StreamObserver<Q>> method) {
    return new TestStream<>(method);
  }

  TestStream<Q, R> send(Q frame) {
    requests.onNext(frame);
    return this;
  }

  void halfClose() {
    requests.onCompleted();
  }

  /** Asks for one frame and waits for it. */
  R next() throws Exception {
    started.get().request(1);
    R frame = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (frame == null) {
      throw new AssertionError(
          "Expected a frame, but got " + ended.getNow(new AssertionError("nothing")));
    }
    return frame;
  }

  /** Waits for the end; the reason of the status, {@code none} if it ended well. */
  String endReason() throws Exception {
    started.get().request(1_000);
    return TestServer.reason(ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
  }

  boolean hasEnded() {
    return ended.isDone();
  }

  @Override
  public void close() throws Exception {
    started.get().cancel("the test is over", null);
  }
}
