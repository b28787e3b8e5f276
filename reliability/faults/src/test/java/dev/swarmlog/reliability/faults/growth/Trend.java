package dev.swarmlog.reliability.faults.growth;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Where a figure is going, by samples at equal distances: the first third of them is warm-up, the
 * last third is held against the one in the middle.
 *
 * <p>Both must say that it grows: the medians of the thirds, which a saw-tooth hardly moves, and
 * the slope by Theil and Sen over both thirds (the median of the slopes between all pairs), which
 * outliers do not move and a figure that has just levelled off keeps small.
 *
 * @param figure such as "disk, MiB"
 * @param middle median of the middle third
 * @param last median of the last third
 * @param growth per third, by the slope
 */
record Trend(String figure, double middle, double last, double growth) {

  private static final int PARTS = 3;

  /** Fewer in a third say nothing. */
  private static final int MIN_SAMPLES = 2 * PARTS;

  static Trend of(String figure, List<Double> samples) {
    if (samples.size() < MIN_SAMPLES) {
      throw new IllegalArgumentException(
          "Expected at least %d samples of %s, but got %d"
              .formatted(MIN_SAMPLES, figure, samples.size()));
    }
    double[] values = samples.stream().mapToDouble(Double::doubleValue).toArray();
    int third = values.length / PARTS;
    int lastFrom = values.length - third;
    int middleFrom = lastFrom - third;
    double[] compared = Arrays.copyOfRange(values, middleFrom, values.length);
    return new Trend(
        figure,
        median(Arrays.copyOfRange(values, middleFrom, lastFrom)),
        median(Arrays.copyOfRange(values, lastFrom, values.length)),
        third * slope(compared));
  }

  /**
   * Whether it goes on growing by more than is allowed from one third to the next.
   *
   * @param share of the middle third that is allowed
   * @param atLeast what is allowed anyhow, in the figure's unit
   */
  boolean grows(double share, double atLeast) {
    double allowed = Math.max(share * middle, atLeast);
    return last - middle > allowed && growth > allowed;
  }

  /** Slope per sample. */
  private static double slope(double[] values) {
    return median(
        IntStream.range(0, values.length)
            .boxed()
            .flatMap(
                i ->
                    IntStream.range(i + 1, values.length)
                        .mapToObj(j -> (values[j] - values[i]) / (j - i)))
            .mapToDouble(Double::doubleValue)
            .toArray());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %.1f in the middle third, %.1f in the last, %+.1f per third by its slope",
        figure,
        middle,
        last,
        growth);
  }
}
