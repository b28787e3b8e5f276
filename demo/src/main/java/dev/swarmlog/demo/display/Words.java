package dev.swarmlog.demo.display;

import dev.swarmlog.bench.storm.StormSample;

/** How numbers and times are said in both views. */
final class Words {
  private Words() {}

  /** Minutes, seconds and tenths. */
  static String time(long ms) {
    return String.format("%02d:%02d.%d", ms / 60_000, ms / 1_000 % 60, ms / 100 % 10);
  }

  static String lags(Board board) {
    return "lag p50/p99 quiet "
        + lag(board.quiet())
        + ", through faults "
        + lag(board.throughFaults());
  }

  static String lag(Board.Lag lag) {
    return lag.samples() == 0 ? "-" : String.format("%s/%s ms", ms(lag.p50Ms()), ms(lag.p99Ms()));
  }

  /** What a second of a storm's run was like. */
  static String phase(StormSample sample) {
    String quiet =
        switch (sample.phase()) {
          case WARM_UP -> "warming up";
          case BEFORE -> "quiet";
          case STORM_FAILING, STORM -> "";
          case AFTER -> "quiet again";
        };
    String storm =
        sample.storming() ? (sample.failing() ? "storm, handlers fail too" : "storm") : "";
    return quiet.isEmpty() || storm.isEmpty() ? quiet + storm : quiet + ", " + storm;
  }

  /** Of something that took time; 0 says that nothing was done. */
  static String latencyMs(double ms) {
    return ms <= 0 ? "-" : ms(ms);
  }

  static String ms(double ms) {
    return ms < 10 ? String.format("%.1f", ms) : String.format("%,.0f", ms);
  }
}
