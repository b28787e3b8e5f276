package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.SwarmListener;
import dev.swarmlog.storage.SwarmState;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.function.BiConsumer;

/**
 * The sending side of one call: sends nothing after the end, and lets no two threads send at once.
 *
 * <p>May be called from any thread. The monitor is held for the time it takes to hand a frame to
 * the transport, which does not block.
 */
final class Responder<P> {

  private final ServerCallStreamObserver<P> call;
  private boolean ended;

  Responder(ServerCallStreamObserver<P> call) {
    this.call = call;
  }

  boolean isReady() {
    return call.isReady();
  }

  /** Asks for one more frame. */
  void requestOne() {
    call.request(1);
  }

  synchronized void send(P frame) {
    if (!ended && !call.isCancelled()) {
      call.onNext(frame);
    }
  }

  /**
   * Sends a frame only while the window is open. For answers that a client could ask for without
   * end and never read: what it does not read must not wait in memory.
   */
  void sendIfReady(P frame) {
    if (call.isReady()) {
      send(frame);
    }
  }

  synchronized void complete() {
    if (!ended) {
      ended = true;
      if (!call.isCancelled()) {
        call.onCompleted();
      }
    }
  }

  synchronized void refuse(Refusal refusal) {
    if (!ended) {
      ended = true;
      if (!call.isCancelled()) {
        call.onError(ErrorStatus.exception(refusal));
      }
    }
  }

  /** Goes on with a swarm that was found, or ends the call with the refusal. */
  SwarmListener orRefuse(BiConsumer<Shard, SwarmState> found) {
    return new SwarmListener() {
      @Override
      public void found(Shard shard, SwarmState swarm) {
        found.accept(shard, swarm);
      }

      @Override
      public void refused(Refusal refusal) {
        refuse(refusal);
      }
    };
  }

  /** Ends the call with what nobody expected; it is logged, and the client is told a number. */
  synchronized void fail(Throwable failure, String what) {
    if (!ended) {
      ended = true;
      if (!call.isCancelled()) {
        call.onError(ErrorStatus.exception(failure, what));
      }
    }
  }

  /** The other side is gone. */
  synchronized void cancelled() {
    ended = true;
  }

  synchronized boolean ended() {
    return ended;
  }
}
