package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryPressureTest {

  private final TestMemory memory = new TestMemory();
  private final SteppedTime time = new SteppedTime();
  private final MemoryPressure pressure = new MemoryPressure(Limits.defaults(), memory, time);

  @Test
  void shouldRefuseWhenTheHeapIsNearlyFullAfterACollection() {
    // given
    memory.heapPercent(89);
    pressure.sample();
    assertThat(pressure.refusal()).isNull();

    // when
    memory.heapPercent(90);
    pressure.sample();

    // then
    Refusal refusal = pressure.refusal();
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
    assertThat(refusal.message())
        .isEqualTo(
            "Expected memory for more than what is under way, but it is scarce: the heap, after a collection, holds 90 of 100 MiB.");
    assertThat(refusal.retryAfter()).isPositive();
    assertThat(pressure.scarce()).startsWith("the heap");
  }

  @Test
  void shouldRefuseWhenDirectMemoryIsNearlyFull() {
    // when
    memory.directPercent(95);
    pressure.sample();

    // then
    assertThat(pressure.scarce()).isEqualTo("direct memory holds 95 of 100 MiB");
  }

  @Test
  void shouldNotTakeOnAnythingBeforeThereIsRoomToSpare() {
    // given
    memory.directPercent(95);
    pressure.sample();

    // when
    memory.directPercent(80);
    pressure.sample();
    boolean stillScarce = pressure.refusal() != null;
    memory.directPercent(79);
    pressure.sample();

    // then
    assertThat(stillScarce).isTrue();
    assertThat(pressure.refusal()).isNull();
    assertThat(pressure.scarce()).isNull();
  }

  @Test
  void shouldRunWhatWaitsOnceWhenThereIsMemoryAgain() {
    // given
    List<String> runs = new ArrayList<>();
    Runnable publisher = () -> runs.add("publisher");
    Runnable gone = () -> runs.add("gone");
    assertThat(pressure.admits(publisher)).isTrue();
    memory.heapPercent(99);
    pressure.sample();
    assertThat(pressure.admits(publisher)).isFalse();
    assertThat(pressure.admits(publisher)).isFalse();
    assertThat(pressure.admits(gone)).isFalse();
    pressure.forget(gone);

    // when
    memory.heapPercent(10);
    pressure.sample();
    pressure.sample();

    // then
    assertThat(runs).containsExactly("publisher");
  }

  @Test
  void shouldAskForACollectionWhenNoneSaysWhetherItIsBetter() {
    // given
    memory.heapPercent(95);
    pressure.sample();
    assertThat(memory.asked()).isZero();

    // when nothing is collected for as long as patience lasts
    time.pass(Limits.defaults().memoryPatience().plusNanos(1));
    pressure.sample();
    pressure.sample();

    // then
    assertThat(memory.asked()).isEqualTo(1);

    // and not while collections come by themselves
    time.pass(Limits.defaults().memoryPatience().plusNanos(1));
    memory.collected();
    pressure.sample();
    assertThat(memory.asked()).isEqualTo(1);
  }

  @Test
  void shouldNotMindMemoryWithoutABound() {
    // when
    memory.unbounded();
    pressure.sample();

    // then
    assertThat(pressure.refusal()).isNull();
  }

  private static final class SteppedTime implements TimeSource {
    private long nowNs;

    void pass(Duration duration) {
      nowNs += duration.toNanos();
    }

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
