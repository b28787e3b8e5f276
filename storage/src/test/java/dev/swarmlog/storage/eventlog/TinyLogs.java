package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;

import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;

/**
 * All short logs over two keys and up to three values. Values are only compared, so of logs that
 * differ in the names of their values only, one is made, and counted as often as there are names.
 */
final class TinyLogs {

  static final String[] KEYS = {"x", "y"};
  static final String[] VALUES = {"a", "b", "c"};

  /**
   * One log.
   *
   * @param valueCount how many different values it has
   */
  record TinyLog(List<PublishRecord> records, int valueCount) {

    /** How many logs there are that differ from this one in the names of values only. */
    int standsFor(int names) {
      int count = 1;
      for (int i = 0; i < valueCount; i++) {
        count *= names - i;
      }
      return count;
    }
  }

  private final int maxLength;
  private final int maxValues;
  private final boolean withEvents;
  private final List<TinyLog> logs = new ArrayList<>();

  private TinyLogs(int maxLength, int maxValues, boolean withEvents) {
    this.maxLength = maxLength;
    this.maxValues = maxValues;
    this.withEvents = withEvents;
  }

  /** Logs of one operation and more. */
  static List<TinyLog> upTo(int maxLength, int maxValues, boolean withEvents) {
    TinyLogs tiny = new TinyLogs(maxLength, maxValues, withEvents);
    tiny.grow(new TinyLog(List.of(), 0));
    return tiny.logs;
  }

  private void grow(TinyLog log) {
    if (!log.records.isEmpty()) {
      logs.add(log);
    }
    if (log.records.size() == maxLength) {
      return;
    }
    for (String key : KEYS) {
      grow(log, tombstone(Topic.TOPIC_RECONCILIATION, ALL, key), log.valueCount);
      for (int i = 0; i < Math.min(log.valueCount + 1, maxValues); i++) {
        grow(log, keyed(key, VALUES[i]), Math.max(log.valueCount, i + 1));
      }
    }
    if (withEvents) {
      grow(log, event("e"), log.valueCount);
    }
  }

  private void grow(TinyLog log, PublishRecord record, int valueCount) {
    List<PublishRecord> records = new ArrayList<>(log.records);
    records.add(record);
    grow(new TinyLog(records, valueCount));
  }
}
