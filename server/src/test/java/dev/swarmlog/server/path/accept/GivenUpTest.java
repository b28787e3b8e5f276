package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import org.junit.jupiter.api.Test;

/** Operations of which nothing becomes. */
class GivenUpTest {

  private final GivenUp givenUp = new GivenUp();

  @Test
  void shouldTellWhatAnAgentSaid() {
    givenUp.add(Log.LOG_MAIN, 7, "cannot");

    assertThat(givenUp.message(Log.LOG_MAIN, 7)).isEqualTo("cannot");
    assertThat(givenUp.message(Log.LOG_CONTROL, 7)).isNull();
  }

  @Test
  void shouldCutWhatAnAgentSaid() {
    givenUp.add(Log.LOG_MAIN, 7, "x".repeat(10_000));

    assertThat(givenUp.message(Log.LOG_MAIN, 7)).hasSize(200);
  }

  @Test
  void shouldForgetTheFirst() {
    for (int opId = 1; opId <= GivenUp.MAX_OPERATIONS + 1; opId++) {
      givenUp.add(Log.LOG_MAIN, opId, "cannot");
    }

    assertThat(givenUp.message(Log.LOG_MAIN, 1)).isNull();
    assertThat(givenUp.message(Log.LOG_MAIN, 2)).isNotNull();
  }
}
