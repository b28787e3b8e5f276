package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Agents that have left. */
class DeparturesTest {

  private final Departures departures = new Departures();

  @Test
  void shouldTellWhenAnAgentWasSeenLast() {
    departures.left("swarm", "ann", 5);
    departures.left("swarm", "ann", 7);
    departures.left("other", "ben", 6);

    assertThat(departures.lastSeenUnixNs("swarm", "ann")).isEqualTo(7);
    assertThat(departures.lastSeenUnixNs("swarm", "ben")).isZero();
    assertThat(departures.ofSwarm("swarm")).containsExactly("ann");
  }

  @Test
  void shouldForgetWhoLeftFirst() {
    // given
    departures.left("swarm", "first", 1);
    departures.left("swarm", "second", 2);
    departures.left("swarm", "first", 3);

    // when
    for (int i = 0; i < Departures.MAX_AGENTS - 1; i++) {
      departures.left("crowd", "agent " + i, 4);
    }

    // then
    assertThat(departures.ofSwarm("swarm")).containsExactly("first");
    assertThat(departures.lastSeenUnixNs("swarm", "second")).isZero();
  }
}
