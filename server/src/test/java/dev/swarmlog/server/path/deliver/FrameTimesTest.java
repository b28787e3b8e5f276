package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The last frames of a lane. */
class FrameTimesTest {

  private final FrameTimes times = new FrameTimes(10);

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
  void shouldGrowAsItIsUsedToABound() {
    assertThat(times.bytes()).isEqualTo(160);
    for (int i = 1; i <= FrameTimes.FIRST_FRAMES + 1; i++) {
      times.handedOut(10 + i, 0, 1);
    }
    assertThat(times.bytes()).isEqualTo(320);
    for (int i = 1; i <= 100_000; i++) {
      times.handedOut(100 + i, 0, 1);
    }
    assertThat(times.bytes()).isEqualTo(2_560);
  }

  @Test
  void shouldKeepWhatItHoldsWhenItGrows() {
    for (int i = 1; i <= FrameTimes.MAX_FRAMES; i++) {
      times.handedOut(10 + i, 0, 1_000 + i);
      for (int earlier = 1; earlier <= i; earlier++) {
        assertThat(times.find(10 + earlier)).isEqualTo(new Lane.HandOut(0, 1_000 + earlier, 0, 0));
      }
    }
  }
}
