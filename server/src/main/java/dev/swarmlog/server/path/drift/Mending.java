package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.ScopeSums;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sends an agent what it should hold, in repairs of bounded size. Belongs to the lane's serial
 * executor.
 */
final class Mending {

  private final Watched watched;
  private final LaneWork work;
  private final int maxBytes;
  private long lastRepairId;

  /**
   * @param maxBytes of a repair, unless a single operation is larger
   */
  Mending(Watched watched, LaneWork work, int maxBytes) {
    this.watched = watched;
    this.work = work;
    this.maxBytes = maxBytes;
  }

  /** Of the last repair that was sent; 0 if none was. */
  long lastRepairId() {
    return lastRepairId;
  }

  /** Sends the keys that differ. */
  void sendKeys(Incident incident, List<Difference> differing, Runnable sent) {
    sendNext(
        incident, new RepairReading(watched.swarm(), incident.scope(), differing, maxBytes), sent);
  }

  /** Sends all keys of the scope. */
  void sendScope(Incident incident, Runnable sent) {
    sendKeys(incident, List.of(new Difference(KeyInterval.ALL, null, ByteString.EMPTY)), sent);
  }

  /** Tells which events the agent should have seen. */
  void tellEvents(Incident incident, Runnable sent) {
    work.insert(
        (eventLog, at) -> {
          Repair repair =
              Repair.newBuilder()
                  .setGoodOpId(incident.goodOpId())
                  .setEvents(sums(eventLog, at, incident))
                  .build();
          return () -> {
            send(incident, repair);
            sent.run();
          };
        });
  }

  private ScopeSums sums(EventLog eventLog, Position at, Incident incident) {
    return eventLog
        .sums(watched.swarm(), at.getLog(), View.of(Set.of(incident.scope())), at.getOpId())
        .stream()
        .findFirst()
        .orElse(ScopeSums.newBuilder().setScope(incident.scope()).build());
  }

  private void sendNext(Incident incident, RepairReading reading, Runnable sent) {
    work.insert(
        (eventLog, at) -> {
          Repair repair = reading.next(eventLog, at, incident);
          return () -> {
            send(incident, repair);
            if (reading.isDone()) {
              sent.run();
            } else {
              sendNext(incident, reading, sent);
            }
          };
        });
  }

  private void send(Incident incident, Repair unnumbered) {
    lastRepairId++;
    Map<String, String> traced = incident.trace().fields();
    Repair repair =
        unnumbered.toBuilder()
            .setRepairId(lastRepairId)
            .setTraceparent(traced.getOrDefault("traceparent", ""))
            .setTracestate(traced.getOrDefault("tracestate", ""))
            .build();
    incident.message(repair.getSerializedSize());
    watched.sink().repair(repair);
    watched.meter().repaired(repair.getSerializedSize());
  }
}
