package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Limits;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.TelemetryDelivery;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * The newest telemetry of each swarm that somebody reads, shared by its readers.
 *
 * <p>The telemetry writer appends; any thread opens lanes. A swarm nobody reads has no tail.
 */
@Singleton
public final class TelemetryTails {

  private final Limits limits;
  private final Map<String, TelemetryTail> tails = new ConcurrentHashMap<>();

  @Inject
  public TelemetryTails(Limits limits) {
    this.limits = limits;
  }

  /** Hands out what was appended. Telemetry writer thread. */
  public void appended(String swarm, List<StoredOperation> operations) {
    TelemetryTail tail = tails.get(swarm);
    if (tail != null) {
      tail.append(operations).forEach(TelemetryLane::wake);
    }
  }

  /**
   * Opens a lane; it is given what comes from now on.
   *
   * @param executor serial
   * @param isReady whether the reader's window is open
   * @param sink on the executor
   */
  public TelemetryLane open(
      String swarm,
      View view,
      Executor executor,
      BooleanSupplier isReady,
      Consumer<TelemetryDelivery> sink) {
    TelemetryLane[] opened = new TelemetryLane[1];
    tails.compute(
        swarm,
        (name, existing) -> {
          TelemetryTail tail =
              existing != null
                  ? existing
                  : new TelemetryTail(
                      limits.maxTelemetryRecordsPerReader(), limits.maxTelemetryBytesPerReader());
          opened[0] =
              new TelemetryLane(
                  tail,
                  view,
                  executor,
                  isReady,
                  sink,
                  limits.maxDeliveryBytes(),
                  lane -> close(swarm, lane));
          tail.add(opened[0]);
          return tail;
        });
    return opened[0];
  }

  private void close(String swarm, TelemetryLane lane) {
    tails.computeIfPresent(swarm, (name, tail) -> tail.remove(lane) ? tail : null);
  }
}
