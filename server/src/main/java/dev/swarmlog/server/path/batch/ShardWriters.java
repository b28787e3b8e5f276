package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The writers of all shards, and their threads.
 *
 * <p>May be called from any thread. A swarm belongs to the shard of its slot; the number of shards
 * is fixed in the store.
 */
public final class ShardWriters {

  private final List<ShardWriter> writers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ProcessTerminator terminator;

  /**
   * One writer per committer, in order of shard.
   *
   * @param terminator ends the process when a store cannot be trusted any more
   */
  public ShardWriters(
      List<Committer> committers, Limits limits, TimeSource time, ProcessTerminator terminator) {
    this.terminator = terminator;
    for (Committer committer : committers) {
      writers.add(new ShardWriter(committer, limits, time));
    }
  }

  /** The writer of a shard. */
  public ShardWriter shard(int shard) {
    return writers.get(shard);
  }

  /** How many shards there are. */
  public int count() {
    return writers.size();
  }

  /** Starts one thread per shard. */
  public void start() {
    for (int shard = 0; shard < writers.size(); shard++) {
      ShardWriter writer = writers.get(shard);
      Thread thread = new Thread(() -> run(writer), "shard-writer-" + shard);
      threads.add(thread);
      thread.start();
    }
  }

  /**
   * Takes nothing more, commits what waits, and ends the threads.
   *
   * @return false if that took longer than the time given; the threads are interrupted then
   */
  public boolean stop(Duration timeout) throws InterruptedException {
    writers.forEach(ShardWriter::close);
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    boolean inTime = true;
    for (Thread thread : threads) {
      TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadlineNs - System.nanoTime()));
      if (thread.isAlive()) {
        inTime = false;
        thread.interrupt();
        thread.join();
      }
    }
    return inTime;
  }

  private void run(ShardWriter writer) {
    try {
      while (writer.step(ShardWriter.IDLE_NS)) {
        // One entry after the other.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageException e) {
      terminate(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException | Error e) {
      terminate("Expected an entry to apply, but that failed: " + e, e);
    } finally {
      abandon(writer);
    }
  }

  private void terminate(String message, Throwable cause) {
    terminator.terminate(ProcessTerminator.STORAGE_FAILED_EXIT_CODE, message, cause);
  }

  private static void abandon(ShardWriter writer) {
    try {
      writer.abandonAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
