package dev.swarmlog.demo.display;

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

  private static String ms(double ms) {
    return ms < 10 ? String.format("%.1f", ms) : String.format("%,.0f", ms);
  }
}
