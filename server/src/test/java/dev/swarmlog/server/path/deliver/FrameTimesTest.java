package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.FrameMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The last frames of a lane. */
class FrameTimesTest {

  private static final long BYTES_PER_FRAME = 40;

  private final FrameMemory memory = new FrameMemory(1L << 20);
  private final FrameTimes times = new FrameTimes(10, memory);

  @Test
  void shouldTellWhenTheFrameOfAnOperationWasHandedOutAndAcknowledged() {
    // given frames (10, 12] and (12, 15], the second of them part of a sync to 20
    times.handedOut(12, 0, 100);
    times.handedOut(15, 20, 200);

    // when
    times.acknowledged(13, 90, 300);

    // then
    assertThat(times.find(10)).isNull();
    assertThat(times.find(11)).isEqualTo(new Lane.HandOut(0, 100, 300, 90));
    assertThat(times.find(12)).isEqualTo(new Lane.HandOut(0, 100, 300, 90));
    assertThat(times.find(13)).isEqualTo(new Lane.HandOut(20, 200, 0, 0));
    assertThat(times.find(16)).isNull();
  }

  @Test
  void shouldKeepTheFirstAcknowledgementOfAFrame() {
    times.handedOut(12, 0, 100);
    times.acknowledged(12, 90, 300);
    times.acknowledged(14, 350, 400);
    times.handedOut(15, 0, 500);

    assertThat(times.find(12)).isEqualTo(new Lane.HandOut(0, 100, 300, 90));
    assertThat(times.find(15)).isEqualTo(new Lane.HandOut(0, 500, 0, 0));
  }

  @Test
  void shouldForgetAllButTheLastFrames() {
    // given one frame per operation, of which only the early ones are acknowledged
    int frames = 3 * FrameTimes.MAX_FRAMES + 5;
    for (int i = 1; i <= frames; i++) {
      times.handedOut(10 + i, 0, 1_000 + i);
      if (i == 20) {
        times.acknowledged(10 + i, 0, 5_000);
      }
    }

    // when
    times.acknowledged(10 + frames - 1, 0, 9_000);

    // then
    int oldest = frames - FrameTimes.MAX_FRAMES + 1;
    assertThat(times.find(10 + oldest - 1)).isNull();
    for (int i = oldest; i < frames; i++) {
      assertThat(times.find(10 + i)).isEqualTo(new Lane.HandOut(0, 1_000 + i, 9_000, 0));
    }
    assertThat(times.find(10 + frames)).isEqualTo(new Lane.HandOut(0, 1_000 + frames, 0, 0));
  }

  @Test
  void shouldFindTheFrameOfEveryOperationWhereFramesHoldDifferentNumbersOfThem() {
    // given frames that hold 1, 2, 3 … operations
    long to = 10;
    for (int i = 1; i <= 300; i++) {
      to += i;
      times.handedOut(to, 0, 1_000 + i);
    }

    // then
    long opId = 10;
    for (int i = 1; i <= 300; i++) {
      for (int operation = 1; operation <= i; operation++) {
        assertThat(times.find(++opId)).isEqualTo(new Lane.HandOut(0, 1_000 + i, 0, 0));
      }
    }
    assertThat(times.find(opId + 1)).isNull();
  }

  @Test
  void shouldGrowAsItIsUsedToABound() {
    assertThat(times.bytes()).isEqualTo(FrameTimes.FIRST_FRAMES * BYTES_PER_FRAME);
    handOut(times, FrameTimes.FIRST_FRAMES + 1);
    assertThat(times.bytes()).isEqualTo(2 * FrameTimes.FIRST_FRAMES * BYTES_PER_FRAME);
    handOut(times, 100_000);
    assertThat(times.bytes()).isEqualTo(FrameTimes.MAX_FRAMES * BYTES_PER_FRAME);
    assertThat(memory.usedBytes())
        .isEqualTo((FrameTimes.MAX_FRAMES - FrameTimes.FIRST_FRAMES) * BYTES_PER_FRAME);
  }

