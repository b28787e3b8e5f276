package dev.swarmlog.cli;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.otel.Metric;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Prometheus is told by a coordinator under load, against what is documented. */
class ScrapeTest {

  @TempDir private static Path folder;
  private static MeteredCoordinator coordinator;
  private static Scrape scrape;

  @BeforeAll
  static void load() throws Exception {
    coordinator = MeteredCoordinator.start(folder);
    coordinator.load();
    scrape = coordinator.scrapeWith("swarmlog_lag_seconds_bucket");
  }

  @AfterAll
  static void stop() {
    coordinator.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellEachMetricWithItsUnitAndAttributes(Metric metric) {
    String family = PrometheusName.ofFamily(metric);
    assertThat(scrape.types()).containsEntry(family, metric.kind().name().toLowerCase(Locale.ROOT));
    if (!PrometheusName.unit(metric).isEmpty()) {
      assertThat(scrape.units()).containsEntry(family, PrometheusName.unit(metric));
    }
    assertThat(scrape.labels().get(sample(metric)))
        .isEqualTo(
            metric.attributes().stream()
                .map(attribute -> attribute.getKey().replace('.', '_'))
                .collect(toCollection(TreeSet::new)));
  }

  @Test
  void shouldTellNothingThatIsNotDocumented() {
    assertThat(scrape.types().keySet())
        .filteredOn(family -> family.startsWith("swarmlog"))
        .isSubsetOf(
            EnumSet.allOf(Metric.class).stream()
                .map(PrometheusName::ofFamily)
                .collect(toCollection(TreeSet::new)));
  }

  private static String sample(Metric metric) {
    return PrometheusName.ofFamily(metric)
        + Map.of(
                Metric.Kind.COUNTER, "_total",
                Metric.Kind.HISTOGRAM, "_count",
                Metric.Kind.GAUGE, "")
            .get(metric.kind());
  }
}
