package dev.swarmlog.otel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SwarmLabelsTest {

  @Test
  void shouldNameTheFirstSwarmsOnly() {
    SwarmLabels labels = new SwarmLabels(2);

    assertThat(labels.of("fleet")).isEqualTo("fleet");
    assertThat(labels.of("yard")).isEqualTo("yard");
    assertThat(labels.of("dock")).isEqualTo(SwarmLabels.OTHERS);
    assertThat(labels.of("fleet")).isEqualTo("fleet");
  }
}
