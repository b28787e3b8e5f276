package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.RepairReport;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What an agent was told from one start to the next. Thread-safe. */
final class AgentTold implements AgentListener {
  private final List<LogPlan> plans = new ArrayList<>();
  private final List<LostEvents> lost = new ArrayList<>();
  private final List<SyncReport> syncs = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<RetryableException> disconnections = new ArrayList<>();

  @Override
  public synchronized void connected(String sessionId, List<LogPlan> made) {
    plans.addAll(made);
  }

  @Override
  public synchronized void lost(Log log, List<LostEvents> events) {
    lost.addAll(events);
  }

  @Override
  public synchronized void synced(SyncReport report) {
    syncs.add(report);
  }

  @Override
  public synchronized void drifted(RepairReport repair) {
    wrong.add("drifted: " + repair);
  }

  @Override
  public synchronized void refused(TerminalException why) {
    wrong.add("was refused for good: " + why.getMessage());
  }

  @Override
  public synchronized void disconnected(RetryableException why, Duration retryIn) {
    disconnections.add(why);
  }

  synchronized List<LogPlan> plans() {
    return List.copyOf(plans);
  }

  /** Events that are gone, and that the agent was told of. */
  synchronized List<LostEvents> lost() {
    return List.copyOf(lost);
  }

  synchronized List<SyncReport> syncs() {
    return List.copyOf(syncs);
  }

  /** What must never happen, in words. */
  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized List<RetryableException> disconnections() {
    return List.copyOf(disconnections);
  }
}
