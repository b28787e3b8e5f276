package dev.swarmlog.server.path.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TimeSource;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoggedClockTest {

  private static final long START_UNIX_NS = 1_700_000_000_000_000_000L;
  private static final long DAY_NS = TimeUnit.DAYS.toNanos(1);

  private final SteppedTime time = new SteppedTime();

  private static final class SteppedTime implements TimeSource {
    long unixNs = START_UNIX_NS;
    long monotonicNs;

    void pass(long ns) {
      unixNs += ns;
      monotonicNs += ns;
    }

    @Override
    public long unixNs() {
      return unixNs;
    }

    @Override
    public long monotonicNs() {
      return monotonicNs;
    }
  }

  @Test
  void shouldFollowAWallClockThatIsRight() {
    // given
    LoggedClock clock = new LoggedClock(time, 0);
    // when
    time.pass(TimeUnit.SECONDS.toNanos(10));
    // then
    assertThat(clock.nextUnixNs()).isEqualTo(START_UNIX_NS + TimeUnit.SECONDS.toNanos(10));
  }

  @Test
  void shouldNotJumpWithTheWallClock() {
    // given
    LoggedClock clock = new LoggedClock(time, 0);
    long before = clock.nextUnixNs();
    // when
    time.unixNs += 2 * DAY_NS;
    time.pass(TimeUnit.SECONDS.toNanos(1));
    // then: one second passed, and half a millisecond of correction
    long after = clock.nextUnixNs();
    assertThat(after - before)
        .isEqualTo(TimeUnit.SECONDS.toNanos(1) + TimeUnit.MICROSECONDS.toNanos(500));
    assertThat(clock.wallClockAheadNs()).isGreaterThan(LoggedClock.JUMP_NS);
  }

  @Test
  void shouldGoOnAfterTheLastLoggedTimeWhenTheWallClockWentBackDuringARestart() {
    // given
    long lastLogged = START_UNIX_NS + DAY_NS;
    // when
    LoggedClock clock = new LoggedClock(time, lastLogged);
    time.pass(1_000);
    // then
    assertThat(clock.nextUnixNs()).isGreaterThanOrEqualTo(lastLogged);
  }

  @Test
  void shouldNeverGoBackWhateverTheWallClockDoes() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    LoggedClock clock = new LoggedClock(time, 0);
    long last = 0;
    for (int i = 0; i < 10_000; i++) {
      time.pass(random.nextInt(1_000_000));
      if (random.nextInt(10) == 0) {
        time.unixNs += random.nextLong() % (2 * DAY_NS);
      }
      long next = clock.nextUnixNs();
      assertThat(next).as("seed %d, step %d", seed, i).isGreaterThanOrEqualTo(last);
      last = next;
    }
  }

  @Test
  void shouldComeBackToTheWallClockInTheEnd() {
    // given
    LoggedClock clock = new LoggedClock(time, 0);
    time.unixNs += TimeUnit.MILLISECONDS.toNanos(10);
    // when: 10 ms at half a millisecond per second
    for (int second = 0; second < 21; second++) {
      time.pass(TimeUnit.SECONDS.toNanos(1));
      clock.nextUnixNs();
    }
    // then
    assertThat(clock.wallClockAheadNs()).isZero();
  }
}
