package dev.swarmlog.conformance.testee;

import dev.swarmlog.conformance.v1.Describe;
import dev.swarmlog.conformance.v1.Description;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A testee that runs: sends requests, and hands what comes without being asked for to a listener.
 * Thread-safe. Owns two threads, for standard output and standard error.
 */
public final class TesteeProcess implements AutoCloseable {
  /** The exit code of a testee that cannot run here, as EX_UNAVAILABLE of sysexits. */
  static final int UNAVAILABLE = 69;

  private static final int ERROR_LINES = 200;
  private static final Duration EXIT_PATIENCE = Duration.ofSeconds(5);

  private final Process process;
  private final DataOutputStream requests;
  private final Map<Integer, CompletableFuture<Response>> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger lastId = new AtomicInteger();
  private final Deque<String> errors = new ArrayDeque<>();
  private final Duration patience;
  private final Thread errorReader;
  private volatile Consumer<Response> listener = response -> {};
  // Why nothing more can be read; null as long as something can.
  private volatile @Nullable String ended;

  private TesteeProcess(Process process, Duration patience) {
    this.process = process;
    this.patience = patience;
    this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.errorReader = thread("testee-errors", this::readErrors);
    thread("testee-responses", this::read);
  }

  /**
   * Starts one.
   *
   * @param patience for each answer
   * @throws TesteeException if it cannot be started
   */
  public static TesteeProcess start(List<String> command, Duration patience)
      throws TesteeException {
    try {
      return new TesteeProcess(new ProcessBuilder(command).start(), patience);
    } catch (IOException e) {
      throw new TesteeException(
          "Expected to start the testee %s, but got: %s"
              .formatted(String.join(" ", command), e.getMessage()));
    }
  }

  /** Who gets Handle, AgentEvent and PublishOutcome; on a thread of the process. */
  public void listener(Consumer<Response> listener) {
    this.listener = listener;
  }

  /**
   * What the testee says of itself.
   *
   * @throws TesteeUnavailableException if it says that it cannot run here, by ending with {@value
   *     #UNAVAILABLE}
   */
  public Description describe() throws TesteeException {
    Response answer;
    try {
      answer = ask(Request.newBuilder().setDescribe(Describe.getDefaultInstance()));
    } catch (TesteeException e) {
      throw hasEndedAsUnavailable() ? new TesteeUnavailableException(lastError()) : e;
    }
    if (!answer.hasDescription()) {
      throw new TesteeException("Expected a Description, but got " + answer.getResponseCase());
    }
    return answer.getDescription();
  }

  private boolean hasEndedAsUnavailable() {
    try {
      return process.waitFor(EXIT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          && process.exitValue() == UNAVAILABLE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private String lastError() throws TesteeException {
    try {
      errorReader.join(EXIT_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TesteeException("Interrupted");
    }
    List<String> lines = errors();
    return lines.isEmpty() ? "it does not say why" : lines.get(lines.size() - 1);
  }

  /** Sends a request and waits for its answer. */
  public Response ask(Request.Builder request) throws TesteeException {
    int id = lastId.incrementAndGet();
    CompletableFuture<Response> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    String over = ended;
    if (over != null) {
      throw failure(over);
    }
    tell(request.setId(id).build());
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw failure(
          "Expected an answer to %s within %d s, but there was none"
              .formatted(request.getRequestCase(), patience.toSeconds()));
    } catch (ExecutionException e) {
      throw failure(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TesteeException("Interrupted");
    } finally {
      waiting.remove(id);
    }
  }

  /** An id for a request whose answer comes to the listener. */
  public int newId() {
    return lastId.incrementAndGet();
  }

  /** Sends a request, and does not wait. */
  public synchronized void tell(Request request) throws TesteeException {
    try {
      Frames.write(requests, request);
    } catch (IOException e) {
      throw failure("Expected the testee to run, but it has ended");
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it at once, as SIGKILL does. */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What it wrote to standard error last. */
  public List<String> errors() {
    synchronized (errors) {
      return List.copyOf(errors);
    }
  }

  @Override
  public void close() {
    try {
      requests.close();
      if (!process.waitFor(EXIT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (IOException e) {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      kill();
    }
  }

  private void read() {
    String why = "Expected the testee to answer, but it ended";
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
      for (Response next = Frames.read(in); next != null; next = Frames.read(in)) {
        boolean unasked = next.hasHandle() || next.hasEvent() || next.hasOutcome();
        CompletableFuture<Response> asked = unasked ? null : waiting.remove(next.getId());
        if (asked != null) {
          asked.complete(next);
        } else {
          listener.accept(next);
        }
      }
    } catch (IOException e) {
      why = String.valueOf(e.getMessage());
      // Whatever it says next would not be understood.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    ended = why;
    TesteeException over = new TesteeException(why);
    waiting.values().forEach(asked -> asked.completeExceptionally(over));
  }

  private void readErrors() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (errors) {
          errors.add(line);
          if (errors.size() > ERROR_LINES) {
            errors.remove();
          }
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  private TesteeException failure(String message) {
    List<String> last = errors();
    return new TesteeException(
        last.isEmpty()
            ? message
            : message
                + "; it wrote last: "
                + String.join(" / ", last.subList(Math.max(0, last.size() - 5), last.size())));
  }

  private static Thread thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
