package dev.swarmlog.reliability.simulation;

import dev.swarmlog.server.Threads;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Bugs that a simulation has to find, each at a seam, so that nothing else is another. */
enum SeededBug implements Bugs {

  /** Every second flush says that it is done and does nothing. */
  ACK_BEFORE_FLUSH {
    @Override
    public KeyValueStore store(VirtualDisk.Store store) {
      return new BrokenStores.LyingFlush(store);
    }
  },

  /** The same, but answers to publishers wait for the truth: only agents are told too early. */
  DELIVERY_ABOVE_THE_WATERMARK {
    @Override
    public KeyValueStore store(VirtualDisk.Store store) {
      return new BrokenStores.LyingFlush(store);
    }

    @Override
    public boolean holdsAcks() {
      return true;
    }
  },

  /** The head of a log is written with the next entry, so a restart gives an ID again. */
  REUSED_OPERATION_ID {
    @Override
    public KeyValueStore store(VirtualDisk.Store store) {
      return new BrokenStores.LateRows(store, Set.of(META_HEAD));
    }
  },

  /** What a producer has published is written with the next entry, so a retry appends again. */
  DEDUPE_OUTSIDE_THE_BATCH {
    @Override
    public KeyValueStore store(VirtualDisk.Store store) {
      return new BrokenStores.LateRows(store, Set.of(META_PRODUCER, META_ANSWER));
    }
  },

  /** Losing power leaves half of a batch. */
  TORN_BATCH {
    @Override
    public boolean tearsBatches() {
      return true;
    }
  },

  /** Agents save their cursor before their effects. */
  CURSOR_BEFORE_EFFECT {
    @Override
    public boolean cursorBeforeEffect() {
      return true;
    }
  },

  /** A sending thread that has much to do forgets what it is given to do. */
  LOST_WAKE_UP {
    @Override
    public Threads threads(Threads threads) {
      return new ForgetfulThreads(threads);
    }
  },

  /** Deltas do not see some keys. */
  DELTA_WITHOUT_A_KEY {
    @Override
    public KeyValueStore store(VirtualDisk.Store store) {
      return new BrokenStores.BlindScan(store, Family.DELTA);
    }
  };

  // Kinds of rows, see Keys in storage.
  private static final int META_HEAD = 0x11;
  private static final int META_PRODUCER = 0x13;
  private static final int META_ANSWER = 0x14;

  /** Threads whose senders forget what they are given when they have much to do. */
  private record ForgetfulThreads(Threads threads) implements Threads {
    private static final int MANY = 3;

    @Override
    public Running start(String name, long waitNs, Step step, End end) {
      return threads.start(name, waitNs, step, end);
    }

    @Override
    public List<ExecutorService> senders() {
      List<ExecutorService> forgetful = new ArrayList<>();
      for (ExecutorService sender : threads.senders()) {
        forgetful.add(new ForgetfulSender(sender));
      }
      return forgetful;
    }

    private static final class ForgetfulSender extends AbstractExecutorService {
      private final ExecutorService sender;
      private int waiting;

      ForgetfulSender(ExecutorService sender) {
        this.sender = sender;
      }

      @Override
      public void execute(Runnable task) {
        if (waiting >= MANY) {
          return;
        }
        waiting++;
        sender.execute(
            () -> {
              waiting--;
              task.run();
            });
      }

      @Override
      public void shutdown() {
        sender.shutdown();
      }

      @Override
      public List<Runnable> shutdownNow() {
        return sender.shutdownNow();
      }

      @Override
      public boolean isShutdown() {
        return sender.isShutdown();
      }

      @Override
      public boolean isTerminated() {
        return sender.isTerminated();
      }

      @Override
      public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return sender.awaitTermination(timeout, unit);
      }
    }
  }

  /** How many seeds it may take to find it. */
  int seeds() {
    return 60;
  }
}
