package dev.swarmlog.reliability.faults.load;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.v1.Log;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Producers and agents of several swarms, on one coordinator that comes and goes. One thread drives
 * it.
 */
public final class SwarmLoad {
  private static final long PATIENCE_MS = 60_000;
  private static final int MAX_MESSAGE_BYTES = 16 << 20;

  private final String target;
  private final ManagedChannel channel;
  private final Violations violations;
  private final List<NumberedProducer> producers = new ArrayList<>();
  private final List<ReceivingAgent> agents = new ArrayList<>();
  private final Random random;

  /**
   * Starts nothing yet but the agents.
   *
   * @param folder where agents keep their cursors
   */
  public SwarmLoad(
      String target,
      int swarms,
      int producersPerSwarm,
      int agentsPerSwarm,
      Path folder,
      Random random,
      Violations violations) {
    this.target = target;
    this.random = random;
    this.violations = violations;
    this.channel =
        Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
    for (int s = 0; s < swarms; s++) {
      String swarm = "swarm-" + s;
      for (int p = 0; p < producersPerSwarm; p++) {
        // A producer publishes to one log; the first of each swarm to `control`.
        Log log = p == 0 ? Log.LOG_CONTROL : Log.LOG_MAIN;
        producers.add(
            new NumberedProducer(
                channel,
                swarm,
                (p == 0 ? "control-" : "main-") + p,
                log,
                "agent-0",
                random.nextLong(),
                violations));
      }
      for (int a = 0; a < agentsPerSwarm; a++) {
        agents.add(new ReceivingAgent(target, swarm, "agent-" + a, folder, violations));
      }
    }
  }

  public void start() {
    producers.forEach(NumberedProducer::start);
  }

  /** The coordinator listens again: nobody needs to wait any longer. */
  public void coordinatorIsBack() {
    channel.resetConnectBackoff();
  }

  /** How many groups have been acknowledged. */
  public long acknowledged() {
    return producers.stream().mapToLong(producer -> producer.journal().answered()).sum();
  }

  /** How many groups have been sent and not answered. */
  public long inFlight() {
    return producers.stream()
        .mapToLong(producer -> producer.journal().asked() - producer.journal().answered())
        .sum();
  }

  /** How many answered groups have been sent again. */
  public long askedAgain() {
    return producers.stream().mapToLong(NumberedProducer::askedAgain).sum();
  }

  public List<NumberedProducer> producers() {
    return producers;
  }

  /** Has one of the agents end and come back with the cursor that it left. */
  public void reopenAnAgent() {
    if (!agents.isEmpty()) {
      agents.get(random.nextInt(agents.size())).reopen();
    }
  }

  /** Publishes nothing more, waits until all is answered and applied, and checks all of it. */
  public void finishAndCheck() throws InterruptedException {
    for (NumberedProducer producer : producers) {
      producer.finish(PATIENCE_MS);
    }
    for (ReadLog log : logs(target)) {
      new LogCheck(log, violations).run(answeredIn(log, answered()));
      for (ReceivingAgent agent : agents) {
        if (agent.swarm().equals(log.swarm())) {
          agent.check(log, PATIENCE_MS);
        }
      }
    }
  }

  /** All logs there are at an address. */
  public List<ReadLog> logs(String address) {
    List<ReadLog> logs = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(address)) {
      for (String swarm : producers.stream().map(NumberedProducer::swarm).distinct().toList()) {
        logs.add(ReadLog.read(client, swarm, Log.LOG_CONTROL));
        logs.add(ReadLog.read(client, swarm, Log.LOG_MAIN));
      }
    }
    return logs;
  }

  /** How many groups of each producer have been acknowledged. */
  public Map<NumberedProducer, Long> answered() {
    Map<NumberedProducer, Long> answered = new HashMap<>();
    producers.forEach(producer -> answered.put(producer, producer.journal().answered()));
    return answered;
  }

  /** The same, before a time of {@link System#nanoTime}. */
  public Map<NumberedProducer, Long> answeredBefore(long timeNs) {
    Map<NumberedProducer, Long> answered = new HashMap<>();
    producers.forEach(
        producer -> answered.put(producer, producer.journal().answeredBefore(timeNs)));
    return answered;
  }

  /**
   * Checks the logs at an address, which may be a coordinator's on a copy of what there was before.
   *
   * @param answered what must be there of each producer, at least
   */
  public void check(String address, Map<NumberedProducer, Long> answered) {
    for (ReadLog log : logs(address)) {
      new LogCheck(log, violations).run(answeredIn(log, answered));
    }
  }

  private static Map<NumberedProducer, Long> answeredIn(
      ReadLog log, Map<NumberedProducer, Long> answered) {
    Map<NumberedProducer, Long> ofLog = new HashMap<>(answered);
    ofLog
        .keySet()
        .removeIf(producer -> !producer.swarm().equals(log.swarm()) || producer.log() != log.log());
    return ofLog;
  }

  /** Ends all of it, whatever was answered. */
  public void close() throws InterruptedException {
    producers.forEach(NumberedProducer::abandon);
    agents.forEach(ReceivingAgent::close);
    channel.shutdownNow().awaitTermination(PATIENCE_MS, TimeUnit.MILLISECONDS);
  }
}
