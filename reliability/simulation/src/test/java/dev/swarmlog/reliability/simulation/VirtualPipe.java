package dev.swarmlog.reliability.simulation;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a call: messages in order, as many as were asked for, then an end behind them.
 * What was sent and not read yet fills the window.
 */
final class VirtualPipe<M> {

  private final VirtualLink link;
  private final boolean up;
  private final Runnable writable;

  /** Arrived, not asked for. */
  private final ArrayDeque<Item<M>> arrived = new ArrayDeque<>();

  private VirtualLink.@Nullable Connection connection;
  private @Nullable VirtualProcess reader;
  private Consumer<M> deliver = message -> {};
  private long lastArrivalNs;
  private long unreadBytes;
  private long requested;
  private boolean full;
  private boolean delivering;
  private boolean closed;

  /** A message, or what is to be done behind those before it. */
  private record Item<M>(@Nullable M message, int bytes, @Nullable Runnable action) {}

  /**
   * A direction that is not connected yet.
   *
   * @param writable run at the writer when the window opens again
   */
  VirtualPipe(VirtualLink link, boolean up, Runnable writable) {
    this.link = link;
    this.up = up;
    this.writable = writable;
  }

  void connect(VirtualLink.Connection on, VirtualProcess readingProcess, Consumer<M> deliverTo) {
    connection = on;
    reader = readingProcess;
    deliver = deliverTo;
  }

  boolean isWritable() {
    return unreadBytes < VirtualNetwork.WINDOW_BYTES;
  }

  void send(M message, int bytes, long holdNs) {
    unreadBytes += bytes;
    full |= !isWritable();
    transmit(new Item<>(message, bytes, null), holdNs);
  }

  /** Does something at the reader behind the messages, whether any are asked for or not. */
  void act(Runnable action) {
    arrive(action, 0);
  }

  /** Does something at the reader once all messages are read. */
  void finish(Runnable action) {
    transmit(new Item<>(null, 0, action), 0);
  }

  /** Does something at the reader; what was not read is dropped. */
  void reset(Runnable action) {
    arrive(
        () -> {
          arrived.clear();
          action.run();
        },
        0);
  }

  private void transmit(Item<M> item, long holdNs) {
    arrive(
        () -> {
          arrived.add(item);
          pump();
        },
        holdNs);
  }

  private void arrive(Runnable action, long holdNs) {
    VirtualLink.Connection on = connection;
    VirtualProcess at = reader;
    if (on == null || at == null || on.isCut()) {
      return;
    }
    VirtualTime time = link.network().time();
    lastArrivalNs = Math.max(lastArrivalNs, link.arrivalNs(up) + holdNs);
    time.schedule(
        at,
        lastArrivalNs - time.nowNs(),
        () -> {
          if (!on.isCut()) {
            action.run();
          }
        });
  }

  /** The reader takes so many more. */
  void request(int count) {
    requested += count;
    VirtualProcess at = reader;
    if (!delivering && !arrived.isEmpty() && at != null) {
      link.network().time().schedule(at, 0, this::pump);
    }
  }

  private void pump() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (!closed && !arrived.isEmpty()) {
        Item<M> next = arrived.peek();
        if (next.action == null && requested == 0) {
          return;
        }
        arrived.remove();
        if (next.action != null) {
          next.action.run();
        } else if (next.message != null) {
          requested--;
          read(next.bytes);
          deliver.accept(next.message);
        }
      }
    } finally {
      delivering = false;
    }
  }

  private void read(int bytes) {
    VirtualLink.Connection on = connection;
    unreadBytes -= bytes;
    if (full && isWritable() && on != null) {
      full = false;
      VirtualTime time = link.network().time();
      long atNs = link.arrivalNs(!up);
      time.schedule(
          up ? on.client() : on.server(),
          atNs - time.nowNs(),
          () -> {
            if (!on.isCut()) {
              writable.run();
            }
          });
    }
  }

  void close() {
    closed = true;
  }
}
