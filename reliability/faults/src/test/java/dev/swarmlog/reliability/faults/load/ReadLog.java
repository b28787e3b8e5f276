package dev.swarmlog.reliability.faults.load;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One log of a swarm, read from its first operation to its head.
 *
 * @param hashes running hashes at the operations where a frame ended
 */
public record ReadLog(
    String swarm, Log log, List<Operation> operations, Map<Long, ByteString> hashes) {

  /** Reads it; {@code log} is LOG_MAIN or LOG_CONTROL. */
  public static ReadLog read(SwarmClient client, String swarm, Log log) {
    List<Operation> operations = new ArrayList<>();
    Map<Long, ByteString> hashes = new HashMap<>();
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(log)
            .setAfterOpId(0)
            .setStopAtHead(true)
            .build();
    if (client.listSwarms().stream().noneMatch(known -> known.getName().equals(swarm))) {
      // As good as empty: whether that may be, the check knows.
      return new ReadLog(swarm, log, operations, hashes);
    }
    try (FrameStream<TailResponse> frames = client.tail(request)) {
      while (frames.hasNext()) {
        Delivery delivery = frames.next().getDelivery();
        operations.addAll(delivery.getOperationsList());
        if (delivery.hasTo()) {
          hashes.put(delivery.getTo().getOpId(), delivery.getTo().getRunningHash());
        }
      }
    }
    return new ReadLog(swarm, log, operations, hashes);
  }
}
