package dev.swarmlog.bench;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.storage.rocksdb.FamilySizes;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** One run of the disk bench. Used once, by one thread. */
final class DiskBench {

  private static final long CHUNK = 200_000;

  /** The store has settled once its compactions have not run for so long. */
  private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(3);

  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long AT_REST_NS = TimeUnit.MILLISECONDS.toNanos(5);

  /** How long logs are compacted, and then are not, in turns. */
  private static final long TURN_NS = TimeUnit.SECONDS.toNanos(4);

  private final DiskWorkload workload;
  private final Path directory;
  private final List<String> javaOptions;
  private final List<String> settings;
  private final Consumer<String> progress;

  DiskBench(
      DiskWorkload workload,
      Path directory,
      List<String> javaOptions,
      List<String> settings,
      Consumer<String> progress) {
    this.workload = workload;
    this.directory = directory;
    this.javaOptions = javaOptions;
    this.settings = settings;
    this.progress = progress;
  }

  DiskResult run() throws Exception {
    long filled;
    long writtenBytes;
    try (ServerProcess server = ServerProcess.start(directory, javaOptions, settings)) {
      filled = fill(server.target());
      writtenBytes = written(server);
    }
    // What lies in write buffers reaches the files when the store is opened again.
    writtenBytes += settle();
    Map<String, Long> families = FamilySizes.of(directory);
    long bytes = directoryBytes();
    DiskResult.Acks acks;
    try (ServerProcess server = ServerProcess.start(directory, javaOptions, settings)) {
      acks = acks(server);
    }
    long beforeCompaction = bytes;
    compactAllLogs();
    settle();
    return new DiskResult(
        workload,
        filled,
        beforeCompaction,
        families,
        writtenBytes,
        acks,
        directoryBytes(),
        FamilySizes.of(directory));
  }

  private long fill(String target) throws Exception {
    try (MixedLoad load = new MixedLoad(target, workload.swarms(), workload.payloadBytes())) {
      while (load.acknowledged() < workload.operations()) {
        progress.accept(
            "storing %,d operations: %,d".formatted(workload.operations(), load.acknowledged()));
        load.fill(Math.min(CHUNK, workload.operations() - load.acknowledged()));
      }
      return load.acknowledged();
    }
  }

  /** Opens the store until nothing is left to be done in it; says what that wrote. */
  private long settle() throws IOException {
    progress.accept("waiting until the store has settled");
    try (ServerProcess server = ServerProcess.start(directory, javaOptions, settings)) {
      List<Path> threads = new ProcessIo(server.processId()).threads("rocksdb:");
      long ranNs = ProcessIo.runNs(threads);
      long restingSinceNs = System.nanoTime();
      while (System.nanoTime() - restingSinceNs < SETTLED_NS) {
        LockSupport.parkNanos(POLL_NS);
        long nowNs = ProcessIo.runNs(threads);
        if (nowNs - ranNs > AT_REST_NS) {
          restingSinceNs = System.nanoTime();
        }
        ranNs = nowNs;
      }
      return written(server);
    }
  }

  private static long written(ServerProcess server) throws IOException {
    return new ProcessIo(server.processId()).writtenBytes().orElse(0);
  }

  private DiskResult.Acks acks(ServerProcess server) throws Exception {
    progress.accept(
        "publishing %,d operations per second for %d s"
            .formatted(workload.operationsPerSecond(), workload.seconds()));
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong compacted = new AtomicLong();
    try (PacedLoad load =
            new PacedLoad(server.target(), workload.swarms(), workload.payloadBytes());
        SwarmClient client = SwarmClient.connect(server.target())) {
      // The first seconds are the compiler's.
      load.run(workload.operationsPerSecond(), Duration.ofSeconds(workload.seconds() / 4));
      try (BackgroundWork work = new BackgroundWork(new ProcessIo(server.processId()))) {
        Thread compacting =
            new Thread(() -> compacted.set(compactInTurns(client, work, done)), "log compaction");
        compacting.start();
        long beganNs = System.nanoTime();
        List<PacedLoad.Ack> acks =
            load.run(workload.operationsPerSecond(), Duration.ofSeconds(workload.seconds()));
        done.set(true);
        compacting.join();
        return classify(acks, beganNs, work, compacted.get());
      }
    }
  }

  private static DiskResult.Acks classify(
      List<PacedLoad.Ack> acks, long beganNs, BackgroundWork work, long compacted) {
    Map<BackgroundWork.Kind, Histogram> byKind = new EnumMap<>(BackgroundWork.Kind.class);
    for (PacedLoad.Ack ack : acks) {
      if (ack.dueNs() >= beganNs) {
        Histogram histogram =
            byKind.computeIfAbsent(
                work.during(ack.dueNs(), ack.ackNs()), kind -> Latencies.histogram());
        Latencies.record(histogram, TimeUnit.NANOSECONDS.toMicros(ack.ackNs() - ack.dueNs()));
      }
    }
    return new DiskResult.Acks(byKind, work.slices(), compacted);
  }

  /** Compacts all logs up to their heads for some seconds, then for as long does not. */
  private long compactInTurns(SwarmClient client, BackgroundWork work, AtomicBoolean done) {
    long removed = 0;
    while (!done.get()) {
      long untilNs = System.nanoTime() + TURN_NS;
      while (System.nanoTime() < untilNs && !done.get()) {
        LockSupport.parkNanos(POLL_NS);
      }
      work.compactingLogs(true);
      untilNs = System.nanoTime() + TURN_NS;
      for (int swarm = 0; System.nanoTime() < untilNs && !done.get(); swarm++) {
        removed += compactOnce(client, MixedOperations.swarm(swarm % workload.swarms()));
      }
      work.compactingLogs(false);
    }
    return removed;
  }

  /** One step; how many operations it took the horizon further. */
  private static long compactOnce(SwarmClient client, String swarm) {
    dev.swarmlog.v1.Swarm before = client.getSwarm(swarm).getSwarm();
    long headOpId = before.getMainHead().getOpId();
    CompactSwarmResponse answer = client.compactSwarm(swarm, Log.LOG_MAIN, headOpId);
    return answer.getHorizonOpId() - before.getMainHorizonOpId();
  }

  private void compactAllLogs() throws Exception {
    progress.accept("compacting all logs up to their heads");
    try (ServerProcess server = ServerProcess.start(directory, javaOptions, settings);
        SwarmClient client = SwarmClient.connect(server.target())) {
      for (int i = 0; i < workload.swarms(); i++) {
        String swarm = MixedOperations.swarm(i);
        long headOpId = client.getSwarm(swarm).getSwarm().getMainHead().getOpId();
        while (!client.compactSwarm(swarm, Log.LOG_MAIN, headOpId).getComplete()) {
          progress.accept("compacting " + swarm);
        }
      }
    }
  }

  private long directoryBytes() throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      files.filter(Files::isRegularFile).forEach(all::add);
    }
    long bytes = 0;
    for (Path file : all) {
      try {
        bytes += Files.size(file);
      } catch (NoSuchFileException e) {
        // A compaction has just removed it.
        bytes += 0;
      }
    }
    return bytes;
  }
}
