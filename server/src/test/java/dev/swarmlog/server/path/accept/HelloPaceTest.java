package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TimeSource;
import org.junit.jupiter.api.Test;

/** Who comes back without having waited. */
class HelloPaceTest {

  private final SteppedTime time = new SteppedTime();
  private final HelloPace pace = new HelloPace(time);

  @Test
  void shouldTellWhoComesBackAtOnceFromWhoHasWaited() {
    assertThat(pace.atOnce("swarm", "agent")).isFalse();
    assertThat(pace.atOnce("swarm", "agent")).isTrue();
    assertThat(pace.atOnce("other", "agent")).isFalse();
    time.nowNs += HelloPace.AT_ONCE.toNanos();
    assertThat(pace.atOnce("swarm", "agent")).isFalse();
  }

  @Test
  void shouldForgetWhoHasNotComeForLongestWhereThereAreMany() {
    // given as many as are remembered
    for (int i = 0; i < HelloPace.MAX_AGENTS; i++) {
      assertThat(pace.atOnce("swarm", "agent-" + i)).isFalse();
    }
    assertThat(pace.atOnce("swarm", "agent-0")).isTrue();

    // when
    assertThat(pace.atOnce("swarm", "one more")).isFalse();

    // then
    assertThat(pace.atOnce("swarm", "agent-0")).isTrue();
    assertThat(pace.atOnce("swarm", "agent-1")).isFalse();
  }

  private static final class SteppedTime implements TimeSource {
    private long nowNs;

    @Override
    public long unixNs() {
      return nowNs;
    }

    @Override
    public long monotonicNs() {
      return nowNs;
    }
  }
}
