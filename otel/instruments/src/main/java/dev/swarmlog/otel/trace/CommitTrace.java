package dev.swarmlog.otel.trace;

import dev.swarmlog.otel.Attribute;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import java.util.List;

/** The span of a group commit; not recorded if nothing in the entry is traced. */
public final class CommitTrace {

  /** Of an entry of which nothing is traced. */
  public static final CommitTrace NONE = new CommitTrace(Span.getInvalid());

  /** As many links as OpenTelemetry keeps of a span, unless told otherwise. */
  private static final int MAX_LINKS = 128;

  private final Span span;

  private CommitTrace(Span span) {
    this.span = span;
  }

  /**
   * Starts one that is linked with the appends, and each of them with it, so that one is found from
   * the other. It is sampled because they are, whatever the rate of traces that begin here.
   */
  static CommitTrace start(Tracer tracer, int shard, List<Span> appends) {
    SpanBuilder builder =
        tracer
            .spanBuilder("commit")
            .setSpanKind(SpanKind.INTERNAL)
            .setNoParent()
            .setAttribute(Attribute.SHARD, (long) shard);
    appends.stream()
        .limit(MAX_LINKS)
        .forEach(append -> builder.addLink(append.getSpanContext(), Attributes.empty()));
    Span span = Contained.start(builder);
    if (span.getSpanContext().isSampled()) {
      appends.forEach(append -> append.addLink(span.getSpanContext(), Attributes.empty()));
    }
    return new CommitTrace(span);
  }

  /**
   * The entry is durable.
   *
   * @param entryIndex its index
   * @param commands in it
   * @param operations that it appended
   */
  public void durable(long entryIndex, int commands, int operations) {
    span.setAttribute(SpanAttribute.ENTRY, entryIndex)
        .setAttribute(SpanAttribute.ENTRY_COMMANDS, (long) commands)
        .setAttribute(SpanAttribute.ENTRY_OPERATIONS, (long) operations);
    Contained.end(span);
  }
}
