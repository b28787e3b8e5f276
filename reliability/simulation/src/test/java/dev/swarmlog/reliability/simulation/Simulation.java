package dev.swarmlog.reliability.simulation;

import dev.swarmlog.reliability.simulation.Scenario.Action;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One run: the system, what is done to it, and whether it kept its promises. */
final class Simulation {

  /** Within so much virtual time after the last fault everybody agrees. */
  static final long CONVERGENCE_NS = 240_000_000_000L;

  private static final long START_UNIX_NS = 1_760_000_000_000_000_000L;

  private final Scenario scenario;
  private final Bugs bugs;
  private final VirtualTime time = new VirtualTime();
  private final Verdict verdict = new Verdict();
  private final VirtualDisk disk = new VirtualDisk();
  private final VirtualProcess world = new VirtualProcess("the world", this::worldFailed);
  private final Chronicle chronicle = new Chronicle(List.of("hive", "nest"), this::tell);
  private final VirtualNetwork network;
  private final Clients clients;
  private final List<Line> story = new ArrayList<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private @Nullable VirtualCoordinator coordinator;
  private long coordinators;
  private long clockAheadNs;

  /** Power is lost in the so-manieth flush from now; in none if it is 0. */
  private int flushesUntilPowerless;

  private SplittableRandom powerless = new SplittableRandom(0);

  private record Line(long atNs, String text) {}

  Simulation(Scenario scenario, Bugs bugs) {
    this.scenario = scenario;
    this.bugs = bugs;
    this.network = new VirtualNetwork(time, scenario.calm(), new Watch(chronicle, verdict, this));
    this.clients = new Clients(this, scenario);
  }

  VirtualTime time() {
    return time;
  }

  Verdict verdict() {
    return verdict;
  }

  Chronicle chronicle() {
    return chronicle;
  }

  VirtualNetwork network() {
    return network;
  }

  Clients clients() {
    return clients;
  }

  Bugs bugs() {
    return bugs;
  }

  VirtualProcess world() {
    return world;
  }

  VirtualDisk disk() {
    return disk;
  }

  /** By the clocks of clients, which are right. */
  long unixNs() {
    return START_UNIX_NS + time.elapsedNs();
  }

  private void worldFailed(Throwable failure) {
    verdict.failed("the simulation", failure);
  }

  /** Says what happens, for people to read. */
  void tell(String line) {
    story.add(new Line(time.elapsedNs(), line));
  }

  /** What was told, each line with its time. */
  List<String> story() {
    return story.stream()
        .map(
            line ->
                String.format(Locale.ROOT, "%8.3f s  %s", line.atNs / 1_000_000_000.0, line.text))
        .toList();
  }

  /** Runs it to its end. */
  @Nullable Violation run() {
    time.afterEach(this::look);
    start();
    clients.start();
    for (Action action : scenario.actions()) {
      time.schedule(world, action.atMs() * 1_000_000L - time.elapsedNs(), () -> perform(action));
    }
    time.runUntil(scenario.endMs() * 1_000_000L + 1, verdict::isBroken);
    calmDown();
    Convergence convergence = new Convergence(this);
    time.runUntil(time.elapsedNs() + CONVERGENCE_NS, () -> verdict.isBroken() || convergence.met());
    if (!verdict.isBroken()) {
      verdict.look(convergence::check);
    }
    return verdict.first();
  }

  /** Looks at what became durable, and wakes the writer. */
  void look() {
    VirtualCoordinator running = coordinator;
    if (running != null) {
      verdict.look(() -> chronicle.look(running.log(), disk));
      running.look();
    }
  }

  private void start() {
    if (coordinator != null || verdict.isBroken()) {
      return;
    }
    VirtualProcess process =
        new VirtualProcess("the coordinator", e -> verdict.failed("the coordinator", e));
    try {
      VirtualCoordinator started =
          new VirtualCoordinator(
              time,
              process,
              disk,
              network,
              () -> unixNs() + clockAheadNs,
              bugs,
              this::flushing,
              scenario.seed() + 7919 * ++coordinators);
      coordinator = started;
      verdict.look(() -> chronicle.reopened(started.log()));
    } catch (StorageException | IllegalStateException e) {
      verdict.broken(
          new Violation("opens", "expected the disk to be opened again, but " + e.getMessage()));
    }
  }

