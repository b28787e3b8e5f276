package dev.swarmlog.demo.storm;

import dev.swarmlog.bench.storm.ContenderKind;
import dev.swarmlog.bench.storm.RetryStorm;
import dev.swarmlog.bench.storm.StormListener;
import dev.swarmlog.bench.storm.StormReport;
import dev.swarmlog.bench.storm.StormResult;
import dev.swarmlog.bench.storm.StormSample;
import dev.swarmlog.bench.storm.StormWorkload;
import dev.swarmlog.bench.storm.StormWorkload.Misbehaviour;
import dev.swarmlog.demo.display.StormBoard;
import dev.swarmlog.demo.display.StormView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Runs a naive orchestrator and Swarmlog at once, each with a coordinator process and agents of its
 * own, and shows both. The runs have threads of their own, and put what they say into a queue; the
 * thread that calls {@link #run} takes it out and draws.
 */
public final class StormDemo {
  /** What it takes at least: three phases of two seconds. */
  public static final int MIN_SECONDS = 6;

  private static final int SWARMS = 5;
  private static final int AGENTS = 10;
  private static final int RATE_PER_SECOND = 50;
  private static final int PARTS = 4;

  private final StormWorkload workload;
  private final Column left = new Column(ContenderKind.ORCHESTRATOR_NAIVE);
  private final Column right = new Column(ContenderKind.SWARMLOG);
  private final BlockingQueue<Runnable> said = new LinkedBlockingQueue<>();
  private final CountDownLatch connecting = new CountDownLatch(2);
  private int running = 2;

  /**
   * @param seconds from the first command on, {@value #MIN_SECONDS} or more: warm-up, quiet, storm,
   *     and quiet again
   */
  public StormDemo(int seconds, long seed) {
    int phaseSeconds = Math.max(2, seconds / PARTS);
    this.workload =
        new StormWorkload(
            SWARMS,
            AGENTS,
            RATE_PER_SECOND,
            seconds - 3 * phaseSeconds,
            phaseSeconds,
            seed,
            List.of(Misbehaviour.RECONNECT, Misbehaviour.PUBLISH));
  }

  /** What one contender said so far; of the thread that draws. */
  private static final class Column {
    private final ContenderKind contender;
    private final List<StormSample> samples = new ArrayList<>();
    private String state = "starting";

    Column(ContenderKind contender) {
      this.contender = contender;
    }

    StormBoard.Side side() {
      return new StormBoard.Side(contender, state, samples);
    }
  }

  /** Runs it to its end. */
  public StormReport run(StormView view) throws Exception {
    Path log = Files.createTempFile("swarmlog-storm-", ".log");
    // Kept where something failed, but not where it was interrupted.
    Thread hook = new Thread(() -> log.toFile().delete(), "delete " + log);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      StormReport report = run(view, ProcessBuilder.Redirect.appendTo(log.toFile()));
      Files.deleteIfExists(log);
      return report;
    } finally {
      takeOff(hook);
    }
  }

  private static void takeOff(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook runs.
    }
  }

  private StormReport run(StormView view, ProcessBuilder.Redirect log) throws Exception {
    ExecutorService runs = Executors.newFixedThreadPool(2);
    try {
      List<Future<StormResult>> results = List.of(start(left, runs, log), start(right, runs, log));
      while (running > 0) {
        view.show(board());
        said.take().run();
      }
      view.show(board());
      List<StormResult> measured = new ArrayList<>();
      for (Future<StormResult> result : results) {
        measured.add(result.get());
      }
      return new StormReport(workload, measured);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception failure ? failure : e;
    } finally {
      runs.shutdownNow();
    }
  }

  private Future<StormResult> start(
      Column column, ExecutorService runs, ProcessBuilder.Redirect log) {
    RetryStorm storm = new RetryStorm(workload, null, List.of(), List.of(), log);
    return runs.submit(
        () -> {
          try {
            return storm.run(column.contender, new Teller(column));
          } finally {
            // One that failed lets the other one begin, and end.
            connecting.countDown();
            said.add(
                () -> {
                  column.state = "done";
                  running--;
                });
          }
        });
  }

  private StormBoard board() {
    return new StormBoard(
        "%d swarms x %d agents, %d commands/s each; in the storm one agent asks %,d times per second"
            .formatted(SWARMS, AGENTS, RATE_PER_SECOND, workload.stormRate()),
        workload.totalSeconds(),
        left.side(),
        right.side());
  }

  /** Passes on what a run says. */
  private final class Teller implements StormListener {
    private final Column column;

    Teller(Column column) {
      this.column = column;
    }

    @Override
    public void progress(ContenderKind contender, String text) {
      said.add(() -> column.state = text);
    }

    @Override
    public void ready(ContenderKind contender) throws InterruptedException {
      said.add(() -> column.state = "connected");
      connecting.countDown();
      // Both begin at once.
      connecting.await();
    }

    @Override
    public void sample(StormSample sample) {
      said.add(
          () -> {
            column.state = "";
            column.samples.add(sample);
          });
    }
  }
}
