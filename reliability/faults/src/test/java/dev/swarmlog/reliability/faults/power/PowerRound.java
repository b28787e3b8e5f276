package dev.swarmlog.reliability.faults.power;

import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.reliability.faults.load.SwarmLoad;
import dev.swarmlog.reliability.faults.load.Violations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One machine whose power goes a number of times: while its coordinator starts, serves and stops.
 * Each time the coordinator goes on with what the disk held, and its clients go on with it. Beside
 * that, the power goes at other points of the same history, on copies: what a coordinator makes of
 * those is read, compared with what had been acknowledged until then, and thrown away.
 *
 * <p>Belongs to one thread.
 */
final class PowerRound {
  private static final int SWARMS = 2;
  private static final int PRODUCERS_PER_SWARM = 3;
  private static final int MAX_ACKS_PER_LIFE = 300;
  private static final int MAX_STOPPING_MS = 400;
  private static final long PATIENCE_MS = 60_000;
  private static final long LOOK_EVERY_MS = 3;

  /** How a round's coordinators are made. */
  interface Coordinators {
    CoordinatorProcess.Builder on(Children children, Path dataDirectory)
        throws IOException, InterruptedException;

    /** What holds their processes. */
    Children children(Path logs) throws IOException, InterruptedException;
  }

  private final Path folder;
  private final Path disk;
  private final Shim shim;
  private final Coordinators coordinators;
  private final boolean lies;
  private boolean dropsAll;
  private final int losses;
  private final int copiesPerLoss;
  private final Random random;
  private final Violations violations;
  private final PowerTally tally;
  private long startMs = 2_000;

  /**
   * A round.
   *
   * @param lies whether the disk only says that it flushes
   * @param losses in a row
   * @param copiesPerLoss further ones at each, at other points
   */
  PowerRound(
      Path folder,
      Shim shim,
      Coordinators coordinators,
      boolean lies,
      int losses,
      int copiesPerLoss,
      Random random,
      Violations violations,
      PowerTally tally) {
    this.folder = folder;
    this.disk = folder.resolve("disk");
    this.shim = shim;
    this.coordinators = coordinators;
    this.lies = lies;
    this.losses = losses;
    this.copiesPerLoss = copiesPerLoss;
    this.random = random;
    this.violations = violations;
    this.tally = tally;
  }

  /**
   * Lets the power go only while the coordinator serves, and nothing survive but what was flushed.
   */
  PowerRound dropsAll() {
    dropsAll = true;
    return this;
  }

  private PowerLoss nextLoss() {
    return dropsAll
        ? new PowerLoss(PowerLoss.Tail.DROPPED, PowerLoss.Names.JOURNALED, random)
        : PowerLoss.any(random);
  }

  void run() throws IOException, InterruptedException {
    Files.createDirectories(disk);
    try (Children children = coordinators.children(folder.resolve("logs"))) {
      CoordinatorProcess coordinator =
          coordinators
              .on(children, disk.resolve("data"))
              .arguments("--shards", Integer.toString(1 + random.nextInt(2)))
              .build();
      CoordinatorProcess copy =
          coordinators.on(children, folder.resolve("copy/data")).name("copy").build();
      SwarmLoad load =
          new SwarmLoad(
              coordinator.target(),
              SWARMS,
              PRODUCERS_PER_SWARM,
              /* agentsPerSwarm= */ 1,
              folder.resolve("cursors"),
              random,
              violations);
      try {
        load.start();
        for (int loss = 0; loss < losses; loss++) {
          lose(loss, coordinator, copy, load);
        }
        coordinator.start();
        coordinator.awaitListening();
        load.coordinatorIsBack();
        load.finishAndCheck();
        coordinator.stop();
      } catch (IOException e) {
        violations.add("%s", e.getMessage());
      } finally {
        load.close();
      }
    }
  }

  /** One life, and the end of the power. */
  private void lose(
      int loss, CoordinatorProcess coordinator, CoordinatorProcess copy, SwarmLoad load)
      throws IOException, InterruptedException {
    DiskModel model = DiskModel.of(disk);
    DiskModel forCopies = DiskModel.of(disk);
    Path file = folder.resolve("history-" + loss);
    Files.deleteIfExists(file);
    long startNs = System.nanoTime();
    coordinator.start(shim.environment(disk, file, lies));
    String when = live(coordinator, load, startNs);
    coordinator.kill();
    DiskHistory history = DiskHistory.read(file);
    history.events().forEach(model::apply);
    compareWithDisk(model, history);
    copies(history, forCopies, copy, load, when);

    PowerLoss powerLoss = nextLoss();
    Folders.delete(disk);
    powerLoss.build(model, disk);
    Files.delete(file);
    tally.lost(when, powerLoss);
  }

