package dev.swarmlog.server.path.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AgentBucketsTest {

  private static final int TOKENS = 4;
  private static final Duration HOUR = Duration.ofHours(1);

  private final StoodStill time = new StoodStill();
  private final AgentBuckets buckets = AgentBuckets.of(TOKENS, HOUR, time);

  @Test
  void shouldFillEvenly() {
    for (int i = 0; i < TOKENS; i++) {
      assertThat(buckets.take("s", "a")).isTrue();
    }
    assertThat(buckets.hasToken("s", "a")).isFalse();
    assertThat(buckets.take("s", "a")).isFalse();

    time.monotonicNs += HOUR.toNanos() / TOKENS;
    assertThat(buckets.take("s", "a")).isTrue();
    assertThat(buckets.take("s", "a")).isFalse();
  }

  @Test
  void shouldNotLetOneAgentPayForAnother() {
    for (int i = 0; i < TOKENS; i++) {
      buckets.take("s", "a");
    }

    assertThat(buckets.hasToken("s", "b")).isTrue();
    assertThat(buckets.hasToken("t", "a")).isTrue();
    buckets.forget("s", "a");
    assertThat(buckets.hasToken("s", "a")).isTrue();
  }

  @Test
  void shouldForgetTheFirstOfTooManyAgents() {
    // given as many as are remembered, all without a token
    for (int i = 0; i < LocalAgentBuckets.MAX_AGENTS; i++) {
      for (int j = 0; j < TOKENS; j++) {
        buckets.take("s", "agent-" + i);
      }
    }
    assertThat(buckets.hasToken("s", "agent-0")).isFalse();

    // when
    buckets.take("s", "one more");

    // then
    assertThat(buckets.hasToken("s", "agent-0")).isTrue();
    assertThat(buckets.hasToken("s", "agent-1")).isFalse();
  }

  private static final class StoodStill implements TimeSource {
    private long monotonicNs;

    @Override
    public long unixNs() {
      return 0;
    }

    @Override
    public long monotonicNs() {
      return monotonicNs;
    }
  }
}
