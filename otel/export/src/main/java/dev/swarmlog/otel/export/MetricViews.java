package dev.swarmlog.otel.export;

import dev.swarmlog.otel.Metric;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import java.util.stream.Collectors;

/** Gives each {@link Metric} the attributes it declares; the rest stays in its exemplars. */
final class MetricViews {

  /**
   * Series of one metric. Above what the attributes can be: 101 names of swarms, times 5 topics,
   * times 4 stages, are 2,020, which is beyond the SDK's own default. What is above is added up
   * under {@code otel.metric.overflow}.
   */
  static final int MAX_SERIES = 20_000;

  private MetricViews() {}

  static SdkMeterProviderBuilder register(SdkMeterProviderBuilder builder) {
    for (Metric metric : Metric.values()) {
      builder.registerView(
          InstrumentSelector.builder().setName(metric.metricName()).build(),
          View.builder()
              .setAttributeFilter(
                  metric.attributes().stream()
                      .map(AttributeKey::getKey)
                      .collect(Collectors.toUnmodifiableSet()))
              .setCardinalityLimit(MAX_SERIES)
              .build());
    }
    return builder;
  }
}
