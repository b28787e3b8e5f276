package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.grpc.StreamReset;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.SwarmListener;
import dev.swarmlog.storage.SwarmState;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of one call: sends nothing after the end, lets no two threads send at once, and
 * accounts for what its client does not read.
 *
 * <p>Made while the call begins; then it may be called from any thread. The monitor is held for the
 * time it takes to hand a frame to the transport, which does not block.
 */
final class Responder<P> implements UnreadBytes.Holder {

  private final ServerCallStreamObserver<P> call;
  private final UnreadBytes unread;
  private final @Nullable StreamReset reset = StreamReset.current();
  private volatile Runnable whenReady = () -> {};
  private volatile Runnable whenClosed = () -> {};
  private volatile Consumer<Refusal> whenStalled = this::refuse;
  private boolean ended;
  private boolean closed;

  Responder(ServerCallStreamObserver<P> call, UnreadBytes unread) {
    this.call = call;
    this.unread = unread;
    call.setOnReadyHandler(this::ready);
    call.setOnCloseHandler(this::closed);
    call.setOnCancelHandler(this::closed);
  }

  /** Runs something whenever more may be sent: {@link #isReady} may have become true. */
  void whenReady(Runnable handler) {
    whenReady = handler;
  }

  /** Runs something when the call is over, whoever ended it; maybe more than once. */
  void whenClosed(Runnable handler) {
    whenClosed = handler;
  }

  /** Runs something more then. */
  void alsoWhenClosed(Runnable handler) {
    Runnable before = whenClosed;
    whenClosed =
        () -> {
          before.run();
          handler.run();
        };
  }

  /** How the call is ended when its client has not read for too long; by default it is refused. */
  void whenStalled(Consumer<Refusal> handler) {
    whenStalled = handler;
  }

  /** Whether the window is open, and the coordinator has room for what may not be read. */
  boolean isReady() {
    return windowOpen() && unread.hasRoom(this);
  }

  private synchronized boolean windowOpen() {
    boolean open = call.isReady();
    if (open) {
      unread.release(this);
    }
    return open;
  }

  private void ready() {
    windowOpen();
    whenReady.run();
  }

  private void closed() {
    synchronized (this) {
      ended = true;
      closed = true;
      unread.forget(this);
    }
    whenClosed.run();
  }

  @Override
  public void wake() {
    whenReady.run();
  }

  @Override
  public void endStalled(Refusal why) {
    whenStalled.accept(why);
    if (reset != null) {
      reset.reset(why.message());
    }
  }

  /** Asks for one more frame. */
  void requestOne() {
    call.request(1);
  }

  synchronized void send(P frame) {
    if (!ended && !call.isCancelled()) {
      call.onNext(frame);
      if (!closed && !call.isReady()) {
        unread.hold(this, Outbound.bytes(frame));
      }
    }
  }

  /**
   * Sends a frame only while the window is open. For answers that a client could ask for without
   * end and never read: what it does not read must not wait in memory.
   */
  void sendIfReady(P frame) {
    if (windowOpen()) {
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
