package dev.swarmlog.demo.display;

import dev.swarmlog.bench.storm.StormSample;
import java.io.PrintWriter;

/** A line for each second that both contenders have behind them. For pipes, files and logs. */
final class PlainStormView implements StormView {
  private static final int COLUMNS = 80;
  private static final long MS_PER_SECOND = 1_000;

  private final PrintWriter out;
  private int shown;

  PlainStormView(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void show(StormBoard board) {
    if (shown == 0 && board.elapsed() > 0) {
      out.println(board.workload());
    }
    for (; shown < board.elapsed(); shown++) {
      StormSample left = board.left().samples().get(shown);
      StormSample right = board.right().samples().get(shown);
      out.printf(
          "%s  %s: %s; %s%n",
          Words.time(left.second() * MS_PER_SECOND),
          Words.phase(left),
          standing(left),
          standing(right));
    }
    out.flush();
  }

  private static String standing(StormSample sample) {
    return String.format(
        "%s CPU %.2f s/s, p99 %s ms, %,.0f commands/s",
        sample.contender().key(),
        sample.cpuCores(),
        Words.latencyMs(sample.p99Ms()),
        sample.goodputPerSec());
  }

  /** That of most terminals; in a file it does no harm. */
  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void close() {
    out.flush();
  }
}
