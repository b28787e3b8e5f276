package dev.swarmlog.demo.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SurveyorsTest {
  @Test
  void shouldSpreadFilesOverAllAgentsAndAnewInEachRound() {
    // given
    int agents = 20;
    Set<Integer> chosen = new HashSet<>();
    int moved = 0;

    // when
    for (int file = 0; file < 400; file++) {
      String path = "src/File" + file + ".java";
      chosen.add(Surveyors.chosen(1, path, agents));
      moved += Surveyors.chosen(1, path, agents) == Surveyors.chosen(2, path, agents) ? 0 : 1;
    }

    // then
    assertThat(chosen).hasSize(agents).allMatch(agent -> agent >= 0 && agent < agents);
    assertThat(moved).isGreaterThan(300);
  }

  @Test
  void shouldKeepKeysShortAndApart() {
    // given
    String longPath = "d/".repeat(1_000) + "a";
    String otherPath = "d/".repeat(1_000) + "b";

    // when, then
    assertThat(Surveyors.key(7, "pom.xml")).isEqualTo("7/pom.xml");
    assertThat(Surveyors.key(7, longPath))
        .hasSizeLessThan(260)
        .isNotEqualTo(Surveyors.key(7, otherPath));
  }
}
