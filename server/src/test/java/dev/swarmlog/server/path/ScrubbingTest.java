package dev.swarmlog.server.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.ScrubPoint;
import dev.swarmlog.storage.ScrubStep;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.context.Context;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ScrubbingTest {

  private static final int STEPS_PER_SHARD = 3;

  private final List<Integer> read = new ArrayList<>();
  private final List<Long> counted = new ArrayList<>();
  private final AtomicLong nowNs = new AtomicLong(1_000);
  private int damagedStep = -1;

  @Test
  void shouldReadAllShardsOncePerInterval() {
    // given
    Scrubbing scrubbing = scrubbing(Duration.ofHours(1), Runnable::run);

    // when
    look(scrubbing, 10);

    // then
    assertThat(read).containsExactly(0, 0, 0, 1, 1, 1);

    // when
    nowNs.addAndGet(Duration.ofHours(1).toNanos());
    look(scrubbing, 10);

    // then
    assertThat(read).containsExactly(0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1);
  }

  @Test
  void shouldCountDamageFromZeroOnAndGoOn() {
    // given
    damagedStep = 1;
    Scrubbing scrubbing = scrubbing(Duration.ofHours(1), Runnable::run);
    assertThat(counted).containsExactly(0L);
    look(scrubbing, 1);
    assertThat(scrubbing.isDamaged(0)).isFalse();

    // when
    look(scrubbing, 10);

    // then in both shards
    assertThat(counted).containsExactly(0L, 1L, 1L);
    assertThat(scrubbing.isDamaged(0)).isTrue();
    assertThat(scrubbing.isDamaged(1)).isTrue();
    assertThat(read).hasSize(2 * STEPS_PER_SHARD);
  }

  @Test
  void shouldReadNothingWhereItIsSwitchedOff() {
    // when
    look(scrubbing(Duration.ZERO, Runnable::run), 10);

    // then
    assertThat(read).isEmpty();
  }

  @Test
  void shouldReadOneStepAtATimeAndWaitForReadersThatAreBusy() {
    // given readers that take nothing at first, and then run nothing
    List<Runnable> waiting = new ArrayList<>();
    int[] refusals = {2};
    Scrubbing scrubbing =
        scrubbing(
            Duration.ofHours(1),
            task -> {
              if (refusals[0]-- > 0) {
                throw new RejectedExecutionException();
              }
              waiting.add(task);
            });

    // when
    look(scrubbing, 10);

    // then
    assertThat(waiting).hasSize(1);

    // when
    waiting.remove(0).run();
    look(scrubbing, 10);

    // then
    assertThat(read).hasSize(1);
    assertThat(waiting).hasSize(1);
  }

  private static void look(Scrubbing scrubbing, int times) {
    for (int i = 0; i < times; i++) {
      scrubbing.lookAround();
    }
  }

  private Scrubbing scrubbing(Duration interval, Executor readers) {
    TimeSource time =
        new TimeSource() {
          @Override
          public long unixNs() {
            return nowNs.get();
          }

          @Override
          public long monotonicNs() {
            return nowNs.get();
          }
        };
    return new Scrubbing(List.of(log(0), log(1)), readers, time, interval, counter());
  }

  /** A log that can be scrubbed, and nothing else. */
  private EventLog log(int shard) {
    return (EventLog)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {EventLog.class},
            (proxy, method, arguments) -> step(shard, (ScrubPoint) arguments[0]));
  }

  private ScrubStep step(int shard, ScrubPoint from) {
    read.add(shard);
    int step = from.family();
    return new ScrubStep(
        step + 1 < STEPS_PER_SHARD
            ? Optional.of(new ScrubPoint(step + 1, new byte[0]))
            : Optional.empty(),
        100,
        step == damagedStep ? Optional.of("a block") : Optional.empty());
  }

  private LongCounter counter() {
    return new LongCounter() {
      @Override
      public void add(long value) {
        counted.add(value);
      }

      @Override
      public void add(long value, Attributes attributes) {
        counted.add(value);
      }

      @Override
      public void add(long value, Attributes attributes, Context context) {
        counted.add(value);
      }
    };
  }
}
