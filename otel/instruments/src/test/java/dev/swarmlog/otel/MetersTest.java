package dev.swarmlog.otel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.OpenTelemetry;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MetersTest {

  @Test
  void shouldNameEachMetricOnceAndInTheProjectsNamespace() {
    assertThat(Arrays.stream(Metric.values()).map(Metric::metricName))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("swarmlog(\\.[a-z_]+)+"));
  }

  @Test
  void shouldNotMakeAnInstrumentOfAnotherKind() {
    assertThatThrownBy(() -> Meters.off().counter(Metric.LAG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Expected LAG to be a COUNTER, but it is a HISTOGRAM");
  }

  @Test
  void shouldSayThatNobodyLooks() {
    assertThat(Meters.of(OpenTelemetry.noop()).enabled()).isFalse();
  }
}
