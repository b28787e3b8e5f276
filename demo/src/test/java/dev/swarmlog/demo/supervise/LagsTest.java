package dev.swarmlog.demo.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LagsTest {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Lags lags = new Lags();

  @Test
  void shouldKeepWhatWasMeasuredThroughFaultsApart() {
    // when
    lags.disturbed(false, 0);
    lags.add(histogram(5_000, 5_000, 5_000), 0, 0);
    lags.disturbed(true, SECOND_NANOS);
    lags.add(histogram(800_000), 2, SECOND_NANOS);
    lags.disturbed(false, 2 * SECOND_NANOS);
    // Covers the time before it, in which the fault was not over.
    lags.add(histogram(900_000), 0, 2 * SECOND_NANOS + 1);
    lags.add(histogram(5_000), 0, 3 * SECOND_NANOS);

    // then
    assertThat(lags.quiet().count()).isEqualTo(4);
    assertThat(lags.quiet().p99Ms()).isCloseTo(5, within(0.1));
    assertThat(lags.throughFaults().count()).isEqualTo(2);
    assertThat(lags.throughFaults().p50Ms()).isCloseTo(800, within(10.0));
    assertThat(lags.all().count()).isEqualTo(6);
    assertThat(lags.all().p99Ms()).isCloseTo(900, within(10.0));
    assertThat(lags.negativeCount()).isEqualTo(2);
  }

  private static String histogram(long... lagsUs) {
    Histogram histogram = new Histogram(2);
    Arrays.stream(lagsUs).forEach(histogram::recordValue);
    ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
  }
}
