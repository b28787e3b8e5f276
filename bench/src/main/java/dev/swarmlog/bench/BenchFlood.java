package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.GroupPosition;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A flood in a process of its own, so that those it is measured against share no thread with it but
 * the coordinator's: publishers, and the agents their operations are for. It does what its standard
 * input says, until that ends.
 */
public final class BenchFlood {

  /** Begins to flood. */
  static final String FLOOD = "flood";

  /** Ends the flood; the answer is how many operations were acknowledged since it began. */
  static final String REST = "rest";

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

  /** Of a publisher: what the coordinator allows. */
  private static final int MAX_IN_FLIGHT = 1_000;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final List<SwarmPublisher> publishers;
  private final Target target;
  private final byte[] filling;
  private final long ratePerSecond;
  private final int maxInFlight;
  private final Semaphore room;
  private final LongAdder acknowledged = new LongAdder();
  private volatile boolean flooding;

  private BenchFlood(
      List<SwarmPublisher> publishers, Target target, int bytes, long ratePerSecond) {
    this.publishers = publishers;
    this.maxInFlight = MAX_IN_FLIGHT * publishers.size();
    this.room = new Semaphore(maxInFlight);
    this.target = target;
    this.filling = new byte[bytes];
    this.ratePerSecond = ratePerSecond;
  }

  /**
   * @param args the coordinator; the swarm; the agent that all is for, or empty for all; how many
   *     agents if so; bytes of a payload; operations per second at most; how many publishers
   */
  public static void main(String[] args) throws Exception {
    List<SwarmAgent> agents = new ArrayList<>();
    boolean forAll = args[2].isEmpty();
    for (int i = 0; i < (forAll ? Integer.parseInt(args[3]) : 1); i++) {
      agents.add(
          SwarmAgent.builder(args[0], args[1], forAll ? "flooded-" + i : args[2])
              .topics(Topic.TOPIC_COMMANDS)
              .onBatch(batch -> {})
              .start());
    }
    for (SwarmAgent agent : agents) {
      agent.awaitCaughtUp(CONNECT_TIMEOUT);
    }
    List<SwarmPublisher> publishers = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(args[6]); i++) {
      publishers.add(
          SwarmPublisher.builder(args[0], args[1], "flood-" + i).overflow(Overflow.BLOCK).start());
    }
    new BenchFlood(
            publishers,
            forAll ? Targets.all() : Targets.agent(args[2]),
            Integer.parseInt(args[4]),
            Long.parseLong(args[5]))
        .obey();
    publishers.forEach(SwarmPublisher::close);
    agents.forEach(SwarmAgent::close);
  }

  private void obey() throws IOException, InterruptedException {
    System.out.println(ToldProcess.READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Thread thread = new Thread(this::flood);
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals(FLOOD)) {
        flooding = true;
        thread = new Thread(this::flood);
        thread.start();
      } else if (line.equals(REST)) {
        long before = acknowledged.sumThenReset();
        flooding = false;
        thread.join();
        room.acquire(maxInFlight);
        room.release(maxInFlight);
        acknowledged.reset();
        System.out.println(before);
      }
    }
    flooding = false;
    thread.join();
  }

  private void flood() {
    long beganNs = System.nanoTime();
    long number = 0;
    while (flooding) {
      long leftNs = beganNs + number * NANOS_PER_SECOND / ratePerSecond - System.nanoTime();
      if (leftNs > 0) {
        LockSupport.parkNanos(this, leftNs);
      } else if (tryAcquire()) {
        publish(number++);
      }
    }
  }

  private boolean tryAcquire() {
    try {
      return room.tryAcquire(10, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void publish(long number) {
    ByteString data = Stamp.payload(filling, number, System.nanoTime());
    var unused =
        publishers
            .get((int) (number % publishers.size()))
            .publishGroup(
                List.of(
                    Publication.event(
                        Topic.TOPIC_COMMANDS,
                        target,
                        Payloads.bytes("bench", "application/octet-stream", data))))
            .whenComplete(this::answered);
  }

  private void answered(GroupPosition position, Throwable thrown) {
    room.release();
    if (thrown == null) {
      acknowledged.increment();
    }
  }
}
