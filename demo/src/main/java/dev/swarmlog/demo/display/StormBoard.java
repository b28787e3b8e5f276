package dev.swarmlog.demo.display;

import dev.swarmlog.bench.storm.ContenderKind;
import dev.swarmlog.bench.storm.StormSample;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to see of a storm at one moment. Immutable.
 *
 * @param workload what is done, in words
 * @param seconds how long all of it takes
 */
public record StormBoard(String workload, int seconds, Side left, Side right) {

  /** How many seconds both have behind them. */
  public int elapsed() {
    return Math.min(left.samples().size(), right.samples().size());
  }

  /**
   * One contender.
   *
   * @param state what goes on where there is no sample
   * @param samples one for each second from the beginning
   */
  public record Side(ContenderKind contender, String state, List<StormSample> samples) {
    public Side {
      samples = List.copyOf(samples);
    }

    /** Null before the first. */
    @Nullable StormSample last() {
      return samples.isEmpty() ? null : samples.get(samples.size() - 1);
    }

    /** Processor time of the coordinator so far, in seconds. */
    double cpuSec() {
      return samples.stream().mapToDouble(StormSample::cpuCores).sum();
    }

    /** Commands done so far. */
    double useful() {
      return samples.stream().mapToDouble(StormSample::goodputPerSec).sum();
    }
  }
}