  @Test
  void shouldKeepWhatItHoldsWhenItGrows() {
    for (int i = 1; i <= 3 * FrameTimes.MODEST_FRAMES; i++) {
      times.handedOut(10 + i, 0, 1_000 + i);
      for (int earlier = 1; earlier <= i; earlier++) {
        assertThat(times.find(10 + earlier)).isEqualTo(new Lane.HandOut(0, 1_000 + earlier, 0, 0));
      }
    }
  }

  @Test
  void shouldLeaveHalfOfTheMemoryToLanesThatKeepFewFrames() {
    // given memory for 800 frames, and a lane that would take all of it
    FrameMemory scarce = new FrameMemory(800 * BYTES_PER_FRAME);
    FrameTimes busy = new FrameTimes(10, scarce);
    handOut(busy, 10_000);

    // then it has taken no more than half
    assertThat(busy.bytes()).isEqualTo(256 * BYTES_PER_FRAME);

    // and others, each of which begins with 4 frames that are not counted, have the rest
    List<FrameTimes> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      others.add(new FrameTimes(10, scarce));
      handOut(others.get(i), 10_000);
    }
    assertThat(others.get(0).bytes()).isEqualTo(128 * BYTES_PER_FRAME);
    assertThat(others.get(1).bytes()).isEqualTo(FrameTimes.MODEST_FRAMES * BYTES_PER_FRAME);
    assertThat(others.get(19).bytes()).isEqualTo(FrameTimes.FIRST_FRAMES * BYTES_PER_FRAME);
    assertThat(scarce.usedBytes()).isLessThanOrEqualTo(800 * BYTES_PER_FRAME);
  }

  @Test
  void shouldGrowLaterWhenOthersGiveBackWhatTheyHad() {
    // given a lane that has gone round, since another has what there is
    FrameMemory scarce = new FrameMemory(300 * BYTES_PER_FRAME);
    FrameTimes first = new FrameTimes(10, scarce);
    handOut(first, 10_000);
    FrameTimes second = new FrameTimes(10, scarce);
    for (int i = 1; i <= 99; i++) {
      second.handedOut(10 + i, 0, 1_000 + i);
    }
    second.acknowledged(10 + 60, 0, 7_000);
    long before = second.bytes();

    // when
    first.close();
    for (int i = 100; i <= 110; i++) {
      second.handedOut(10 + i, 0, 1_000 + i);
    }

    // then it lost none of those that it still had
    assertThat(second.bytes()).isEqualTo(2 * before);
    assertThat(second.find(10 + 35)).isNull();
    assertThat(second.find(10 + 36)).isEqualTo(new Lane.HandOut(0, 1_036, 7_000, 0));
    assertThat(second.find(10 + 61)).isEqualTo(new Lane.HandOut(0, 1_061, 0, 0));
    assertThat(second.find(10 + 110)).isEqualTo(new Lane.HandOut(0, 1_110, 0, 0));
    second.acknowledged(10 + 105, 0, 8_000);
    assertThat(second.find(10 + 60)).isEqualTo(new Lane.HandOut(0, 1_060, 7_000, 0));
    assertThat(second.find(10 + 105)).isEqualTo(new Lane.HandOut(0, 1_105, 8_000, 0));
  }

  @Test
  void shouldGiveBackOnceWhatItHadAndTellNothingMore() {
    // given
    handOut(times, 500);

    // when
    times.close();
    times.close();
    times.handedOut(1_000, 0, 1);
    times.acknowledged(1_000, 1, 1);

    // then
    assertThat(memory.usedBytes()).isZero();
    assertThat(times.find(510)).isNull();
    assertThat(times.find(1_000)).isNull();
  }

  /** Frames of one operation each, after those that were handed out before. */
  private static void handOut(FrameTimes times, int frames) {
    for (int i = 1; i <= frames; i++) {
      times.handedOut(10 + i, 0, 1);
    }
  }
}
