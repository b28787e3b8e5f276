package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Done;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.HandleReply;
import dev.swarmlog.conformance.v1.Problem;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.v1.Unsupported;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The conformance suite, at the other end of the pipes: it is told things, and it is the user's
 * code that handlers call. Thread-safe; writing waits while the suite does not read.
 */
final class Suite {
  private final SuiteFrames frames;
  private final AtomicInteger lastHandle = new AtomicInteger();
  // As many as there are handlers at work: one per agent and lane.
  private final Map<Integer, CompletableFuture<HandleReply>> waiting = new ConcurrentHashMap<>();

  Suite(SuiteFrames frames) {
    this.frames = frames;
  }

  void done(int id) {
    send(Response.newBuilder().setId(id).setDone(Done.getDefaultInstance()));
  }

  /** A request could not be done. */
  void problem(int id, Throwable why) {
    String message = why.getMessage() == null ? why.toString() : why.getMessage();
    send(Response.newBuilder().setId(id).setProblem(Problem.newBuilder().setMessage(message)));
  }

  void unsupported(int id, String message) {
    send(
        Response.newBuilder()
            .setId(id)
            .setUnsupported(Unsupported.newBuilder().setMessage(message)));
  }

  void tell(AgentEvent.Builder event) {
    send(Response.newBuilder().setEvent(event));
  }

  void send(Response.Builder response) {
    try {
      frames.write(response.build());
    } catch (IOException e) {
      throw new UncheckedIOException("Expected the suite to read, but its pipe is closed", e);
    }
  }

  /**
   * Has the suite handle operations, and waits until it has.
   *
   * @throws NotHandled if the suite wants the handler to fail
   */
  void handle(Handle handle) throws NotHandled, InterruptedException {
    int id = lastHandle.incrementAndGet();
    CompletableFuture<HandleReply> reply = new CompletableFuture<>();
    waiting.put(id, reply);
    try {
      send(Response.newBuilder().setId(id).setHandle(handle));
      HandleReply answer = reply.get();
      if (answer.hasFailed()) {
        throw new NotHandled(answer.getFailed());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("Expected a reply, but the wait for it failed", e);
    } finally {
      waiting.remove(id);
    }
  }

  /**
   * The suite has answered.
   *
   * @throws IllegalArgumentException if no handler waits for that, or the answer says nothing
   */
  void reply(int id, HandleReply reply) {
    if (reply.getReplyCase() == HandleReply.ReplyCase.REPLY_NOT_SET) {
      throw new IllegalArgumentException(
          "Expected a reply of applied or failed to call %d, but it is empty".formatted(id));
    }
    CompletableFuture<HandleReply> handler = waiting.get(id);
    if (handler == null || !handler.complete(reply)) {
      throw new IllegalArgumentException(
          "Expected a reply to a handler that waits, but got one to call %d".formatted(id));
    }
  }
}
