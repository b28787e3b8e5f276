package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhaseFiguresTest {

  @Test
  void shouldCompareTheNinetyNinthPercentiles() {
    // given a hundred of one and of the other
    PhaseFigures quiet = new PhaseFigures();
    PhaseFigures disturbed = new PhaseFigures();
    for (int i = 1; i <= 100; i++) {
      quiet.lagUs().recordValue(i);
      disturbed.lagUs().recordValue(2L * i);
    }

    // then
    assertThat(quiet.ratioOf(disturbed)).isEqualTo(2.0);
    assertThat(disturbed.ratioOf(quiet)).isEqualTo(0.5);
  }

  @Test
  void shouldAddUpPhasesAndDivideByTheirTime() {
    // when
    PhaseFigures figures = new PhaseFigures();
    figures.add(1, 0.5, 100);
    figures.add(3, 0.5, 700);

    // then
    assertThat(figures.map()).containsEntry("floodPerSec", 200L).containsEntry("serverCores", 0.25);
  }
}
