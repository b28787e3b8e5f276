package dev.swarmlog.otel.trace;

import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sampled operations on their way to the agents: the newest {@link #MAX_OPEN} of the last {@link
 * #MAX_NS}. May be used by any thread.
 */
public final class DeliveryTraces {

  /** Operations that are followed at one time; each takes up to about 1.5 KiB. */
  static final int MAX_OPEN = 1_024;

  /** For how long acks are waited for. */
  static final long MAX_NS = TimeUnit.SECONDS.toNanos(30);

  /** With no ack missing, for how long another agent may still be given the operation. */
  static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(1);

  private final Tracer tracer;
  private final TraceClock clock;
  private final boolean enabled;
  // Oldest first; guarded by itself.
  private final Deque<DeliveryTrace> open = new ArrayDeque<>();

  DeliveryTraces(Tracer tracer, TraceClock clock, boolean enabled) {
    this.tracer = tracer;
    this.clock = clock;
    this.enabled = enabled;
  }

  /**
   * Begins to follow an operation that has become durable.
   *
   * @param traceparent as it lies in the operation
   * @param agents connected to the swarm: of more than {@link DeliveryTrace#MAX_CHOSEN} only some
   *     make a span of their own
   * @return null if it is not sampled
   */
  public @Nullable DeliveryTrace begin(
      String swarm, Topic topic, long opId, String traceparent, String tracestate, int agents) {
    if (!StoredContext.looksSampled(traceparent)) {
      return null;
    }
    StoredContext stored = new StoredContext(traceparent, tracestate);
    SpanContext publish = stored.spanContext();
    if (!publish.isValid()) {
      return null;
    }
    DeliveryTrace trace =
        new DeliveryTrace(
            swarm, topic, opId, stored, publish, agents, clock.nowUnixNs(), clock.nowNs());
    if (enabled) {
      follow(trace);
    }
    return trace;
  }

  private void follow(DeliveryTrace trace) {
    trace.follow();
    DeliveryTrace oldest = null;
    synchronized (open) {
      open.addLast(trace);
      if (open.size() > MAX_OPEN) {
        oldest = open.removeFirst();
      }
    }
    if (oldest != null) {
      oldest.end(tracer, true);
    }
  }

  /** Ends the spans of what has arrived, and of what was waited for long enough. Once a second. */
  public void tidy() {
    long nowNs = clock.nowNs();
    Deque<DeliveryTrace> done = new ArrayDeque<>();
    synchronized (open) {
      open.removeIf(trace -> trace.isDone(nowNs) && done.add(trace));
    }
    done.forEach(trace -> trace.end(tracer, false));
  }

  /** Ends all of them, as the coordinator stops. */
  public void close() {
    Deque<DeliveryTrace> rest;
    synchronized (open) {
      rest = new ArrayDeque<>(open);
      open.clear();
    }
    rest.forEach(trace -> trace.end(tracer, true));
  }
}
