package dev.swarmlog.reliability.history;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what clients do to one log while they do it. Any thread may call it; its monitor
 * guards what it holds.
 */
public final class Recorder {

  private final String name;
  private final LongSupplier monotonicNs;
  private final long startNs;
  private final List<Begun> begun = new ArrayList<>();

  /** For a log of that name, with the machine's monotonic clock. */
  public Recorder(String name) {
    this(name, System::nanoTime);
  }

  /**
   * For a log of that name.
   *
   * @param monotonicNs the one clock of all clients
   */
  public Recorder(String name, LongSupplier monotonicNs) {
    this.name = name;
    this.monotonicNs = monotonicNs;
    this.startNs = monotonicNs.getAsLong();
  }

  /** A client is about to send a request. */
  public Begun begin(String client, Request request) {
    synchronized (begun) {
      Begun call = new Begun(begun.size() + 1, client, request, nowNs());
      begun.add(call);
      return call;
    }
  }

  /** What has been seen so far; what has not returned yet is unknown. */
  public History history() {
    synchronized (begun) {
      return new History(name, begun.stream().map(Begun::toCall).toList());
    }
  }

  private long nowNs() {
    return monotonicNs.getAsLong() - startNs;
  }

  /** A call under way. */
  public final class Begun {
    private final int id;
    private final String client;
    private final Request request;
    private final long invokedNs;
    private @Nullable Call done;

    private Begun(int id, String client, Request request, long invokedNs) {
      this.id = id;
      this.client = client;
      this.request = request;
      this.invokedNs = invokedNs;
    }

    /** The client has its answer, or has given up; once. */
    public void end(Answer answer) {
      synchronized (begun) {
        if (done != null) {
          throw new IllegalStateException(
              "Expected call " + id + " to end once, but it ends twice");
        }
        done = new Call(id, client, invokedNs, nowNs(), request, answer);
      }
    }

    private Call toCall() {
      Call ended = done;
      return ended != null
          ? ended
          : new Call(id, client, invokedNs, nowNs(), request, new Answer.Unknown());
    }
  }
}
