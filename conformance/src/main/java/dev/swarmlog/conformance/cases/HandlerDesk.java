package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.testee.TesteeProcess;
import dev.swarmlog.conformance.v1.Done;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.HandleReply;
import dev.swarmlog.conformance.v1.HandlerFailure;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.v1.Log;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The user's handlers: let each call take effect at once, or hold it, or fail, as the case says.
 * Within the scene's lock.
 */
final class HandlerDesk {
  /** A call that has no answer yet. */
  record Held(TesteeProcess testee, int id, Handle call) {}

  private record Rule(HandlerFailure failure, int times) {}

  private final Scene scene;
  private final Effects effects;
  private final Deque<Held> held = new ArrayDeque<>();
  private final Map<Long, Rule> failing = new HashMap<>();
  private boolean holds;
  private @Nullable Log only;

  HandlerDesk(Scene scene, Effects effects) {
    this.scene = scene;
    this.effects = effects;
  }

  void called(TesteeProcess testee, int id, Handle call) {
    effects.begins(call);
    Held arrived = new Held(testee, id, call);
    HandlerFailure failure = failureOf(call);
    if (failure != null) {
      effects.fails(call);
      reply(arrived, HandleReply.newBuilder().setFailed(failure).build());
    } else if (holds && (only == null || only == call.getLog())) {
      held.add(arrived);
    } else {
      apply(arrived);
    }
  }

  /**
   * From now on no call returns before it is released.
   *
   * @param log only those of this log; null: all
   */
  void hold(@Nullable Log log) {
    holds = true;
    only = log;
  }

  /** Lets all calls return, and those that come. */
  void release() {
    holds = false;
    while (!held.isEmpty()) {
      apply(held.remove());
    }
  }

  /** Lets the oldest call return, and goes on to hold. */
  void releaseOne() {
    if (!held.isEmpty()) {
      apply(held.remove());
    }
  }

  /** The oldest call that is held; null if there is none. */
  @Nullable Held oldest() {
    return held.peek();
  }

  /** The testee is gone, with its calls. */
  void forget() {
    held.clear();
  }

  /** Calls with this operation fail, so many times. */
  void fail(long opId, HandlerFailure failure, int times) {
    failing.put(opId, new Rule(failure, times));
  }

  void mend() {
    failing.clear();
  }

  private @Nullable HandlerFailure failureOf(Handle call) {
    return call.getOperationsList().stream()
        .map(operation -> take(operation.getOpId()))
        .filter(failure -> failure != null)
        .findFirst()
        .orElse(null);
  }

  private @Nullable HandlerFailure take(long opId) {
    Rule rule = failing.get(opId);
    if (rule == null) {
      return null;
    }
    if (rule.times() == 1) {
      failing.remove(opId);
    } else {
      failing.put(opId, new Rule(rule.failure(), rule.times() - 1));
    }
    return rule.failure();
  }

  private void apply(Held call) {
    effects.applied(call.call());
    reply(call, HandleReply.newBuilder().setApplied(Done.getDefaultInstance()).build());
  }

  private void reply(Held call, HandleReply reply) {
    try {
      call.testee().tell(Request.newBuilder().setId(call.id()).setHandleReply(reply).build());
    } catch (TesteeException e) {
      scene.violation(String.valueOf(e.getMessage()));
    }
  }
}
