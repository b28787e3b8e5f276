package dev.swarmlog.reliability.faults.sync;

import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import dev.swarmlog.reliability.faults.TestProgram;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One agent, launched again and again from its file, and what it said. Called by the test's thread;
 * lines come on others.
 */
final class KilledAgent {
  static final List<Log> LOGS = List.of(Log.LOG_MAIN, Log.LOG_CONTROL);
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** A line it said. */
  record Said(int launch, String line) {
    String word(int index) {
      String[] words = line.split(" ");
      return index < words.length ? words[index] : "";
    }
  }

  /** Where a lane stands, by what it said. */
  private static final class Lane {
    private long opId;
    private String interruption = "whole";
    private int stepsInSync;
    private boolean synced;

    boolean inTheMiddle() {
      return CrashingAgent.isInTheMiddle(opId, interruption);
    }

    boolean inSnapshot() {
      return interruption.startsWith("snapshot");
    }
  }

  private final Path file;
  private final Children children;
  private final String name;
  private final long workMs;
  private final boolean keepsKeys;
  private final List<AgentView> views = new ArrayList<>();
  private final Map<Log, LogResume> storedAtLaunch = new EnumMap<>(Log.class);
  private Child process;
  private int depth;

  // Guarded by this.
  private final List<Said> said = new ArrayList<>();
  private final Map<Log, Lane> lanes = new EnumMap<>(Log.class);

  KilledAgent(Path folder, Children children, String name, long workMs, boolean keepsKeys) {
    this.file = folder.resolve(name + ".effects");
    this.children = children;
    this.name = name;
    this.workMs = workMs;
    this.keepsKeys = keepsKeys;
  }

  void launch(String target, String swarm, AgentView view) throws IOException {
    int launch = views.size();
    views.add(view);
    List<EffectRecord> records = records();
    for (Log log : LOGS) {
      LogResume stored =
          records.isEmpty()
              ? LogResume.getDefaultInstance()
              : records.get(records.size() - 1).resume(log);
      storedAtLaunch.put(log, stored);
      synchronized (this) {
        Lane lane = new Lane();
        lane.opId = stored.getPosition().getOpId();
        lane.interruption = CrashingAgent.interruption(stored);
        lanes.put(log, lane);
      }
    }
    List<String> command =
        TestProgram.launch(CrashingAgent.class)
            .command(
                TestProgram.FAST_JVM,
                List.of(
                    target,
                    swarm,
                    view.text(),
                    file.toString(),
                    Integer.toString(launch),
                    Long.toString(workMs),
                    Boolean.toString(keepsKeys)));
    process = children.start(name, command, line -> heard(launch, line));
  }

  /** The view of the last launch. */
  AgentView view() {
    return views.get(views.size() - 1);
  }

  AgentView view(int launch) {
    return views.get(launch);
  }

  List<EffectRecord> records() throws IOException {
    return EffectFile.read(file);
  }

  synchronized List<Said> said() {
    return List.copyOf(said);
  }

  /**
   * Waits until so many steps of a sync have been committed and it still goes on, or until the sync
   * of this launch has ended: it may have been too short.
   *
   * @param inSnapshot whether the keyed state of whole scopes must be under way
   */
  synchronized void awaitMiddleOfSync(int steps, boolean inSnapshot) throws InterruptedException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      for (Lane lane : lanes.values()) {
        if (lane.stepsInSync >= steps && lane.inTheMiddle() && (lane.inSnapshot() || !inSnapshot)) {
          return;
        }
      }
      Lane main = lanes.get(Log.LOG_MAIN);
      if (main.synced && !main.inTheMiddle()) {
        return;
      }
      awaitLine(deadlineNs, "to sync");
    }
  }

  /** The coordinator is another one now: steps of the sync before do not count any more. */
  synchronized void forgetSteps() {
    for (Lane lane : lanes.values()) {
      lane.stepsInSync = 0;
      lane.synced = false;
    }
  }

  /** Waits until it has everything up to an operation and nothing is under way. */
  synchronized void awaitWhole(Log log, long opId) throws InterruptedException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    Lane lane = lanes.get(log);
    while (lane.opId < opId || !lane.interruption.equals("whole")) {
      awaitLine(deadlineNs, "to reach %s %d and be whole".formatted(log, opId));
    }
  }

  /** Waits until the sync of this launch has been reported for both logs. */
  synchronized void awaitSynced() throws InterruptedException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (!lanes.values().stream().allMatch(lane -> lane.synced)) {
      awaitLine(deadlineNs, "to report its syncs");
    }
  }

  /** SIGKILL; counts what was interrupted, by what the file says. */
  void kill(Interruptions interruptions) throws IOException, InterruptedException {
    process.kill();
    process.awaitAllSaid();
    interruptions.agentKills++;
    List<EffectRecord> records = records();
    if (records.isEmpty()) {
      return;
    }
    boolean middle = false;
    boolean nested = false;
    for (Log log : LOGS) {
      LogResume before = storedAtLaunch.get(log);
      LogResume now = records.get(records.size() - 1).resume(log);
      if (isInTheMiddle(now) && !now.equals(before)) {
        middle = true;
        nested |= isInTheMiddle(before);
        interruptions.count(now.hasSnapshot(), isInTheMiddle(before));
      }
    }
    depth = middle ? (nested ? depth + 1 : 1) : 0;
    interruptions.deepest = Math.max(interruptions.deepest, depth);
  }

  void stop() throws InterruptedException {
    process.letGo();
    if (!process.awaitEnd(PATIENCE.toMillis())) {
      process.kill();
      throw new AssertionError("Expected " + name + " to end with its input, but it still runs");
    }
    process.awaitAllSaid();
  }

  /** Ends it however the test ended. */
  void abandon() {
    if (process != null) {
      process.kill();
    }
  }

  private static boolean isInTheMiddle(LogResume resume) {
    return CrashingAgent.isInTheMiddle(
        resume.getPosition().getOpId(), CrashingAgent.interruption(resume));
  }

  private synchronized void heard(int launch, String line) {
    Said heard = new Said(launch, line);
    said.add(heard);
    if (line.startsWith("at ")) {
      Lane lane = lanes.get(Log.valueOf(heard.word(1)));
      lane.opId = Long.parseLong(heard.word(2));
      lane.interruption = line.split(" ", 4)[3];
      lane.stepsInSync = lane.interruption.equals("whole") ? 0 : lane.stepsInSync + 1;
    } else if (line.startsWith("synced ")) {
      lanes.get(Log.valueOf(heard.word(1))).synced = true;
    } else if (line.startsWith("plan ") || line.startsWith("behind ")) {
      lanes.get(Log.valueOf(heard.word(1))).stepsInSync = 0;
    }
    notifyAll();
  }

  private void awaitLine(long deadlineNs, String forWhat) throws InterruptedException {
    long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
    if (leftMs <= 0 || !process.isAlive()) {
      throw new AssertionError(
          "Expected %s %s, but %s. Its last lines: %s%nIts errors: %s"
              .formatted(
                  view().agent(),
                  forWhat,
                  process.isAlive() ? "it does not within " + PATIENCE : "its process has ended",
                  said.subList(Math.max(0, said.size() - 12), said.size()),
                  process.log()));
    }
    // Woken by the next line; a process that dies says none.
    wait(Math.min(leftMs, 1_000));
  }
}
