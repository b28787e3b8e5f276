package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Every operation of a swarm's logs, as they lay at the coordinator before any was compacted. Used
 * by one thread, which reads before it has a log compacted.
 */
final class LogMirror {
  private final String target;
  private final String swarm;
  private final Map<Log, List<Operation>> logs = new EnumMap<>(Log.class);
  private final List<String> findings = new ArrayList<>();
  private final List<Long> horizons = new ArrayList<>();

  LogMirror(String target, String swarm) {
    this.target = target;
    this.swarm = swarm;
    logs.put(Log.LOG_CONTROL, new ArrayList<>());
    logs.put(Log.LOG_MAIN, new ArrayList<>());
  }

  /** Reads what has come since the last time. */
  void read() {
    try (SwarmClient client = SwarmClient.connect(target)) {
      logs.forEach((log, known) -> read(client, log, known));
    }
  }

  private void read(SwarmClient client, Log log, List<Operation> known) {
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(log)
            .setAfterOpId(known.size())
            .setStopAtHead(true)
            .build();
    try (FrameStream<TailResponse> frames = client.tail(request)) {
      while (frames.hasNext()) {
        for (Operation operation : frames.next().getDelivery().getOperationsList()) {
          if (operation.getOpId() != known.size() + 1) {
            findings.add(
                "Expected operation %d in %s, but got %d"
                    .formatted(known.size() + 1, log, operation.getOpId()));
          }
          known.add(operation);
        }
      }
    }
  }

  /** Has everything compacted that was read of main. */
  void compact() {
    long upTo = logs.get(Log.LOG_MAIN).size();
    if (upTo > 0) {
      try (SwarmClient client = SwarmClient.connect(target)) {
        CompactSwarmResponse step;
        do {
          step = client.compactSwarm(swarm, Log.LOG_MAIN, upTo);
          horizons.add(step.getHorizonOpId());
        } while (!step.getComplete());
      }
    }
  }

  /** Where the horizon of main has been, ascending. */
  List<Long> horizons() {
    return Collections.unmodifiableList(horizons);
  }

  List<Operation> main() {
    return Collections.unmodifiableList(logs.get(Log.LOG_MAIN));
  }

  Map<Log, List<Operation>> logs() {
    return Collections.unmodifiableMap(logs);
  }

  /** Operation IDs that do not follow each other, in words. */
  List<String> findings() {
    return findings;
  }
}
