package dev.swarmlog.server.path.drift;

import dev.swarmlog.otel.trace.TaskTrace;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Scope;
import java.util.Set;
import java.util.TreeSet;

/**
 * One drift of one scope of one agent, from when it was found until it is healed. Safe for use by
 * several threads.
 */
final class Incident {

  /** Keys named in a report. */
  static final int MAX_KEYS = 100;

  /** Characters of those together; so many at least are there for one that is as long as may be. */
  static final int MAX_KEY_CHARS = 4_096;

  private final DriftReport.Builder report;
  private final Set<String> keys = new TreeSet<>();
  private int keyChars;
  private int attempts;
  private TaskTrace trace = TaskTrace.NONE;

  Incident(String agent, Scope scope, What what, long goodOpId, long foundOpId, long unixNs) {
    this.report =
        DriftReport.newBuilder()
            .setAgent(agent)
            .setScope(scope)
            .setWhat(what)
            .setGoodOpId(goodOpId)
            .setFoundOpId(foundOpId)
            .setFoundUnixNano(unixNs)
            .setHealing(Healing.HEALING_STARTED);
  }

  /** One that was reported, and is over. */
  Incident(DriftReport reported) {
    this.report = reported.toBuilder().clearKeys();
    this.keys.addAll(reported.getKeysList());
  }

  synchronized Scope scope() {
    return report.getScope();
  }

  synchronized What what() {
    return report.getWhat();
  }

  synchronized long goodOpId() {
    return report.getGoodOpId();
  }

  synchronized void traced(TaskTrace begun) {
    trace = begun;
  }

  synchronized TaskTrace trace() {
    return trace;
  }

  /** How often it was tried to heal it, this time included. */
  synchronized int attempt() {
    keys.clear();
    keyChars = 0;
    report.clearDifferingKeysCount();
    return ++attempts;
  }

  synchronized void times(int times) {
    report.setTimes(times);
  }

  synchronized int times() {
    return report.getTimes();
  }

  /** A frame was sent or received. */
  synchronized void message(int bytes) {
    report.setMessagesCount(report.getMessagesCount() + 1);
    report.setBytes(report.getBytes() + bytes);
  }

  /** A key differed. */
  synchronized void differed(String key) {
    report.setDifferingKeysCount(report.getDifferingKeysCount() + 1);
    if (keys.size() < MAX_KEYS && keyChars + key.length() <= MAX_KEY_CHARS && keys.add(key)) {
      keyChars += key.length();
    }
  }

  synchronized void healing(Healing healing) {
    report.setHealing(healing);
  }

  synchronized void healed(long opId) {
    report.setHealedOpId(opId);
  }

  synchronized Healing healing() {
    return report.getHealing();
  }

  /** As it is now. */
  synchronized DriftReport report() {
    return report.clone().addAllKeys(keys).build();
  }
}
