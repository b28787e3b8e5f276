package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromQueryTest {

  @Test
  void shouldFindMetricsAndLabels() {
    PromQuery query =
        PromQuery.of(
            "topk(10, histogram_quantile(0.99, sum by (le, swarm) (rate(lag_bucket{stage=\"ack\",topic!~\"a|b{\"}[5m])))) > 1e3"
                + " unless on (instance) absent(up) == bool 0");

    assertThat(query.selected())
        .isEqualTo(Map.of("lag_bucket", Set.of("stage", "topic"), "up", Set.of()));
    assertThat(query.grouped()).containsExactly("instance", "le", "swarm");
  }

  @Test
  void shouldFindBothSidesOfADivision() {
    assertThat(
            PromQuery.of("sum(rate(a_sum[$__rate_interval])) / sum(rate(a_count[1m]))").selected())
        .containsOnlyKeys("a_sum", "a_count");
  }
}
