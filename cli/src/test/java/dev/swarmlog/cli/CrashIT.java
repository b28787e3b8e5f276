package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL under load, again and again: nothing acknowledged is lost, nothing is there twice or out
 * of order, and every agent applies all of it exactly once. The seed is printed; {@code
 * -Dcrash.seed=…} runs it again, {@code -Dcrash.cycles=…} runs more cycles.
 */
class CrashIT {

  private static final int CYCLES = Integer.getInteger("crash.cycles", 10);
  private static final int SWARMS = 2;
  private static final int PUBLISHERS = 2;
  private static final int AGENTS = 2;
  private static final int MIN_ACKS_PER_CYCLE = 200;
  private static final int ACKS_PER_CYCLE_SPREAD = 1_500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Installation installation = Installation.built();
  private final AtomicBoolean publishing = new AtomicBoolean(true);
  private final AtomicLong acks = new AtomicLong();

  @TempDir private Path folder;

  @Test
  void shouldKeepEveryAcknowledgedOperationOnceAndInOrderThroughSigkill() throws Exception {
    // given
    long seed = Long.getLong("crash.seed", System.nanoTime());
    System.out.println("crash.seed " + seed);
    Random random = new Random(seed);
    Path data = folder.resolve("data");
    Coordinator coordinator = Coordinator.start(installation, data);
    int port = coordinator.port();
    String target = coordinator.target();
    List<Sender> senders = new ArrayList<>();
    List<Receiver> receivers = new ArrayList<>();
    for (int s = 0; s < SWARMS; s++) {
      for (int p = 0; p < PUBLISHERS; p++) {
        senders.add(new Sender(target, "swarm-" + s, "publisher-" + p));
      }
      for (int a = 0; a < AGENTS; a++) {
        receivers.add(new Receiver(target, "swarm-" + s, "agent-" + a));
      }
    }
    senders.forEach(Sender::start);

    // when
    long inFlightAtKills = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      long enough = acks.get() + MIN_ACKS_PER_CYCLE + random.nextInt(ACKS_PER_CYCLE_SPREAD);
      await().atMost(PATIENCE).until(() -> acks.get() >= enough);
      inFlightAtKills += senders.stream().mapToInt(sender -> sender.publisher.pending()).sum();
      coordinator.kill();
      coordinator = Coordinator.startOn(installation, port, data);
    }
    publishing.set(false);
    for (Sender sender : senders) {
      sender.finish();
    }

    // then
    System.out.printf(
        "%d kills, %d operations acknowledged, %d in flight at the kills%n",
        CYCLES, acks.get(), inFlightAtKills);
    assertThat(inFlightAtKills).as("operations in flight when it was killed").isPositive();
    for (int s = 0; s < SWARMS; s++) {
      String swarm = "swarm-" + s;
      List<Operation> log = readAll(target, swarm);
      verifyLog(log, senders.stream().filter(sender -> sender.swarm.equals(swarm)).toList());
      for (Receiver receiver : receivers) {
        if (receiver.swarm.equals(swarm)) {
          receiver.verify(log);
        }
      }
    }
    for (Receiver receiver : receivers) {
      receiver.agent.close();
    }
    coordinator.close();
  }

  private static void verifyLog(List<Operation> log, List<Sender> senders) {
    Map<String, Long> next = new TreeMap<>();
    for (int i = 0; i < log.size(); i++) {
      Operation operation = log.get(i);
      assertThat(operation.getOpId()).as("dense").isEqualTo(i + 1L);
      String publisher = operation.getPublisher();
      // Neither lost, nor twice, nor out of order: the numbers of each publisher are 0, 1, 2 ...
      long number = Long.parseLong(operation.getPayload().getData().toStringUtf8());
      assertThat(number).as("number from " + publisher).isEqualTo(next.getOrDefault(publisher, 0L));
      next.put(publisher, number + 1);
    }
    for (Sender sender : senders) {
      assertThat(next.get(sender.name)).as("published by " + sender.name).isEqualTo(sender.sent);
      assertThat(sender.acknowledged).hasSize(Math.toIntExact(sender.sent));
      sender.acknowledged.forEach(
          (number, position) -> {
            Operation operation = log.get(Math.toIntExact(position.getOpId() - 1));
            assertThat(operation.getPublisher()).isEqualTo(sender.name);
            assertThat(operation.getPayload().getData().toStringUtf8())
                .as("at the position acknowledged")
                .isEqualTo(Long.toString(number));
          });
    }
  }

  private static List<Operation> readAll(String target, String swarm) {
    List<Operation> operations = new ArrayList<>();
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm(swarm)
            .setLog(Log.LOG_MAIN)
            .setAfterOpId(0)
            .setStopAtHead(true)
            .build();
    try (SwarmClient client = SwarmClient.connect(target);
        FrameStream<TailResponse> frames = client.tail(request)) {
      while (frames.hasNext()) {
        operations.addAll(frames.next().getDelivery().getOperationsList());
      }
    }
    return operations;
  }

  /** Publishes numbers as fast as they are taken, and keeps the journal of acknowledgements. */
  private final class Sender {

    private final String swarm;
    private final String name;
    private final SwarmPublisher publisher;
    private final Thread thread;
    private final Map<Long, Position> acknowledged = new ConcurrentHashMap<>();
    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    private volatile long sent;

    Sender(String target, String swarm, String name) {
      this.swarm = swarm;
      this.name = name;
      this.publisher =
          SwarmPublisher.builder(target, swarm, name)
              .overflow(Overflow.BLOCK)
              .maxQueued(200, 1 << 20)
              .start();
      this.thread = new Thread(this::publish, swarm + "/" + name);
    }

    void start() {
      thread.start();
    }

    private void publish() {
      while (publishing.get()) {
        long number = sent;
        sent = number + 1;
        var unused =
            publisher
                .publish(
                    Publication.event(
                        Topic.TOPIC_COMMANDS,
                        Targets.all(),
                        Payloads.bytes(
                            "number",
                            "text/plain",
                            ByteString.copyFromUtf8(Long.toString(number)))))
                .whenComplete(
                    (position, thrown) -> {
                      if (position == null) {
                        failures.add(thrown);
                      } else {
                        acknowledged.put(number, position);
                        acks.incrementAndGet();
                      }
                    });
      }
    }

    void finish() throws InterruptedException {
      thread.join();
      publisher.close(PATIENCE);
      assertThat(failures).as("refused or given up").isEmpty();
    }
  }

  /** Applies what it is handed and keeps the order it came in. */
  private final class Receiver {

    private final String swarm;
    private final SwarmAgent agent;
    private final List<Long> applied = Collections.synchronizedList(new ArrayList<>());

    Receiver(String target, String swarm, String name) {
      this.swarm = swarm;
      this.agent =
          SwarmAgent.builder(target, swarm, name)
              .topics(Topic.TOPIC_COMMANDS)
              .cursorStore(CursorStore.onDisk(folder.resolve(swarm + "-" + name)))
              .onBatch(this::apply)
              .start();
    }

    private void apply(Batch batch) {
      batch.operations().forEach(operation -> applied.add(operation.getOpId()));
    }

    void verify(List<Operation> log) {
      await().atMost(PATIENCE).until(() -> applied.size() >= log.size());
      assertThat(applied).isEqualTo(log.stream().map(Operation::getOpId).toList());
    }
  }
}
