package dev.swarmlog.otel;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records what happens to the operations of each swarm, above all {@link Metric#LAG}. May be used
 * by any thread.
 */
public final class OperationMeter {

  private static final double NS_PER_SECOND = 1e9;

  private final boolean enabled;
  private final SwarmLabels labels;
  private final DoubleHistogram lag;
  private final DoubleHistogram uncertainty;
  private final LongCounter negative;
  private final LongCounter uncorrected;
  private final LongCounter appended;
  private final LongCounter delivered;
  private final LongCounter redelivered;
  private final LongCounter duplicates;
  private final LongCounter outOfOrder;
  private final LongCounter deduplicated;
  private final LongCounter refused;
  private final DoubleHistogram rateWait;
  private final LongCounter nacks;
  private final LongCounter incidents;
  private final LongCounter repairs;
  private final LongHistogram repairSize;
  private final Map<String, OfSwarm> swarms = new ConcurrentHashMap<>();

  /** Instruments of {@code meters}. */
  public OperationMeter(Meters meters, SwarmLabels labels) {
    this.enabled = meters.enabled();
    this.labels = labels;
    this.lag = meters.seconds(Metric.LAG);
    this.uncertainty = meters.seconds(Metric.LAG_UNCERTAINTY);
    this.negative = meters.counter(Metric.LAG_NEGATIVE);
    this.uncorrected = meters.counter(Metric.LAG_UNCORRECTED);
    this.appended = meters.counter(Metric.OPERATIONS_APPENDED);
    this.delivered = meters.counter(Metric.OPERATIONS_DELIVERED);
    this.redelivered = meters.counter(Metric.OPERATIONS_REDELIVERED);
    this.duplicates = meters.counter(Metric.AGENT_DUPLICATES);
    this.outOfOrder = meters.counter(Metric.AGENT_OUT_OF_ORDER);
    this.deduplicated = meters.counter(Metric.PUBLISH_DEDUPLICATED);
    this.refused = meters.counter(Metric.PUBLISH_REFUSED);
    this.rateWait = meters.seconds(Metric.RATE_WAIT);
    this.nacks = meters.counter(Metric.NACKS);
    this.incidents = meters.counter(Metric.DRIFT_INCIDENTS);
    this.repairs = meters.counter(Metric.DRIFT_REPAIRS);
    this.repairSize = meters.sizes(Metric.DRIFT_REPAIR_SIZE);
  }

  /** Records nothing. */
  public static OperationMeter off() {
    return new OperationMeter(Meters.off(), new SwarmLabels(0));
  }

  /** False if nothing is recorded. */
  public boolean enabled() {
    return enabled;
  }

  /** What happens in one swarm; to be kept, not to be asked for with each sample. */
  public OfSwarm of(String swarm) {
    // Without a lock where it is known: it is asked for with each publish.
    OfSwarm known = swarms.get(swarm);
    return known != null
        ? known
        : swarms.computeIfAbsent(swarm, name -> new OfSwarm(labels.of(name)));
  }

  /** What happens in one swarm. */
  public final class OfSwarm {

    private final Map<Stage, Map<Topic, Attributes>> attributes = new EnumMap<>(Stage.class);

    private final Attributes swarm;
    // Made once: they are asked for with each entry and each frame.
    private final Map<Topic, Attributes> ofTopic = new EnumMap<>(Topic.class);
    private final Map<Log, Attributes> ofLog = new EnumMap<>(Log.class);

    private OfSwarm(String label) {
      swarm = Attributes.of(Attribute.SWARM, label);
      for (Topic topic : Topic.values()) {
        ofTopic.put(topic, with(Attribute.TOPIC, Label.of(topic)));
      }
      for (Log log : Log.values()) {
        ofLog.put(log, with(Attribute.LOG, Label.of(log)));
      }
      for (Stage stage : Stage.values()) {
        Map<Topic, Attributes> ofStage = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
          ofStage.put(
              topic,
              Attributes.of(
                  Attribute.SWARM,
                  label,
                  Attribute.TOPIC,
                  Label.of(topic),
                  Attribute.STAGE,
                  stage.label()));
        }
        attributes.put(stage, ofStage);
      }
      // From 0 on: of a counter that begins at 1 a Prometheus does not see the first increase.
      incidents.add(0, swarm);
    }

    /** Records one sample. */
    public void record(Stage stage, Topic topic, long lagNs) {
      if (enabled) {
        lag.record(lagNs / NS_PER_SECOND, of(stage, topic));
      }
    }

    /**
     * Records one sample with its trace and its agent, which go into the exemplar.
     *
     * @param traced the publish
     */
    public void record(Stage stage, Topic topic, long lagNs, String agent, SpanContext traced) {
      if (enabled) {
        lag.record(
            lagNs / NS_PER_SECOND,
            of(stage, topic).toBuilder().put(Attribute.AGENT, agent).build(),
            Context.root().with(Span.wrap(traced)));
      }
    }

    /**
     * Records from publish to apply, by corrected clocks. One below zero, which shows that clocks
     * are further apart than was known, is counted and not recorded.
     *
     * @param uncertaintyNs how far the true one may be away, either way
     */
    public void recordApply(Topic topic, long lagNs, long uncertaintyNs) {
      if (!enabled) {
        return;
      }
      uncertainty.record(uncertaintyNs / NS_PER_SECOND);
      recordOrCount(topic, lagNs);
    }

    /** The same, by clocks of which it is not known how they stand to each other. */
    public void recordUncorrectedApply(Topic topic, long lagNs) {
      if (enabled) {
        uncorrected.add(1, Attributes.of(Attribute.TOPIC, Label.of(topic)));
        recordOrCount(topic, lagNs);
      }
    }

    private void recordOrCount(Topic topic, long lagNs) {
      if (lagNs < 0) {
        negative.add(1, Attributes.of(Attribute.TOPIC, Label.of(topic)));
      } else {
        record(Stage.APPLY, topic, lagNs);
      }
    }

    /** Operations have become durable. */
    public void appended(Topic topic, long operations) {
      if (enabled) {
        appended.add(operations, ofTopic.get(topic));
      }
    }

    /**
     * Operations were handed to an agent's stream.
     *
     * @param again how many of them the agent is given again
     */
    public void delivered(Log log, long operations, long again) {
      if (enabled) {
        delivered.add(operations, ofLog.get(log));
        if (again > 0) {
          redelivered.add(again, ofLog.get(log));
        }
      }
    }

    /** An agent tells what it has ignored, and what came in disorder, since it told last. */
    public void ignored(long duplicateOperations, long framesOutOfOrder) {
      if (duplicateOperations > 0) {
        duplicates.add(duplicateOperations, swarm);
      }
      if (framesOutOfOrder > 0) {
        outOfOrder.add(framesOutOfOrder, swarm);
      }
    }

    /** A publish group had been appended before. */
    public void deduplicated() {
      deduplicated.add(1, swarm);
    }

    /** A publish group was refused. */
    public void refused(String reason) {
      if (enabled) {
        refused.add(1, with(Attribute.REASON, reason));
      }
    }

    /** A publish group was let through by the rate limits after a wait. */
    public void waited(long waitNs) {
      rateWait.record(waitNs / NS_PER_SECOND, swarm);
    }

    /** An agent refused an operation. */
    public void nacked(String outcome) {
      if (enabled) {
        nacks.add(1, with(Attribute.OUTCOME, outcome));
      }
    }

    /** An agent holds something else than the log says. */
    public void drifted() {
      incidents.add(1, swarm);
    }

    /** A repair was sent. */
    public void repaired(long bytes) {
      repairs.add(1, swarm);
      repairSize.record(bytes);
    }

    private Attributes with(AttributeKey<String> key, String value) {
      return swarm.toBuilder().put(key, value).build();
    }

    private Attributes of(Stage stage, Topic topic) {
      return Objects.requireNonNull(Objects.requireNonNull(attributes.get(stage)).get(topic));
    }
  }
}
