package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.server.path.deliver.SyncMeasurement;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.SyncRequest;
import java.util.Set;

/** Asks for plans on behalf of clients, and states them as they are told. */
final class SyncPlans {

  private SyncPlans() {}

  /** Whether a client takes syncs with all that belongs to them. */
  static boolean syncs(long capabilities) {
    return (capabilities & Capability.CAPABILITY_SYNC_VALUE) != 0;
  }

  /** The plan of one log of a session. */
  static SyncPlan plan(Deliveries deliveries, SwarmState swarm, Hello hello, Log log, View view) {
    LogResume resume =
        hello.getResumeList().stream()
            .filter(candidate -> candidate.getPosition().getLog() == log)
            .findFirst()
            .orElse(LogResume.getDefaultInstance());
    return syncs(hello.getCapabilities())
        ? deliveries.planSync(swarm, log, view, resume)
        : deliveries.planReplay(swarm, log, view, resume.getPosition());
  }

  /** The plan of a sync without a session. */
  static SyncPlan plan(Deliveries deliveries, SwarmState swarm, SyncRequest request) {
    Log log = request.getResume().getPosition().getLog();
    View view = view(request);
    return syncs(request.getCapabilities())
        ? deliveries.planSync(swarm, log, view, request.getResume())
        : deliveries.planReplay(swarm, log, view, request.getResume().getPosition());
  }

  /** The plan of a sync without a session, to be measured. */
  static SyncMeasurement measure(
      Deliveries deliveries, SwarmState swarm, SyncRequest request, int maxElisions) {
    return deliveries.measureSync(
        swarm,
        request.getResume().getPosition().getLog(),
        view(request),
        request.getResume(),
        syncs(request.getCapabilities()),
        maxElisions);
  }

  private static View view(SyncRequest request) {
    return Admission.views(request.getView(), request.getAgent(), request.getRolesList())
        .getOrDefault(request.getResume().getPosition().getLog(), View.of(Set.of()));
  }

  /** The scopes a diff is about. */
  static View view(DiffRequest request) {
    return Admission.views(request.getView(), request.getAgent(), request.getRolesList())
        .getOrDefault(request.getLog(), View.of(Set.of()));
  }

  /** The plan of one log as it is told. */
  static LogPlan toProto(Log log, SyncPlan plan) {
    LogPlan.Builder builder =
        LogPlan.newBuilder()
            .setLog(log)
            .setPlan(plan.kind())
            .setReason(plan.reason())
            .setStart(plan.start())
            .setHead(plan.head())
            .setMissingOperations(plan.missing())
            .setTarget(plan.target())
            .setBaseOpId(plan.bounds().base())
            .setExact(plan.isExact())
            .addAllScopes(plan.view().ascending());
    plan.snapshots().forEach(snapshot -> builder.addSnapshotScopes(snapshot.scope()));
    if (plan.refusal() != null) {
      builder.setStatus(ErrorStatus.of(plan.refusal()));
    }
    return builder.build();
  }
}
