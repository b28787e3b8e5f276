package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.bug.SeededBug;
import dev.swarmlog.reliability.history.History;
import dev.swarmlog.reliability.history.Recorder;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.Position;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One history of a real coordinator: some clients at the same time, a wire that is cut, a
 * coordinator that ends and starts again. At the end somebody reads everything.
 *
 * <p>The seed decides what clients do and what goes wrong after how many calls, not how threads
 * interleave.
 */
final class ConcurrentHistory {

  static final String SWARM = "hive";

  private static final int CLIENTS = 4;
  private static final int STEPS_PER_CLIENT = 14;
  private static final int PATIENCE_SECONDS = 60;
  private static final long TAGS_PER_CLIENT = 1_000_000;
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final List<String> SCOPES =
      List.of(Contents.ALL_SCOPE, Contents.AGENT_SCOPE, Contents.ROLE_SCOPE);

  private final long seed;
  private final Machine machine;
  private final Recorder recorder = new Recorder(SWARM + "/main");
  private final Semaphore steps = new Semaphore(0);

  /** What goes wrong how often: nothing but cuts, or ends of the coordinator too. */
  private final int ends;

  /** How the coordinator may end. */
  private final List<Machine.End> how;

  private ConcurrentHistory(long seed, Machine machine, int ends, List<Machine.End> how) {
    this.seed = seed;
    this.machine = machine;
    this.ends = ends;
    this.how = how;
  }

  /**
   * Runs one.
   *
   * @param directory where the store lies; empty for memory
   * @param ends how often the coordinator ends and starts again
   * @param how it may end
   */
  static History run(
      long seed, Optional<Path> directory, Optional<SeededBug> bug, int ends, List<Machine.End> how)
      throws Exception {
    try (Machine machine = new Machine(directory, bug)) {
      return new ConcurrentHistory(seed, machine, ends, how).run();
    }
  }

  private History run() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try (Wire wire = new Wire()) {
      wire.leadTo(machine.start());
      createSwarm(wire);
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        clients.add(
            threads.submit(
                () -> {
                  act(client, wire);
                  return null;
                }));
      }
      goWrong(wire);
      for (Future<?> client : clients) {
        client.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      readAll(wire);
    } finally {
      threads.shutdownNow();
    }
    return recorder.history();
  }

  private static void createSwarm(Wire wire) {
    try (Connection connection = new Connection(wire.port())) {
      var unused =
          AdministrationServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
              .createSwarm(CreateSwarmRequest.newBuilder().setName(SWARM).build());
    }
  }

  private void act(int client, Wire wire) throws InterruptedException {
    Random random = new Random(seed * 31 + client);
    String name = "client" + client;
    try (Connection connection = new Connection(wire.port())) {
      Reader reader = new Reader(name, SWARM, recorder, connection, machine.power());
      Publisher publisher =
          new Publisher(
              name, SWARM, random, (client + 1) * TAGS_PER_CLIENT, recorder, connection, reader);
      for (int step = 0; step < STEPS_PER_CLIENT; step++) {
        act(random, publisher, reader);
        steps.release();
      }
    }
  }

  private static void act(Random random, Publisher publisher, Reader reader)
      throws InterruptedException {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> publisher.publishNumbered(1 + random.nextInt(4));
      case 3 -> publisher.publishAgain(/* another= */ false);
      case 4 -> publisher.publishAgain(/* another= */ true);
      case 5, 6 -> publisher.publishUnderSharedKey(random.nextInt(4), random.nextInt(4) == 0);
      case 7 -> publisher.publish();
      case 8 -> reader.head();
      case 9 -> reader.tail(any(random, reader));
      default -> reader.sync(any(random, reader), scopes(random));
    }
  }

  private static Position any(Random random, Reader reader) {
    return reader.known().get(random.nextInt(reader.known().size()));
  }

  private static Set<String> scopes(Random random) {
    Set<String> scopes = new HashSet<>();
    scopes.add(SCOPES.get(random.nextInt(SCOPES.size())));
    scopes.add(SCOPES.get(random.nextInt(SCOPES.size())));
    return scopes;
  }

  /** Breaks something each time some more steps have been done. */
  private void goWrong(Wire wire) throws Exception {
    Random random = new Random(seed * 31 + 17);
    int faults = 3 + ends;
    int every = CLIENTS * STEPS_PER_CLIENT / (faults + 1);
    Set<Integer> endAt = new HashSet<>();
    while (endAt.size() < ends) {
      endAt.add(random.nextInt(faults));
    }
    for (int fault = 0; fault < faults; fault++) {
      if (!steps.tryAcquire(every, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "Expected " + every + " steps of clients within a minute, but they take longer");
      }
      if (endAt.contains(fault)) {
        restart(random, wire);
      } else if (random.nextBoolean()) {
        wire.cut();
      } else {
        wire.cutWithinAnswers(random.nextInt(2_000));
      }
    }
  }

  private void restart(Random random, Wire wire) throws Exception {
    Machine.End end = how.get(random.nextInt(how.size()));
    if (end == Machine.End.POWER_LOSS) {
      machine.power().offInNextFlush();
      machine.power().awaitOff();
    }
    if (end == Machine.End.KILL) {
      machine.power().off();
    }
    wire.leadTo(0);
    machine.end(end);
    wire.cut();
    machine.turnWallClock(random.nextLong(HOUR_NS) - HOUR_NS / 2);
    wire.leadTo(machine.start());
  }

  private void readAll(Wire wire) {
    try (Connection connection = new Connection(wire.port())) {
      Reader judge = new Reader("judge", SWARM, recorder, connection, machine.power());
      Position beginning = judge.known().get(0);
      boolean read = judge.tail(beginning);
      for (int attempt = 0; attempt < 3 && !read; attempt++) {
        // The wire may still be about to be cut.
        read = judge.tail(beginning);
      }
      judge.head();
      judge.sync(beginning, Set.copyOf(SCOPES));
    }
  }
}
