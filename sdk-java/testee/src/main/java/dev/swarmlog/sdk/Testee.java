package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.Description;
import dev.swarmlog.conformance.v1.Feature;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.v1.StartAgent;
import dev.swarmlog.conformance.v1.StopAgent;
import dev.swarmlog.conformance.v1.StopPublisher;
import dev.swarmlog.conformance.v1.Vector;
import dev.swarmlog.conformance.v1.VectorAnswer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The Java SDK as the conformance suite drives it: a process that reads requests from its standard
 * input and answers on its standard output, see {@code testee.proto}.
 *
 * <p>One thread reads. What may wait runs on others, so that replies to handlers get through.
 */
public final class Testee {
  // More than the suite ever has under way.
  private static final int MAX_REQUESTS_AT_WORK = 64;

  private final SuiteFrames frames;
  private final Suite suite;
  private final Fault fault;
  private final ExecutorService workers =
      new ThreadPoolExecutor(
          0, MAX_REQUESTS_AT_WORK, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), Testee::daemon);
  private final VectorComputer vectors = new VectorComputer();
  private final Map<Integer, TestedAgent> agents = new ConcurrentHashMap<>();
  // Of the reading thread; the one that stops it takes it from there.
  private @Nullable TestedPublisher publisher;

  private Testee(SuiteFrames frames, Fault fault) {
    this.frames = frames;
    this.fault = fault;
    this.suite = new Suite(frames);
  }

  /**
   * Serves the suite until standard input ends, and exits with 0.
   *
   * @param arguments none, or {@code --broken NAME} for one of {@link BrokenTestees}
   */
  public static void main(String[] arguments) throws IOException {
    Fault fault = fault(arguments);
    BufferedOutputStream protocol =
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
    // Whatever anybody prints must not come between the messages.
    System.setOut(System.err);
    new Testee(new SuiteFrames(new BufferedInputStream(System.in), protocol), fault).serve();
    System.exit(0);
  }

  private static Fault fault(String[] arguments) {
    if (arguments.length == 0) {
      return Fault.NONE;
    }
    if (arguments.length != 2 || !arguments[0].equals("--broken")) {
      throw new IllegalArgumentException(
          "Expected no arguments, or --broken NAME, but got " + String.join(" ", arguments));
    }
    return BrokenTestees.fault(arguments[1]);
  }

  private void serve() throws IOException {
    for (Request request = frames.read(); request != null; request = frames.read()) {
      Request read = request;
      try {
        take(read);
      } catch (RejectedExecutionException e) {
        suite.problem(
            read.getId(),
            new IllegalStateException(
                "Expected at most %d requests at a time, but there are more"
                    .formatted(MAX_REQUESTS_AT_WORK),
                e));
      } catch (RuntimeException e) {
        suite.problem(read.getId(), e);
      }
    }
  }

  private void take(Request request) {
    int id = request.getId();
    switch (request.getRequestCase()) {
      case DESCRIBE -> suite.send(Response.newBuilder().setId(id).setDescription(description()));
      case START_AGENT -> answer(id, () -> start(request.getStartAgent()));
      case STOP_AGENT -> answer(id, () -> stop(request.getStopAgent()));
      case HANDLE_REPLY -> suite.reply(id, request.getHandleReply());
      case START_PUBLISHER -> {
        if (publisher != null) {
          throw new IllegalStateException("Expected one publisher at a time, but one is started");
        }
        publisher = TestedPublisher.start(request.getStartPublisher(), suite, fault);
        suite.done(id);
      }
      // In the order of the requests, so here.
      case PUBLISH -> started().publish(id, request.getPublish());
      case STOP_PUBLISHER -> {
        TestedPublisher stopped = started();
        publisher = null;
        answer(id, () -> stopped.close(wait(request.getStopPublisher())));
      }
      case VECTOR -> compute(id, request.getVector());
      case REQUEST_NOT_SET ->
          suite.unsupported(id, "Expected a request that this testee knows, but got another");
    }
  }

  private void compute(int id, Vector vector) {
    if (!vectors.knows(vector.getKind())) {
      suite.unsupported(id, "Expected a known kind of vector, but got " + vector.getKind());
      return;
    }
    String output =
        fault.answer(vector.getKind(), vectors.compute(vector.getKind(), vector.getInputJson()));
    suite.send(
        Response.newBuilder().setId(id).setVector(VectorAnswer.newBuilder().setOutputJson(output)));
  }

  /** Does it on a thread of its own, and answers. */
  private void answer(int id, Runnable task) {
    workers.execute(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            suite.problem(id, e);
            return;
          }
          suite.done(id);
        });
  }

  private void start(StartAgent settings) {
    agents.compute(
        settings.getAgent(),
        (number, running) -> {
          if (running != null) {
            throw new IllegalStateException(
                "Expected agent %d to be a new one, but it is running".formatted(number));
          }
          return TestedAgent.start(settings, suite, fault);
        });
  }

  private void stop(StopAgent request) {
    TestedAgent stopped = agents.remove(request.getAgent());
    if (stopped == null) {
      throw new IllegalStateException(
          "Expected agent %d to be running, but it is not".formatted(request.getAgent()));
    }
    stopped.close();
  }

  private TestedPublisher started() {
    if (publisher == null) {
      throw new IllegalStateException("Expected a publisher to be started, but there is none");
    }
    return publisher;
  }

  private static Duration wait(StopPublisher request) {
    return Duration.ofMillis(Integer.toUnsignedLong(request.getWaitMs()));
  }

  private static Description description() {
    return Description.newBuilder()
        .setLanguage("java")
        .setSdk("swarmlog-java " + SwarmConnection.version())
        .addFeatures(Feature.FEATURE_CURSOR_ON_DISK)
        .addFeatures(Feature.FEATURE_TRANSACTION)
        .addFeatures(Feature.FEATURE_BATCHES)
        .addFeatures(Feature.FEATURE_SYNC)
        .addFeatures(Feature.FEATURE_DRIFT)
        .addFeatures(Feature.FEATURE_NACK)
        .addFeatures(Feature.FEATURE_TELEMETRY)
        .addFeatures(Feature.FEATURE_PUBLISHER)
        .addFeatures(Feature.FEATURE_TRACING)
        .build();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "testee-request");
    thread.setDaemon(true);
    return thread;
  }
}
