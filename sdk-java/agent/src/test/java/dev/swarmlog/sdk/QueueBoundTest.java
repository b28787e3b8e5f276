package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QueueBoundTest {

  @Test
  void shouldBoundGroupsAndBytes() {
    QueueBound bound = new QueueBound(3, 100);

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
    QueueBound bound = new QueueBound(3, 100);

    assertThat(bound.tryAcquire(101)).isTrue();
    assertThat(bound.tryAcquire(1)).isFalse();
  }
}
