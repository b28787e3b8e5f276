package dev.swarmlog.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/** The median, the least and the greatest of some measurements; all 0 if there is none. */
record Spread(double median, double min, double max) {

  static Spread of(DoubleStream measurements) {
    double[] sorted = measurements.sorted().toArray();
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return new Spread(0, 0, 0);
    }
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /**
   * The three by name.
   *
   * @param parts of one, that they are rounded to
   */
  Map<String, Double> map(double parts) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("median", rounded(parts, median));
    values.put("min", rounded(parts, min));
    values.put("max", rounded(parts, max));
    return values;
  }

  static double rounded(double parts, double value) {
    return Math.round(value * parts) / parts;
  }
}
