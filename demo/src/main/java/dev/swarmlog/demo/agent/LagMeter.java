package dev.swarmlog.demo.agent;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long operations take from their append to their being applied, durably, by the
 * agents of this process.
 *
 * <p>Both times are of one machine's clock. Any thread may record; one thread takes what was
 * recorded.
 */
final class LagMeter {
  /**
   * What was measured between two takings; the histogram is compressed, in Base64, of microseconds.
   */
  record Interval(String histogram, long negativeCount) {}

  /** What takes longer counts as this. */
  static final long MAX_LAG_US = TimeUnit.HOURS.toMicros(1);

  private static final int DIGITS = 2;

  /**
   * Of a fixed size. One that grows may, if two threads make it grow at once, be encoded as smaller
   * than it is, and then cannot be decoded (HdrHistogram 2.2.2).
   */
  private final Recorder recorder = new Recorder(MAX_LAG_US, DIGITS);

  private final AtomicLong negativeCount = new AtomicLong();
  private @Nullable Histogram recycled;

  void applied(long appendedUnixNano, long appliedUnixNano) {
    long lagUs = TimeUnit.NANOSECONDS.toMicros(appliedUnixNano - appendedUnixNano);
    if (lagUs < 0) {
      // The coordinator's logged clock may lead a little. Counted, not passed off as a lag of
      // nothing.
      negativeCount.incrementAndGet();
    } else {
      recorder.recordValue(Math.min(lagUs, MAX_LAG_US));
    }
  }

  Interval take() {
    Histogram interval = recorder.getIntervalHistogram(recycled);
    recycled = interval;
    ByteBuffer bytes = ByteBuffer.allocate(interval.getNeededByteBufferCapacity());
    int length = interval.encodeIntoCompressedByteBuffer(bytes);
    return new Interval(
        Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length)),
        negativeCount.getAndSet(0));
  }
}
