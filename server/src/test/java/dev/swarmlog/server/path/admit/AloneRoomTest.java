package dev.swarmlog.server.path.admit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What waits for tokens without a stream that could be left unread. */
class AloneRoomTest {

  private static final int GROUP_BYTES = 1 << 20;

  private final Limits limits =
      Limits.defaults()
          .with("maxGroupBytes", 2 * GROUP_BYTES)
          .with("maxWaitingPublishBytesPerSwarm", 3 * GROUP_BYTES)
          .with("maxWaitingPublishBytes", 4 * GROUP_BYTES);
  private final AtomicLong bytesOfAll = new AtomicLong();

  @Test
  void shouldBoundTheBytesOfASwarm() {
    // given
    AloneRoom room = new AloneRoom(limits, bytesOfAll);
    for (int i = 0; i < 3; i++) {
      assertThat(room.enter(demand(GROUP_BYTES))).isNull();
    }

    // then
    assertRefused(room.enter(demand(1)), "3,145,728 bytes to wait for the rate limits of swarm");
    room.leave(demand(GROUP_BYTES));
    assertThat(room.enter(demand(GROUP_BYTES))).isNull();
  }

  @Test
  void shouldBoundTheBytesOfAllSwarms() {
    // given
    AloneRoom one = new AloneRoom(limits, bytesOfAll);
    AloneRoom other = new AloneRoom(limits, bytesOfAll);
    for (int i = 0; i < 2; i++) {
      assertThat(one.enter(demand(GROUP_BYTES))).isNull();
      assertThat(other.enter(demand(GROUP_BYTES))).isNull();
    }

    // then
    assertRefused(one.enter(demand(1)), "4,194,304 bytes of publishes");
    other.leave(demand(GROUP_BYTES));
    assertThat(one.enter(demand(GROUP_BYTES))).isNull();
    assertThat(bytesOfAll).hasValue(4 * GROUP_BYTES);
  }

  private void assertRefused(Refusal refusal, String part) {
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
    assertThat(refusal.message()).contains(part);
    assertThat(refusal.retryAfter()).isEqualTo(limits.ratePatience());
  }

  private static Demand demand(long bytes) {
    return new Demand("swarm", "publisher", Log.LOG_MAIN, Map.of(), 1, bytes, 0, true);
  }
}
