package dev.swarmlog.server;

import dagger.Binds;
import dagger.Module;
import dagger.Provides;
import io.opentelemetry.api.OpenTelemetry;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import javax.inject.Singleton;

/** The executors of a coordinator, and what it tells of itself. */
@Module
abstract class ServerModule {

  /** Reads waiting for a reader: one per log and session, and some for administration. */
  private static final int LOGS = 3;

  private static final int ADMINISTRATION_READS = 1_000;

  private ServerModule() {}

  @Provides
  @Singleton
  static Instruments instruments(OpenTelemetry openTelemetry, TimeSource time) {
    return Instruments.of(openTelemetry, time);
  }

  @Provides
  @Singleton
  static Threads threads() {
    return Threads.system();
  }

  /** Draws what nobody may guess: incarnations, epochs, sessions. Safe for any thread. */
  @Provides
  @Singleton
  static RandomGenerator random() {
    return new SecureRandom();
  }

  @Binds
  @Readers
  abstract Executor readerExecutor(@Readers ThreadPoolExecutor readers);

  /** Fixed threads, a bounded queue, and refusal beyond it. */
  @Provides
  @Singleton
  @Readers
  static ThreadPoolExecutor readers(Limits limits) {
    return new ThreadPoolExecutor(
        limits.readerThreads(),
        limits.readerThreads(),
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(LOGS * limits.maxSessions() + ADMINISTRATION_READS),
        daemons("swarmlog-reader-"));
  }

  /**
   * One thread for what is due at a time: timeouts, heartbeats, files to look at. Nothing on it may
   * block.
   */
  @Provides
  @Singleton
  static ScheduledExecutorService housekeeping() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(1, daemons("swarmlog-housekeeping-"));
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }

  private static ThreadFactory daemons(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + count.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }
}
