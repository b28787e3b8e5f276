package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Memory;
import dev.swarmlog.server.MemoryPressure;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class UnreadBytesTest {

  private static final long MIB = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Queue<Runnable> housekeeping = new ArrayDeque<>();
  private final SteppedTime time = new SteppedTime();
  private long usedDirectBytes;
  private MemoryPressure pressure;
  private final UnreadBytes unread = unread(8 * MIB, 1024 * MIB);

  @Test
  void shouldCountWhatIsHeldUntilItIsGone() {
    // given
    Stream first = new Stream();
    Stream second = new Stream();
    unread.hold(first, 3 * MIB);
    unread.hold(second, MIB);
    unread.hold(first, MIB);
    assertThat(unread.unreadBytes()).isEqualTo(5 * MIB);

    // when
    unread.release(first);

    // then
    assertThat(unread.unreadBytes()).isEqualTo(MIB);
    unread.forget(second);
    unread.forget(second);
    assertThat(unread.unreadBytes()).isZero();
  }

  @Test
  void shouldEndWhoStalledLongestAndLetTheOthersGoOn() {
    // given
    List<Stream> stalled = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      stalled.add(new Stream());
      unread.hold(stalled.get(i), MIB);
      time.pass(Duration.ofSeconds(1));
    }
    Stream healthy = new Stream();

    // when
    assertThat(unread.hasRoom(healthy)).isFalse();
    runHousekeeping();

    // then the oldest make half free
    assertThat(stalled.stream().filter(stream -> stream.end != null).toList())
        .containsExactlyElementsOf(stalled.subList(0, 4));
    Refusal end = stalled.get(0).end;
    assertThat(end.reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
    assertThat(end.message()).contains("stalled longest");
    assertThat(end.retryAfter()).isPositive();
    assertThat(unread.stalledStreamsEnded()).isEqualTo(4);

    // and the healthy one goes on when they are gone
    assertThat(healthy.woken).isZero();
    unread.forget(stalled.get(0));
    runHousekeeping();
    assertThat(healthy.woken).isEqualTo(1);
    assertThat(unread.hasRoom(healthy)).isTrue();
  }

  @Test
  void shouldEndNobodyWhoHasNotStalledForLong() {
    // given
    Stream busy = new Stream();
    unread.hold(busy, 8 * MIB);
    Stream waiting = new Stream();

    // when
    assertThat(unread.hasRoom(waiting)).isFalse();
    runHousekeeping();

    // then
    assertThat(busy.end).isNull();
    assertThat(waiting.woken).isZero();

    // and it is ended when it has, without anybody asking again
    time.pass(PATIENCE);
    unread.tidy();
    assertThat(busy.end).isNotNull();
  }

  @Test
  void shouldStartAnewWithEachTimeThatItIsRead() {
    // given
    Stream slow = new Stream();
    unread.hold(slow, MIB);
    time.pass(PATIENCE);
    unread.release(slow);

    // when
    unread.hold(slow, 8 * MIB);
    unread.tidy();

    // then
    assertThat(slow.end).isNull();
  }

  @Test
  void shouldEndNobodyTwice() {
    // given
    Stream stalled = new Stream();
    unread.hold(stalled, 8 * MIB);
    time.pass(PATIENCE);
    unread.tidy();
    unread.hold(stalled, MIB);

    // when
    unread.tidy();
    unread.tidy();

    // then
    assertThat(unread.stalledStreamsEnded()).isEqualTo(1);
    unread.forget(stalled);
    assertThat(unread.unreadBytes()).isZero();
  }

  @Test
  void shouldTakeNobodyOnWhenThreeQuartersAreTaken() {
    // given
    Stream stalled = new Stream();
    unread.hold(stalled, 6 * MIB - 1);
    assertThat(unread.refusal()).isNull();

    // when
    unread.hold(stalled, 1);

    // then
    assertThat(unread.refusal().reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
    assertThat(unread.refusal().retryAfter()).isPositive();
    unread.release(stalled);
    assertThat(unread.refusal()).isNull();
  }

  @Test
  void shouldEndAQuarterOfThemEachTimeWhileMemoryIsScarce() {
    // given 8 that hold little
    List<Stream> stalled = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      stalled.add(new Stream());
      unread.hold(stalled.get(i), 1);
    }
    time.pass(PATIENCE);
    Stream late = new Stream();
    unread.hold(late, 1);
    unread.tidy();
    assertThat(unread.stalledStreamsEnded()).isZero();

    // when
    usedDirectBytes = 950 * MIB;
    pressure.sample();
    unread.tidy();

    // then
    assertThat(stalled.stream().filter(stream -> stream.end != null).toList())
        .containsExactlyElementsOf(stalled.subList(0, 3));
    assertThat(stalled.get(0).end.message())
        .contains("stalled longest of all", "direct memory holds 950 of 1024 MiB");

    // and those that have not stalled for long never are
    for (int i = 0; i < 10; i++) {
      unread.tidy();
    }
    assertThat(unread.stalledStreamsEnded()).isEqualTo(8);
    assertThat(late.end).isNull();
    usedDirectBytes = 0;
    pressure.sample();
    time.pass(PATIENCE);
    unread.tidy();
    assertThat(late.end).isNull();
  }

  @Test
  void shouldNeverTakeMoreThanItsPartOfDirectMemory() {
    assertThat(unread(64 * MIB, 100 * MIB).maxUnreadBytes()).isEqualTo(25 * MIB);
    assertThat(unread(8 * MIB, 100 * MIB).maxUnreadBytes()).isEqualTo(8 * MIB);
    assertThat(unread(64 * MIB, MIB).maxUnreadBytes())
        .as("room for one group at least")
        .isEqualTo(Limits.defaults().maxGroupBytes());
  }

  private UnreadBytes unread(long maxBytes, long directBytes) {
    Limits limits =
        Limits.defaults().with("maxUnreadBytes", maxBytes).with("stallPatience", PATIENCE);
    Memory memory = new Direct(directBytes);
    pressure = new MemoryPressure(limits, memory, time);
    return new UnreadBytes(limits, memory, pressure, time, housekeeping::add);
  }

  private void runHousekeeping() {
    Runnable task;
    while ((task = housekeeping.poll()) != null) {
      task.run();
    }
  }

  private static final class Stream implements UnreadBytes.Holder {
    private int woken;
    private Refusal end;

    @Override
    public void wake() {
      woken++;
    }

    @Override
    public void endStalled(Refusal why) {
      end = why;
    }
  }

  private final class Direct implements Memory {
    private final long maxBytes;

    Direct(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    @Override
    public Usage heap() {
      return new Usage(0, maxBytes);
    }

    @Override
    public Usage direct() {
      return new Usage(usedDirectBytes, maxBytes);
    }

    @Override
    public long collections() {
      return 0;
    }

    @Override
    public void collect() {}
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
