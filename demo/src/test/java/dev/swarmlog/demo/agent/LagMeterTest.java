package dev.swarmlog.demo.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LagMeterTest {

  private final LagMeter meter = new LagMeter();

  @Test
  void shouldReportWhatWasMeasuredSinceTheLastTime() throws Exception {
    // given
    meter.applied(0, TimeUnit.MILLISECONDS.toNanos(266));
    meter.applied(10_000, 5_000);
    LagMeter.Interval first = meter.take();
    meter.applied(0, TimeUnit.MILLISECONDS.toNanos(3));

    // when
    LagMeter.Interval second = meter.take();

    // then
    assertThat(decoded(first).getMaxValue()).isBetween(266_000L, 269_000L);
    assertThat(first.negativeCount()).isEqualTo(1);
    assertThat(decoded(second).getTotalCount()).isEqualTo(1);
    assertThat(second.negativeCount()).isZero();
  }

  @Test
  void shouldNotGrowWhateverIsMeasured() throws Exception {
    // given
    meter.applied(0, TimeUnit.MILLISECONDS.toNanos(1));
    Histogram small = decoded(meter.take());

    // when
    meter.applied(0, TimeUnit.DAYS.toNanos(2));

    // then threads that make it grow at the same time have broken what is reported
    assertThat(small.getHighestTrackableValue()).isGreaterThanOrEqualTo(LagMeter.MAX_LAG_US);
    assertThat(decoded(meter.take()).getTotalCount()).isEqualTo(1);
  }

  private static Histogram decoded(LagMeter.Interval interval) throws DataFormatException {
    byte[] bytes = Base64.getDecoder().decode(interval.histogram());
    return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
  }
}
