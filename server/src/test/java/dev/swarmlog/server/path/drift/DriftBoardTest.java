package dev.swarmlog.server.path.drift;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How much is remembered of drift, whatever agents claim. */
class DriftBoardTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final DriftBoard board = new DriftBoard();

  @Test
  void shouldRememberTheNewestIncidentsOfASwarm() {
    for (int i = 0; i <= DriftBoard.MAX_INCIDENTS_PER_SWARM; i++) {
      found("swarm", "agent-" + i);
    }

    assertThat(board.reports("swarm"))
        .hasSize(DriftBoard.MAX_INCIDENTS_PER_SWARM)
        .extracting(DriftReport::getAgent)
        .startsWith("agent-100", "agent-99")
        .endsWith("agent-1");
  }

  @Test
  void shouldForgetTheOldestWhereThereAreManyInAll() {
    // given as many as there may be
    int swarms = DriftBoard.MAX_INCIDENTS / DriftBoard.MAX_INCIDENTS_PER_SWARM;
    for (int i = 0; i < DriftBoard.MAX_INCIDENTS; i++) {
      found("swarm-" + i % swarms, "agent-" + i);
    }

    // when
    found("another", "agent");

    // then
    assertThat(board.reports("another")).hasSize(1);
    assertThat(board.reports("swarm-0"))
        .hasSize(DriftBoard.MAX_INCIDENTS_PER_SWARM - 1)
        .extracting(DriftReport::getAgent)
        .doesNotContain("agent-0");
    assertThat(board.reports("swarm-1")).hasSize(DriftBoard.MAX_INCIDENTS_PER_SWARM);
  }

  @Test
  void shouldForgetTheOldestAgentsWhereThereAreMany() {
    // given
    for (int i = 0; i < DriftBoard.MAX_AGENTS; i++) {
      board.stop("swarm", "agent-" + i);
      found("drifting", "agent-" + i);
    }
    assertThat(board.isStopped("swarm", "agent-0")).isTrue();
    assertThat(found("drifting", "agent-1")).isEqualTo(2);

    // when
    board.stop("swarm", "one more");
    found("drifting", "one more");

    // then
    assertThat(board.isStopped("swarm", "agent-0")).isFalse();
    assertThat(board.isStopped("swarm", "agent-1")).isTrue();
    assertThat(board.stoppedAgents("swarm")).hasSize(DriftBoard.MAX_AGENTS);
    assertThat(found("drifting", "agent-0")).as("its first again").isEqualTo(1);
  }

  @Test
  void shouldCountNoMoreDriftsOfAnAgentThanItRemembers() {
    int times = 0;
    for (int i = 0; i < 1_100; i++) {
      times = found("swarm", "agent");
    }

    assertThat(times).isEqualTo(1_000);
  }

  @Test
  void shouldNameSoManyKeysOfAnIncidentAndCountAll() {
    // when
    Incident many = incident("agent");
    for (int i = 0; i < 200; i++) {
      many.differed("key-" + i);
    }
    Incident large = incident("agent");
    for (int i = 0; i < 200; i++) {
      large.differed(i + "x".repeat(1_000));
    }

    // then
    assertThat(many.report().getKeysCount()).isEqualTo(Incident.MAX_KEYS);
    assertThat(many.report().getDifferingKeysCount()).isEqualTo(200);
    assertThat(large.report().getKeysCount()).isEqualTo(4);
    assertThat(large.report().getDifferingKeysCount()).isEqualTo(200);
  }

  private int found(String swarm, String agent) {
    return board.found(swarm, agent, incident(agent), 0, HOUR);
  }

  private static Incident incident(String agent) {
    return new Incident(agent, Scope.getDefaultInstance(), What.WHAT_STATE, 0, 1, 0);
  }
}