  private void perform(Action action) {
    SplittableRandom random = action.random();
    switch (action.kind()) {
      case PUBLISH -> publish(random);
      case LOSE_POWER -> losePowerSometime(random);
      case CUT -> clients.cut(random);
      case CLOSE_LINK -> clients.closeLink(random);
      case CRASH_AGENT -> clients.crashAgent(random);
      case CRASH_PUBLISHER -> clients.crashPublisher(random);
      case SLOW_AGENT -> clients.slowAgent(random);
      case MOVE_CLOCK -> moveClock(random);
      case COMPACT -> compact(random);
    }
  }

  private void publish(SplittableRandom random) {
    SimulatedPublisher publisher = clients.publisher(random);
    if (publisher == null) {
      return;
    }
    List<String> names = new ArrayList<>();
    int size = Publications.groupSize(random);
    for (int i = 0; i < size; i++) {
      names.add(publisher.name() + "#" + numbers.merge(publisher.name(), 1, Integer::sum));
    }
    List<Publication> group = Publications.group(random, names, unixNs());
    StringBuilder what = new StringBuilder();
    for (int i = 0; i < size; i++) {
      what.append(i == 0 ? " " : ", ")
          .append(names.get(i))
          .append(" (")
          .append(Publications.describe(group.get(i)))
          .append(')');
    }
    tell(publisher.name() + " publishes" + what);
    publisher.process().run(() -> publisher.publish(names, group));
  }

  private void losePowerSometime(SplittableRandom random) {
    int flushes = random.nextInt(4);
    if (flushes == 0) {
      losePower(random);
    } else {
      powerless = random;
      flushesUntilPowerless = flushes;
    }
  }

  /** The coordinator is in the middle of a flush. */
  private void flushing() {
    if (flushesUntilPowerless > 0 && --flushesUntilPowerless == 0) {
      losePower(powerless);
    }
  }

  private void losePower(SplittableRandom random) {
    VirtualCoordinator running = coordinator;
    if (running == null) {
      return;
    }
    coordinator = null;
    running.process().die();
    network.unlisten();
    int unsynced = disk.unsyncedBatches();
    int lost =
        disk.losePower(unsynced == 0 ? 0 : random.nextInt(unsynced + 1), bugs.tearsBatches());
    tell(
        unsynced == 0
            ? "the coordinator loses power"
            : "the coordinator loses power in the middle of a flush: the entry is %s"
                .formatted(lost > 0 ? "gone" : "there"));
    long downNs = (200 + random.nextInt(3_000)) * 1_000_000L;
    for (VirtualLink link : network.links()) {
      boolean atOnce = random.nextInt(3) > 0;
      link.cut(atOnce ? random.nextInt(5_000_000) : downNs + random.nextInt(1_000_000_000), 0);
    }
    time.schedule(world, downNs, this::startAgain);
  }

  private void moveClock(SplittableRandom random) {
    long bySeconds = random.nextInt(20) - 10;
    clockAheadNs += bySeconds * 1_000_000_000L;
    tell("the coordinator's wall clock jumps by %d s".formatted(bySeconds));
  }

  private void compact(SplittableRandom random) {
    VirtualCoordinator running = coordinator;
    String swarm = chronicle.swarms().get(random.nextInt(chronicle.swarms().size()));
    Log log = random.nextInt(4) == 0 ? Log.LOG_CONTROL : Log.LOG_MAIN;
    long head = chronicle.head(swarm, log);
    if (running != null && head > 1) {
      long upTo = 1 + random.nextLong(head);
      tell("log %s of %s is compacted up to operation %d".formatted(log, swarm, upTo));
      running.process().run(() -> running.compact(swarm, log, upTo));
    }
  }

  private void calmDown() {
    tell("no more faults from here on");
    flushesUntilPowerless = 0;
    clockAheadNs = 0;
    network.links().forEach(VirtualLink::heal);
    clients.calmDown();
    startAgain();
  }

  private void startAgain() {
    if (coordinator == null) {
      tell("the coordinator is started again");
      start();
    }
  }
}
