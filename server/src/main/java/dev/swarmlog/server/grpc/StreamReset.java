package dev.swarmlog.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Resets the stream of a call, so that what its client has not read is dropped: a status would wait
 * behind that.
 *
 * <p>gRPC resets the stream of a call whose context times out, so each call is given a context that
 * can. May be called from any thread.
 */
public final class StreamReset extends ServerStreamTracer {

  private static final Context.Key<StreamReset> KEY = Context.key("swarmlog-stream-reset");

  private Context.@Nullable CancellableContext context;

  private StreamReset() {}

  /** Gives one to every call. */
  static ServerStreamTracer.Factory factory() {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new StreamReset();
      }
    };
  }

  /** That of the call that runs on this thread; null where the transport gives none. */
  public static @Nullable StreamReset current() {
    return KEY.get();
  }

  @Override
  public Context filterContext(Context outer) {
    Context.CancellableContext timed = outer.withCancellation();
    context = timed;
    return timed.withValue(KEY, this);
  }

  /** Ends the call without a status; its client is told CANCELLED. */
  public void reset(String why) {
    Context.CancellableContext timed = context;
    if (timed != null) {
      timed.cancel(new TimeoutException(why));
    }
  }
}
