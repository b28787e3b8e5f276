package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * Authorization by a table that names, for every RPC, the grant it needs. An RPC without a row is
 * denied.
 *
 * <p>Every identified principal holds every grant today, but for the console, which may only look
 * on: who holds which is part of the identities to come. Immutable.
 */
@Singleton
final class GrantTable implements Authorization {

  private static final Map<String, Grant> GRANTS =
      Map.ofEntries(
          Map.entry("swarmlog.v1.SessionService/Control", Grant.RECEIVE),
          Map.entry("swarmlog.v1.SessionService/Data", Grant.RECEIVE),
          Map.entry("swarmlog.v1.PublishService/Publish", Grant.PUBLISH),
          Map.entry("swarmlog.v1.PublishService/PublishStream", Grant.PUBLISH),
          Map.entry("swarmlog.v1.PublishService/Telemetry", Grant.PUBLISH),
          Map.entry("swarmlog.v1.SyncService/Sync", Grant.RECEIVE),
          Map.entry("swarmlog.v1.SyncService/PlanSync", Grant.RECEIVE),
          Map.entry("swarmlog.v1.SyncService/Diff", Grant.RECEIVE),
          Map.entry("swarmlog.v1.ObservationService/Tail", Grant.OBSERVE),
          Map.entry("swarmlog.v1.ObservationService/GetOperationLife", Grant.OBSERVE),
          Map.entry("swarmlog.v1.ObservationService/GetOverview", Grant.OBSERVE),
          Map.entry("swarmlog.v1.ObservationService/ListBacklogs", Grant.OBSERVE),
          Map.entry("swarmlog.v1.DriftService/ListDrift", Grant.OBSERVE),
          Map.entry("swarmlog.v1.DriftService/CompareAgents", Grant.OBSERVE),
          Map.entry("swarmlog.v1.DriftService/ReleaseAgent", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.ParkingService/ListParked", Grant.OBSERVE),
          Map.entry("swarmlog.v1.ParkingService/GetParked", Grant.OBSERVE),
          Map.entry("swarmlog.v1.ParkingService/ReplayParked", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.ParkingService/PurgeParked", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.AdministrationService/CreateSwarm", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.AdministrationService/CompactSwarm", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.AdministrationService/SetRateLimits", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.AdministrationService/SetLogLevel", Grant.ADMINISTER),
          Map.entry("swarmlog.v1.AdministrationService/ListSwarms", Grant.OBSERVE),
          Map.entry("swarmlog.v1.AdministrationService/GetSwarm", Grant.OBSERVE),
          Map.entry("swarmlog.v1.AdministrationService/ListAgents", Grant.OBSERVE),
          Map.entry("swarmlog.v1.AdministrationService/GetStatus", Grant.OBSERVE),
          Map.entry("grpc.health.v1.Health/Check", Grant.ANYONE),
          Map.entry("grpc.health.v1.Health/Watch", Grant.ANYONE),
          Map.entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Grant.OBSERVE));

  @Inject
  GrantTable() {}

  /** The grant an RPC needs; empty if it has no row. */
  static Optional<Grant> grantFor(String fullMethodName) {
    return Optional.ofNullable(GRANTS.get(fullMethodName));
  }

  /** Every RPC that has a row. */
  static Set<String> methods() {
    return GRANTS.keySet();
  }

  @Override
  public Optional<Refusal> refusal(Optional<Principal> principal, String fullMethodName) {
    Grant grant = GRANTS.get(fullMethodName);
    if (grant == null) {
      return Optional.of(
          Refusal.of(
              ErrorReason.ERROR_REASON_PERMISSION_DENIED,
              "Expected an RPC that a grant covers, but %s has none".formatted(fullMethodName),
              Map.of("method", fullMethodName)));
    }
    if (grant != Grant.ANYONE && principal.isEmpty()) {
      return Optional.of(
          Refusal.of(
              ErrorReason.ERROR_REASON_UNAUTHENTICATED,
              "Expected a client certificate with exactly one URI subject alternative name, but the connection"
                  + " presented none",
              Map.of("method", fullMethodName)));
    }
    boolean looksOn = grant == Grant.OBSERVE || grant == Grant.ANYONE;
    if (!looksOn && principal.filter(Principal.CONSOLE::equals).isPresent()) {
      return Optional.of(
          Refusal.of(
              ErrorReason.ERROR_REASON_PERMISSION_DENIED,
              "Expected the console to look on only, but it called %s".formatted(fullMethodName),
              Map.of("method", fullMethodName)));
    }
    return Optional.empty();
  }
}
