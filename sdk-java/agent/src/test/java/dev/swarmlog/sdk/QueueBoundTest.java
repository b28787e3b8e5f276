package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QueueBoundTest {
  private final AtomicLong nowNs = new AtomicLong();

  @Test
  void shouldBoundGroupsAndBytes() {
    QueueBound bound = new QueueBound(3, 100, nowNs::get);

    assertThat(bound.tryAcquire(60)).isTrue();
    assertThat(bound.tryAcquire(41)).as("bytes").isFalse();
    assertThat(bound.tryAcquire(40)).isTrue();
    bound.release(60);
    assertThat(bound.tryAcquire(1)).isTrue();
    assertThat(bound.tryAcquire(1)).isTrue();
    assertThat(bound.tryAcquire(1)).as("groups").isFalse();
  }

  @Test
  void shouldTakeAGroupThatIsLargerThanEverythingByItself() {
    QueueBound bound = new QueueBound(3, 100, nowNs::get);

    assertThat(bound.tryAcquire(101)).isTrue();
    assertThat(bound.tryAcquire(1)).isFalse();
  }

  @Test
  void shouldKnowHowLongTheOldestWaits() {
    // given
    QueueBound bound = new QueueBound(3, 100, nowNs::get);
    assertThat(bound.oldestWaited()).isZero();
    // when
    bound.tryAcquire(1);
    nowNs.set(5);
    bound.tryAcquire(1);
    nowNs.set(7);
    // then
    assertThat(bound.oldestWaited()).isEqualTo(Duration.ofNanos(7));
    bound.release(1);
    assertThat(bound.oldestWaited()).isEqualTo(Duration.ofNanos(2));
    bound.release(1);
    assertThat(bound.oldestWaited()).isZero();
  }
}
