package dev.swarmlog.otel;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Holds the table of metrics to {@link Metric}, in both directions. */
class DocumentationTest {

  @Test
  void shouldListTheMetricsAsTheyAre() throws Exception {
    // given
    List<String> page = Files.readAllLines(Path.of("..", "..", "docs", "observability.md"));

    // when
    List<String> rows = page.stream().filter(line -> line.startsWith("| `swarmlog.")).toList();

    // then: each row can be copied from here
    assertThat(rows)
        .containsExactlyElementsOf(
            Arrays.stream(Metric.values()).map(DocumentationTest::row).toList());
  }

  private static String row(Metric metric) {
    String attributes =
        metric.attributes().stream()
            .map(attribute -> "`" + attribute.getKey() + "`")
            .collect(joining(", "));
    return "| `%s` | %s | `%s` | %s | %s |"
        .formatted(
            metric.metricName(),
            metric.kind().name().toLowerCase(Locale.ROOT),
            metric.unit(),
            attributes.isEmpty() ? "none" : attributes,
            metric.description());
  }
}
