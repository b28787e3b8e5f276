package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.deliver.SyncReader;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.SyncRequest;

/** Says whom plans are for, out of what clients send, and states plans as they are told. */
final class SyncPlans {

  private SyncPlans() {}

  /** Whether a client takes syncs with all that belongs to them. */
  static boolean syncs(long capabilities) {
    return (capabilities & Capability.CAPABILITY_SYNC_VALUE) != 0;
  }

  /** Whether a client reports its sums and answers digest queries. */
  static boolean reportsDrift(long capabilities) {
    return (capabilities & Capability.CAPABILITY_DRIFT_VALUE) != 0;
  }

  /** Whom the plan of one log of a session is for. */
  static SyncReader reader(SwarmState swarm, Hello hello, Log log, View view) {
    LogResume resume =
        hello.getResumeList().stream()
            .filter(candidate -> candidate.getPosition().getLog() == log)
            .findFirst()
            .orElse(LogResume.getDefaultInstance());
    boolean syncs = syncs(hello.getCapabilities());
    return new SyncReader(
        swarm, log, view, resume, syncs, syncs && reportsDrift(hello.getCapabilities()));
  }

  /** Whom the plan of a sync without a session is for. */
  static SyncReader reader(SwarmState swarm, SyncRequest request) {
    return new SyncReader(
        swarm,
        request.getResume().getPosition().getLog(),
        view(request),
        request.getResume(),
        syncs(request.getCapabilities()),
        false);
  }

  private static View view(SyncRequest request) {
    return Admission.views(request.getView(), request.getAgent(), request.getRolesList())
        .getOrDefault(request.getResume().getPosition().getLog(), View.nothing());
  }

  /** The scopes a diff is about. */
  static View view(DiffRequest request) {
    return Admission.views(request.getView(), request.getAgent(), request.getRolesList())
        .getOrDefault(request.getLog(), View.nothing());
  }

  /**
   * The plan of one log as it is told.
   *
   * @param eventLog of the swarm's shard: says where the horizon is
   * @param reader whom it is for
   */
  static LogPlan toProto(EventLog eventLog, SyncReader reader, SyncPlan plan) {
    LogPlan.Builder builder =
        LogPlan.newBuilder()
            .setLog(reader.log())
            .setPlan(plan.kind())
            .setReason(plan.reason())
            .setStart(plan.start())
            .setHead(plan.head())
            .setMissingOperations(plan.missing())
            .setHorizonOpId(eventLog.horizonOpId(reader.swarm().name(), reader.log()))
            .setTarget(plan.target())
            .setBaseOpId(plan.bounds().base())
            .setExact(plan.isExact())
            .addAllScopes(plan.view().ascending())
            .addAllLost(plan.amiss().lost())
            .setCompares(plan.compares());
    plan.snapshots().forEach(snapshot -> builder.addSnapshotScopes(snapshot.scope()));
    reader.fork().ifPresent(builder::setFork);
    if (plan.refusal() != null) {
      builder.setStatus(ErrorStatus.of(plan.refusal()));
    }
    return builder.build();
  }
}
