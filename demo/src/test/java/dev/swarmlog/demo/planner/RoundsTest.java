package dev.swarmlog.demo.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.Assignment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final int AGENTS = 5;
  private static final List<String> PATHS =
      IntStream.range(0, 200).mapToObj(i -> "file-" + i).toList();

  private final Rounds rounds = new Rounds(PATHS, AGENTS, 3);

  @Test
  void shouldLeaveNoAgentWithMoreThanItMayHave() {
    // given
    rounds.begin();

    // when
    List<Assignment> assigned = assignAll();

    // then
    Map<Integer, Integer> byAgent = new HashMap<>();
    assigned.forEach(each -> byAgent.merge(agent(each), 1, Integer::sum));
    assertThat(byAgent)
        .hasSize(AGENTS)
        .allSatisfy((agent, count) -> assertThat(count).isEqualTo(3));
  }

  @Test
  void shouldGoOnWithTheOthersWhileOneIsAway() {
    // given
    rounds.begin();
    List<Assignment> open = assignAll();
    int away = 2;

    // when
    long answered = 0;
    while (open.stream().anyMatch(each -> agent(each) != away)) {
      for (Assignment each : open) {
        if (agent(each) != away) {
          rounds.answer(key(each));
          answered++;
        }
      }
      open = assignAll();
    }

    // then
    long ofTheAbsent =
        PATHS.stream().filter(path -> Surveyors.chosen(1, path, AGENTS) == away).count();
    assertThat(answered).isEqualTo(PATHS.size() - ofTheAbsent);
    assertThat(rounds.isAssigned()).isFalse();
    assertThatThrownBy(rounds::begin).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldAssignEachFileOncePerRound() {
    // given
    List<String> keys = new ArrayList<>();

    // when
    for (int round = 1; round <= 3; round++) {
      rounds.begin();
      while (!rounds.isAssigned()) {
        List<Assignment> assigned = assignAll();
        assigned.forEach(each -> keys.add(key(each)));
        assigned.forEach(each -> rounds.answer(key(each)));
        // An answer that comes again changes nothing.
        assigned.forEach(each -> rounds.answer(key(each)));
      }
    }

    // then
    assertThat(keys).doesNotHaveDuplicates().hasSize(3 * PATHS.size());
    assertThat(rounds.answered()).isEqualTo(rounds.assigned()).isEqualTo(3L * PATHS.size());
    assertThat(rounds.answeredInFirstRound()).isEqualTo(PATHS.size());
  }

  private List<Assignment> assignAll() {
    List<Assignment> assigned = new ArrayList<>();
    for (Optional<Assignment> next = rounds.next(); next.isPresent(); next = rounds.next()) {
      assigned.add(next.get());
    }
    return assigned;
  }

  private static int agent(Assignment assignment) {
    return Surveyors.chosen(assignment.getRound(), assignment.getPath(), AGENTS);
  }

  private static String key(Assignment assignment) {
    return Surveyors.key(assignment.getRound(), assignment.getPath());
  }
}
