package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Connected;
import dev.swarmlog.conformance.v1.Disconnected;
import dev.swarmlog.conformance.v1.Draining;
import dev.swarmlog.conformance.v1.Drifted;
import dev.swarmlog.conformance.v1.Lost;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.util.List;

/** Tells the suite what an agent tells its listener. */
final class SuiteListener implements AgentListener {
  private final int agent;
  private final Suite suite;
  private final Fault fault;

  SuiteListener(int agent, Suite suite, Fault fault) {
    this.agent = agent;
    this.suite = suite;
    this.fault = fault;
  }

  @Override
  public void connected(String sessionId, List<LogPlan> plans) {
    tell(event().setConnected(Connected.newBuilder().setSessionId(sessionId)));
  }

  @Override
  public void disconnected(RetryableException why, Duration retryIn) {
    tell(
        event()
            .setDisconnected(
                Disconnected.newBuilder()
                    .setWhy(FailureForms.of(why))
                    .setRetryInNs(retryIn.toNanos())));
  }

  @Override
  public void refused(TerminalException why) {
    tell(event().setRefused(FailureForms.of(why)));
  }

  @Override
  public void caughtUp(Position position, long received, long ignoredDuplicates) {
    tell(event().setCaughtUp(position));
  }

  @Override
  public void synced(SyncReport report) {
    tell(
        event()
            .setSynced(
                dev.swarmlog.conformance.v1.SyncReport.newBuilder()
                    .setLog(report.log())
                    .setTargetOpId(report.target().getOpId())
                    .setExact(report.exact())
                    .setReceivedCount(report.received())
                    .setPagedCount(report.paged())
                    .setRedundantCount(report.redundant())
                    .setAgrees(report.mismatches().isEmpty())));
  }

  @Override
  public void lost(Log log, List<LostEvents> lost) {
    tell(event().setLost(Lost.newBuilder().setLog(log).addAllLost(lost)));
  }

  @Override
  public void drifted(RepairReport repair) {
    tell(
        event()
            .setDrifted(
                Drifted.newBuilder()
                    .setScope(repair.scope())
                    .addAllKeys(repair.keys())
                    .setEventsDiffered(repair.events())));
  }

  @Override
  public void draining(String reason) {
    tell(event().setDraining(Draining.newBuilder().setReason(reason)));
  }

  @Override
  public void nackAnswered(NackReply reply) {
    tell(event().setNackAnswered(reply));
  }

  @Override
  public void telemetryDropped(long count) {
    tell(event().setTelemetryDropped(count));
  }

  private void tell(AgentEvent.Builder event) {
    suite.tell(fault.told(event));
  }

  private AgentEvent.Builder event() {
    return AgentEvent.newBuilder().setAgent(agent);
  }
}
