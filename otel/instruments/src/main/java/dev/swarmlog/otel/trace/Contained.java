package dev.swarmlog.otel.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Starts and ends spans. Processors and samplers of the program that the coordinator runs in are
 * called within, on the threads that write and deliver: what they throw is logged, once an hour,
 * and the span is missing. May be called by any thread.
 */
final class Contained {

  private static final System.Logger LOG = System.getLogger(Contained.class.getName());
  private static final long QUIET_NS = TimeUnit.HOURS.toNanos(1);
  private static final AtomicLong SAID_NS = new AtomicLong(System.nanoTime() - QUIET_NS);

  private Contained() {}

  /** Starts a span; an invalid one if that fails. */
  @SuppressWarnings("CatchingUnchecked") // Errors too: that of another version of its API is one.
  static Span start(SpanBuilder builder) {
    try {
      return builder.startSpan();
    } catch (RuntimeException | Error e) {
      failed(e);
      return Span.getInvalid();
    }
  }

  static void end(Span span) {
    end(span::end);
  }

  static void end(Span span, long unixNs) {
    end(() -> span.end(unixNs, TimeUnit.NANOSECONDS));
  }

  @SuppressWarnings("CatchingUnchecked") // As above.
  private static void end(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private static void failed(Throwable why) {
    long nowNs = System.nanoTime();
    long saidNs = SAID_NS.get();
    if (nowNs - saidNs >= QUIET_NS && SAID_NS.compareAndSet(saidNs, nowNs)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Expected the program's OpenTelemetry to record a span, but it threw; operations go their way, spans are missing",
          why);
    }
  }
}
