package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import java.util.BitSet;

/**
 * A producer of a log that a repair cuts: which of its numbers are left. Its epoch goes on behind
 * the last number up to which none is missing, and so its publisher finds out how many of the
 * groups that were acknowledged are lost.
 *
 * <p>Of numbers that left the {@linkplain EventLog#DEDUPE_WINDOW window} of those that are
 * remembered nothing says whether their operations were cut off. If all of a full window were, the
 * epoch goes on from its beginning: rather too much is called lost than too little.
 *
 * <p>Owned by one thread.
 */
final class CutProducer {
  private final long epoch;
  private final long lastNumber;

  /** Less than the lowest number of the window. */
  private final long belowWindow;

  /** By their distance from {@link #belowWindow}. */
  private final BitSet kept = new BitSet();

  private CutProducer(long epoch, long lastNumber) {
    this.epoch = epoch;
    this.lastNumber = lastNumber;
    this.belowWindow = Math.max(0, lastNumber - EventLog.DEDUPE_WINDOW);
  }

  /** Of the row that the damaged store has. */
  static CutProducer of(byte[] row) {
    return new CutProducer(Bytes.getLong(row, 0), Bytes.getLong(row, Long.BYTES));
  }

  /** An answer of it stays. */
  void keeps(Answer answer) {
    long number = answer.number();
    if (answer.producerEpoch() == epoch && number > belowWindow && number <= lastNumber) {
      kept.set((int) (number - belowWindow));
    }
  }

  /** The row that takes the place of the damaged store's. */
  byte[] toRow() {
    int inWindow = kept.nextClearBit(1) - 1;
    long goesOnBehind = inWindow == 0 ? 0 : belowWindow + inWindow;
    return new KeyBuilder(2 * Long.BYTES).u64(epoch).u64(goesOnBehind).toBytes();
  }
}
