package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.grpc.Connection;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.Exclusion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells agents that are not served so: at once at first, and late if they go on without waiting.
 *
 * <p>Whose answer is late keeps a stream open for it. A few of those are all that its client may
 * have open meanwhile ({@link Connection#narrow}), so what it asks beyond stays with the client.
 * Nothing is held on connections that carry others, too (ADR 0026).
 *
 * <p>Any thread may call; everything is guarded by the monitor, and clients are told after it was
 * released. A task runs on the timer every 100 ms while there is a connection to look after.
 */
final class HeldCalls implements OpenStreams.Draining {

  private static final long TICK_MS = 100;

  private final Limits limits;
  private final TimeSource time;
  private final ScheduledExecutorService timer;

  // Guarded by this. The connections are in the order of their last refusal.
  private final TreeSet<Held> byEnd =
      new TreeSet<>(Comparator.comparingLong(Held::endNs).thenComparingLong(Held::sequence));
  private final Map<Connection, Line> lines = new LinkedHashMap<>(16, 0.75f, true);
  private long lastSequence;
  private boolean ticking;
  private boolean draining;

  /** What a connection was told lately. */
  private static final class Line {
    private int refusedAtOnce;
    private int held;
    private long lastNs;
  }

  private record Held(
      long endNs, long sequence, Exclusion exclusion, Responder<?> responder, Line line) {}

  HeldCalls(Limits limits, TimeSource time, ScheduledExecutorService timer) {
    this.limits = limits;
    this.time = time;
    this.timer = timer;
  }

  /** Refuses the call that runs on this thread, now or later. It must not be answered otherwise. */
  void refuse(Exclusion exclusion, Responder<?> responder) {
    Connection connection = Connection.current();
    long nowNs = time.monotonicNs();
    Held held = null;
    if (connection != null) {
      connection.carries(exclusion.swarm(), exclusion.agent());
      if (!connection.isShared() && goesOn(connection, nowNs)) {
        connection.narrow(limits.maxHeldCallsPerConnection());
        held = hold(connection, exclusion, responder, nowNs);
      }
    }
    if (held == null) {
      responder.refuse(exclusion.refusalAt(nowNs));
      return;
    }
    Held place = held;
    responder.alsoWhenClosed(() -> leave(place));
  }

  /** Whether it has been told often enough. */
  private synchronized boolean goesOn(Connection connection, long nowNs) {
    Line line = lines.get(connection);
    if (line == null) {
      if (draining || lines.size() >= limits.maxHeldCalls()) {
        return false;
      }
      line = new Line();
      lines.put(connection, line);
      tickLater();
    }
    line.lastNs = nowNs;
    if (line.refusedAtOnce < limits.maxRefusalsAtOnce()) {
      line.refusedAtOnce++;
      return false;
    }
    return true;
  }

  private synchronized @Nullable Held hold(
      Connection connection, Exclusion exclusion, Responder<?> responder, long nowNs) {
    Line line = lines.get(connection);
    if (draining
        || line == null
        || line.held >= limits.maxHeldCallsPerConnection()
        || byEnd.size() >= limits.maxHeldCalls()) {
      return null;
    }
    long endNs = nowNs + Math.min(limits.maxHold().toNanos(), exclusion.untilNs() - nowNs);
    Held held = new Held(endNs, ++lastSequence, exclusion, responder, line);
    byEnd.add(held);
    line.held++;
    return held;
  }

  private synchronized void leave(Held held) {
    if (byEnd.remove(held)) {
      held.line().held--;
    }
  }

  private void tick() {
    long nowNs = time.monotonicNs();
    List<Connection> calm = new ArrayList<>();
    List<Held> due = new ArrayList<>();
    synchronized (this) {
      while (!byEnd.isEmpty() && byEnd.first().endNs() <= nowNs) {
        Held held = byEnd.first();
        leave(held);
        due.add(held);
      }
      forgetCalm(nowNs, calm);
      ticking = false;
      tickLater();
    }
    calm.forEach(Connection::widen);
    due.forEach(held -> held.responder().refuse(held.exclusion().refusalAt(nowNs)));
  }

  /** Twice as long as an answer is held: so nothing is held on those that are forgotten. */
  private void forgetCalm(long nowNs, List<Connection> calm) {
    Iterator<Map.Entry<Connection, Line>> eldestFirst = lines.entrySet().iterator();
    while (eldestFirst.hasNext()) {
      Map.Entry<Connection, Line> eldest = eldestFirst.next();
      if (nowNs - eldest.getValue().lastNs < 2 * limits.maxHold().toNanos()) {
        return;
      }
      calm.add(eldest.getKey());
      eldestFirst.remove();
    }
  }

  private void tickLater() {
    if (!ticking && !draining && !lines.isEmpty()) {
      ticking = true;
      timer.schedule(this::tick, TICK_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** Refuses all, and from now on at once. */
  @Override
  public void drain() {
    List<Held> all;
    synchronized (this) {
      draining = true;
      all = List.copyOf(byEnd);
      byEnd.clear();
      lines.clear();
    }
    all.forEach(held -> held.responder().refuse(Admission.shuttingDown()));
  }
}