  /** Returns in which part of its life it was cut off. */
  private String live(CoordinatorProcess coordinator, SwarmLoad load, long startNs)
      throws IOException, InterruptedException {
    if (!dropsAll && random.nextInt(4) == 0) {
      wait(coordinator, random.nextInt((int) startMs), "starting");
      return "starting";
    }
    coordinator.awaitListening();
    startMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    load.coordinatorIsBack();
    awaitAcks(coordinator, load, load.acknowledged() + 1 + random.nextInt(MAX_ACKS_PER_LIFE));
    if (!dropsAll && random.nextInt(4) == 0) {
      coordinator.askToStop();
      Child process = coordinator.process();
      if (process != null) {
        process.awaitEnd(random.nextInt(MAX_STOPPING_MS));
      }
      return "stopping";
    }
    return "serving";
  }

  private void awaitAcks(CoordinatorProcess coordinator, SwarmLoad load, long enough)
      throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    while (load.acknowledged() < enough) {
      if (System.nanoTime() > deadlineNs) {
        throw new IOException("Expected the load to go on, but no group is acknowledged any more");
      }
      wait(coordinator, LOOK_EVERY_MS, "serving");
    }
  }

  private static void wait(CoordinatorProcess coordinator, long ms, String doing)
      throws IOException, InterruptedException {
    Child process = coordinator.process();
    if (process != null && process.awaitEnd(ms)) {
      throw new IOException(
          "Expected the coordinator to be %s, but %s".formatted(doing, coordinator.end()));
    }
  }

  /** The history and the model are right: replayed whole, they give what the process left. */
  private void compareWithDisk(DiskModel model, DiskHistory history) throws IOException {
    Path built = folder.resolve("built");
    Folders.delete(built);
    PowerLoss.none().build(model, built);
    var expected = Folders.files(disk);
    var got = Folders.files(built);
    int differences = 0;
    for (String name : expected.keySet()) {
      if (!Arrays.equals(expected.get(name), got.remove(name))) {
        differences++;
      }
    }
    differences += got.size();
    if (differences > (history.endsUndecided() ? 2 : 0)) {
      throw new IOException(
          "Expected the history to give what lies in %s, but %d files of %s differ"
              .formatted(disk, differences, built));
    }
    Folders.delete(built);
  }

  /** Losses of power at other points of a life. */
  private void copies(
      DiskHistory history, DiskModel model, CoordinatorProcess copy, SwarmLoad load, String when)
      throws IOException, InterruptedException {
    List<DiskEvent> events = history.events();
    int[] points = random.ints(copiesPerLoss, 0, events.size() + 1).sorted().toArray();
    int applied = 0;
    for (int point : points) {
      for (; applied < point; applied++) {
        model.apply(events.get(applied));
      }
      long timeNs = point == events.size() ? System.nanoTime() : events.get(point).timeNs();
      PowerLoss loss =
          !dropsAll && random.nextInt(6) == 0
              ? new PowerLoss(PowerLoss.Tail.GARBAGE, PowerLoss.Names.JOURNALED, random)
              : nextLoss();
      open(model, loss, copy, load, timeNs);
      tally.lost(when + ", copied", loss);
    }
  }

  private void open(
      DiskModel model, PowerLoss loss, CoordinatorProcess copy, SwarmLoad load, long timeNs)
      throws IOException, InterruptedException {
    Path root = copy.dataDirectory().getParent();
    Folders.delete(root);
    loss.build(model, root);
    Path kept = folder.resolve("copy-as-found");
    Folders.delete(kept);
    Folders.copy(root, kept);
    copy.start();
    try {
      copy.awaitListening();
      long before = violations.count();
      load.check(copy.target(), load.answeredBefore(timeNs));
      if (violations.count() > before) {
        violations.add("These were found after the power went with %s", loss);
      }
      copy.kill();
    } catch (IOException e) {
      if (loss.tail() == PowerLoss.Tail.GARBAGE) {
        tally.falseAlarm();
      } else {
        Path found = folder.resolve("refused-" + violations.count());
        Files.move(kept, found);
        violations.add(
            "Expected a coordinator to open what is left with %s (%s), but %s",
            loss, found, e.getMessage());
      }
      copy.kill();
    }
  }
}
