package dev.swarmlog.otel.trace;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The coordinator's part of the traces of operations. Spans:
 *
 * <ul>
 *   <li>{@code append}, child of the publish: from receipt to durable. A publish without a trace
 *       gets it as the root of one, if it is sampled.
 *   <li>{@code commit}, a trace of its own: a group commit, linked with the appends that it made
 *       durable.
 *   <li>{@code deliver}, child of the publish: one per operation, from durable to the last ack.
 *       Agents make the spans of their own part; which ones do is chosen here, since only the
 *       coordinator knows how many there are.
 *   <li>{@code sync} and {@code repair}: traces of their own, to which the agent adds its part.
 * </ul>
 *
 * <p>An operation whose publish is not sampled costs a look at its flags. May be used by any
 * thread.
 */
public final class OperationTraces {

  /** Distinct trace contexts in a publish group that get a span. */
  private static final int MAX_SPANS_PER_GROUP = 32;

  private final boolean enabled;
  private final Tracer tracer;
  private final DeliveryTraces deliveries;

  /** Traces that go where {@code openTelemetry} sends them. */
  public OperationTraces(OpenTelemetry openTelemetry, TraceClock clock) {
    this.enabled = openTelemetry.getTracerProvider() != TracerProvider.noop();
    this.tracer = openTelemetry.getTracer("dev.swarmlog");
    this.deliveries = new DeliveryTraces(tracer, clock, enabled);
  }

  /** False if no trace goes anywhere. */
  public boolean enabled() {
    return enabled;
  }

  /** The part that follows operations to the agents. */
  public DeliveryTraces deliveries() {
    return deliveries;
  }

  /**
   * A group was received.
   *
   * @param publisher name of the publishing agent or client
   */
  public GroupTrace received(String swarm, String publisher, PublishGroup group) {
    if (!enabled || group.getRecordsCount() == 0) {
      return new GroupTrace(group, List.of());
    }
    Map<StoredContext, Topic> parents = new LinkedHashMap<>();
    boolean untraced = false;
    for (PublishRecord record : group.getRecordsList()) {
      String traceparent = record.getTraceparent();
      untraced |= traceparent.isEmpty();
      if (StoredContext.looksSampled(traceparent) && parents.size() < MAX_SPANS_PER_GROUP) {
        parents.putIfAbsent(
            new StoredContext(traceparent, record.getTracestate()), record.getTopic());
      }
    }
    List<Span> spans = new ArrayList<>();
    parents.forEach(
        (stored, topic) -> {
          if (stored.spanContext().isValid()) {
            keepSampled(start(swarm, publisher, topic, stored.context()), spans);
          }
        });
    if (!untraced) {
      return new GroupTrace(group, spans);
    }
    Span root = start(swarm, publisher, group.getRecords(0).getTopic(), Context.root());
    if (!root.getSpanContext().isSampled()) {
      return new GroupTrace(group, spans);
    }
    spans.add(root);
    return new GroupTrace(inject(root, group), spans);
  }

  /**
   * An entry is about to be committed.
   *
   * @param appends of the groups in it; none: no span is made
   */
  public CommitTrace committing(int shard, List<GroupTrace> appends) {
    List<Span> spans = appends.stream().flatMap(group -> group.spans().stream()).toList();
    return spans.isEmpty() ? CommitTrace.NONE : CommitTrace.start(tracer, shard, spans);
  }

  /**
   * An agent is about to be brought up to date.
   *
   * @param traceparent of the agent's own span of it; empty: the trace begins here
   */
  public TaskTrace syncing(
      String swarm, String agent, String log, String traceparent, String tracestate) {
    Context parent =
        traceparent.isEmpty()
            ? Context.root()
            : new StoredContext(traceparent, tracestate).context();
    return task(
        "sync " + log, SpanKind.SERVER, parent, SpanAttribute.ofLog("sync", swarm, log), agent);
  }

  /** An agent was found to hold something else than the log says. */
  public TaskTrace repairing(String swarm, String agent, Topic topic) {
    return task(
        SpanAttribute.name("repair", topic),
        SpanKind.INTERNAL,
        Context.root(),
        SpanAttribute.of("repair", swarm, topic),
        agent);
  }

  private TaskTrace task(
      String name, SpanKind kind, Context parent, Attributes attributes, String agent) {
    if (!enabled) {
      return TaskTrace.NONE;
    }
    return new TaskTrace(
        Contained.start(
            tracer
                .spanBuilder(name)
                .setSpanKind(kind)
                .setParent(parent)
                .setAllAttributes(attributes)
                .setAttribute(Attribute.AGENT, agent)));
  }

  /** Attributes come once it is sampled: of a hundred publishes perhaps one is. */
  private Span start(String swarm, String publisher, Topic topic, Context parent) {
    Span span =
        Contained.start(
            tracer
                .spanBuilder(SpanAttribute.name("append", topic))
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent));
    if (span.isRecording()) {
      span.setAllAttributes(SpanAttribute.of("append", swarm, topic));
      span.setAttribute(SpanAttribute.CLIENT_ID, publisher);
    }
    return span;
  }

  private static void keepSampled(Span span, List<Span> spans) {
    if (span.getSpanContext().isSampled()) {
      spans.add(span);
    }
  }

  /** Where the coordinator begins a trace, it is in the operations as if their publisher had. */
  private static PublishGroup inject(Span root, PublishGroup group) {
    PublishGroup.Builder traced = group.toBuilder();
    Context context = Context.root().with(root);
    for (PublishRecord.Builder record : traced.getRecordsBuilderList()) {
      if (record.getTraceparent().isEmpty()) {
        W3CTraceContextPropagator.getInstance()
            .inject(
                context,
                record,
                (builder, key, value) -> {
                  if (builder != null && key.equals("traceparent")) {
                    builder.setTraceparent(value);
                  } else if (builder != null && key.equals("tracestate")) {
                    builder.setTracestate(value);
                  }
                });
      }
    }
    return traced.build();
  }
}
