package dev.swarmlog.reliability.faults.power;

import java.util.Map;
import java.util.TreeMap;

/** How often the power went, and when. Any thread may add. */
final class PowerTally {
  private final Map<String, Integer> byTime = new TreeMap<>();
  private final Map<String, Integer> byKind = new TreeMap<>();
  private int losses;
  private int falseAlarms;

  synchronized void lost(String when, PowerLoss loss) {
    losses++;
    byTime.merge(when, 1, Integer::sum);
    byKind.merge(loss.toString(), 1, Integer::sum);
  }

  /**
   * One that ADR 0010 accepts: garbage behind what was acknowledged, and the store refused to open.
   */
  synchronized void falseAlarm() {
    falseAlarms++;
  }

  synchronized int losses() {
    return losses;
  }

  @Override
  public synchronized String toString() {
    return "%,d losses of power %s, %d refused as ADR 0010 accepts it; %s"
        .formatted(losses, byTime, falseAlarms, byKind);
  }
}
