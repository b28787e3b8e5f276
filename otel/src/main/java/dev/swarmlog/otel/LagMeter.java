package dev.swarmlog.otel;

import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records {@link Metric#LAG}, and what there is to know of its {@link Stage#APPLY}. May be used by
 * any thread.
 */
public final class LagMeter {

  private static final double NS_PER_SECOND = 1e9;

  private final boolean enabled;
  private final SwarmLabels labels;
  private final DoubleHistogram lag;
  private final DoubleHistogram uncertainty;
  private final LongCounter negative;
  private final LongCounter uncorrected;
  private final Map<String, OfSwarm> swarms = new ConcurrentHashMap<>();

  /** Instruments of {@code meters}. */
  public LagMeter(Meters meters, SwarmLabels labels) {
    this.enabled = meters.enabled();
    this.labels = labels;
    this.lag = meters.seconds(Metric.LAG);
    this.uncertainty = meters.seconds(Metric.LAG_UNCERTAINTY);
    this.negative = meters.counter(Metric.LAG_NEGATIVE);
    this.uncorrected = meters.counter(Metric.LAG_UNCORRECTED);
  }

  /** Records nothing. */
  public static LagMeter off() {
    return new LagMeter(Meters.off(), new SwarmLabels(0));
  }

  /** False if nothing is recorded. */
  public boolean enabled() {
    return enabled;
  }

  /** The lags of one swarm; to be kept, not to be asked for with each sample. */
  public OfSwarm of(String swarm) {
    return swarms.computeIfAbsent(swarm, name -> new OfSwarm(labels.of(name)));
  }

  /** The lags of one swarm. */
  public final class OfSwarm {

    private final Map<Stage, Map<Topic, Attributes>> attributes = new EnumMap<>(Stage.class);

    private OfSwarm(String label) {
      for (Stage stage : Stage.values()) {
        Map<Topic, Attributes> ofStage = new EnumMap<>(Topic.class);
        for (Topic topic : Topic.values()) {
          ofStage.put(
              topic,
              Attributes.of(
                  Attribute.SWARM,
                  label,
                  Attribute.TOPIC,
                  LagMeter.label(topic),
                  Attribute.STAGE,
                  stage.label()));
        }
        attributes.put(stage, ofStage);
      }
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
        uncorrected.add(1, Attributes.of(Attribute.TOPIC, LagMeter.label(topic)));
        recordOrCount(topic, lagNs);
      }
    }

    private void recordOrCount(Topic topic, long lagNs) {
      if (lagNs < 0) {
        negative.add(1, Attributes.of(Attribute.TOPIC, LagMeter.label(topic)));
      } else {
        record(Stage.APPLY, topic, lagNs);
      }
    }

    private Attributes of(Stage stage, Topic topic) {
      return Objects.requireNonNull(Objects.requireNonNull(attributes.get(stage)).get(topic));
    }
  }

  /** The value of {@link Attribute#TOPIC}. */
  public static String label(Topic topic) {
    return topic.name().replaceFirst("^TOPIC_", "").toLowerCase(Locale.ROOT);
  }
}
