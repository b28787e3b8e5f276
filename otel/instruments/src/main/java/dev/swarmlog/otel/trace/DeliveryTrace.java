package dev.swarmlog.otel.trace;

import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * One sampled operation on its way to the agents: how many were given it, when the first and the
 * last of them were, and when the first, the 99th of a hundred and the last of them acknowledged
 * it. May be used by any thread.
 */
public final class DeliveryTrace {

  /** Agents that make a span of having applied one operation. */
  public static final int MAX_CHOSEN = 32;

  /** The last acks that are remembered: the slowest hundredth of 12,800 agents. */
  private static final int LAST_ACKS = 128;

  /** What there is room for at first: doubled as it is needed. */
  private static final int FIRST_ACKS = 8;

  /** How much rarer than needed an agent is chosen, so that the bound is hardly ever met. */
  private static final double CAUTION = 0.75;

  private static final long[] NONE = new long[0];

  private final String swarm;
  private final Topic topic;
  private final long opId;
  private final StoredContext stored;
  private final SpanContext publish;
  private final double chosenShare;
  private final long startUnixNs;
  private final long startNs;

  // Guarded by this. Acks take most of its memory, and operations are held long after they have
  // arrived: so they are kept from the first one on, and only while somebody follows.
  private boolean followed;
  private long[] lastAcksNs = NONE;
  private int chosen;
  private int delivered;
  private long firstDeliveryNs;
  private long lastDeliveryNs;
  private int acks;
  private long firstAckNs;
  private long lastEventNs;

  DeliveryTrace(
      String swarm,
      Topic topic,
      long opId,
      StoredContext stored,
      SpanContext publish,
      int agents,
      long startUnixNs,
      long startNs) {
    this.swarm = swarm;
    this.topic = topic;
    this.opId = opId;
    this.stored = stored;
    this.publish = publish;
    this.chosenShare = agents <= MAX_CHOSEN ? 1 : CAUTION * MAX_CHOSEN / agents;
    this.startUnixNs = startUnixNs;
    this.startNs = startNs;
    this.lastEventNs = startNs;
  }

  /** The operation. */
  public long opId() {
    return opId;
  }

  /** The publish, as it lies in the operation. */
  public SpanContext publish() {
    return publish;
  }

  /**
   * Handed to an agent's stream.
   *
   * @return whether the agent is to make a span of having applied it; the same agents for the same
   *     trace, as long as there are as many
   */
  public synchronized boolean delivered(String agent, long nowNs) {
    firstDeliveryNs = delivered == 0 ? nowNs : Math.min(firstDeliveryNs, nowNs);
    lastDeliveryNs = delivered == 0 ? nowNs : Math.max(lastDeliveryNs, nowNs);
    delivered++;
    lastEventNs = Math.max(lastEventNs, nowNs);
    if (chosen >= MAX_CHOSEN || share(publish.getTraceId(), agent) >= chosenShare) {
      return false;
    }
    chosen++;
    return true;
  }

  /** From now on, until it is ended, acks are of interest. */
  synchronized void follow() {
    followed = true;
  }

  /** How many acks it has room for. */
  synchronized int capacity() {
    return lastAcksNs.length;
  }

  /** Acknowledged by an agent that it was handed to. */
  public synchronized void acknowledged(long nowNs) {
    if (!followed) {
      return;
    }
    if (acks == lastAcksNs.length && acks < LAST_ACKS) {
      lastAcksNs = Arrays.copyOf(lastAcksNs, Math.max(FIRST_ACKS, 2 * acks));
    }
    if (acks == 0) {
      firstAckNs = nowNs;
    }
    lastAcksNs[acks % lastAcksNs.length] = nowNs;
    acks++;
    lastEventNs = Math.max(lastEventNs, nowNs);
  }

  synchronized boolean isDone(long nowNs) {
    long ageNs = nowNs - startNs;
    return ageNs >= DeliveryTraces.MAX_NS
        || (acks >= delivered && ageNs >= DeliveryTraces.SETTLED_NS);
  }

  /** Makes the span, and forgets the acks. */
  synchronized void end(Tracer tracer, boolean cutShort) {
    SpanBuilder builder =
        tracer
            .spanBuilder(SpanAttribute.name("deliver", topic))
            .setSpanKind(SpanKind.PRODUCER)
            .setParent(stored.context())
            .setStartTimestamp(startUnixNs, TimeUnit.NANOSECONDS)
            .setAllAttributes(SpanAttribute.of("deliver", swarm, topic))
            .setAttribute(SpanAttribute.OPERATION_ID, opId)
            .setAttribute(SpanAttribute.MESSAGE_ID, Long.toUnsignedString(opId))
            .setAttribute(SpanAttribute.AGENTS, (long) delivered)
            .setAttribute(SpanAttribute.TRACED_AGENTS, (long) chosen)
            .setAttribute(SpanAttribute.ACKS, (long) acks);
    if (delivered > 0) {
      builder
          .setAttribute(SpanAttribute.FIRST_DELIVERY, seconds(firstDeliveryNs))
          .setAttribute(SpanAttribute.LAST_DELIVERY, seconds(lastDeliveryNs));
    }
    if (acks > 0) {
      builder
          .setAttribute(SpanAttribute.FIRST_ACK, seconds(firstAckNs))
          .setAttribute(SpanAttribute.P99_ACK, seconds(p99AckNs()))
          .setAttribute(SpanAttribute.LAST_ACK, seconds(lastAck(1)));
    }
    if (cutShort && acks < delivered) {
      builder.setAttribute(SpanAttribute.CUT_SHORT, true);
    }
    Span span = Contained.start(builder);
    if (acks > 0) {
      span.addEvent("first ack", unixNs(firstAckNs), TimeUnit.NANOSECONDS);
      span.addEvent("last ack", unixNs(lastAck(1)), TimeUnit.NANOSECONDS);
    }
    Contained.end(span, unixNs(lastEventNs));
    followed = false;
    lastAcksNs = NONE;
  }

  /** When 99 of a hundred agents had acknowledged it; acks come in the order of time. */
  private long p99AckNs() {
    int behind = (int) Math.floor(acks * 0.01);
    return lastAck(Math.min(behind + 1, Math.min(acks, LAST_ACKS)));
  }

  /** The n-th last ack, from 1. */
  private long lastAck(int n) {
    return lastAcksNs[(acks - n) % lastAcksNs.length];
  }

  private double seconds(long ns) {
    return (ns - startNs) / 1e9;
  }

  private long unixNs(long ns) {
    return startUnixNs + (ns - startNs);
  }

  /**
   * Where in [0, 1) an agent stands for a trace: FNV-1a over both, mixed by the finaliser of
   * SplitMix64, so that similar names do not stand together.
   */
  static double share(String traceId, String agent) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < traceId.length(); i++) {
      hash = (hash ^ traceId.charAt(i)) * 0x100000001b3L;
    }
    for (int i = 0; i < agent.length(); i++) {
      hash = (hash ^ agent.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    hash ^= hash >>> 31;
    return (hash >>> 11) * 0x1.0p-53;
  }
}
