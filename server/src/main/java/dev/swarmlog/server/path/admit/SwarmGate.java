package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.admit.RateGate.Alarm;
import dev.swarmlog.server.path.admit.RateGate.Amount;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Listener;
import dev.swarmlog.server.path.admit.RateGate.Most;
import dev.swarmlog.server.path.admit.RateGate.Ticket;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.WaitingPublisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one swarm, and who waits for them.
 *
 * <p>A {@link Turn} stands in one of two places, by what its first waiter lacks: in {@link
 * #refilling} while the publisher's own buckets have not enough, in {@link #ready} afterwards,
 * where the first of a log waits for the swarm's buckets and nobody takes from them before it. Only
 * the first of a turn takes from the publisher's buckets of that log, so what was there for it
 * stays there. Tokens are taken all at once, when it passes.
 *
 * <p>Any thread may call; everything is guarded by the monitor, which is held for a few steps per
 * waiter that passes. Listeners are told after it was released.
 */
final class SwarmGate {

  /** In this order: who waits in one of them goes before all in the next. */
  private static final List<Log> LOGS = List.of(Log.LOG_CONTROL, Log.LOG_MAIN, Log.LOG_TELEMETRY);

  /** More often than this nobody is woken: what has come meanwhile passes together. */
  private static final long SHORTEST_WAIT_NS = Duration.ofMillis(1).toNanos();

  private static final int MAX_WAITING_SHOWN = 20;

  private final String swarm;
  private final Limits limits;
  private final Supplier<RateLimits> published;
  private final TimeSource time;
  private final Alarm alarm;
  private final long patienceNs;
  private final AloneRoom room;

  // Guarded by this.
  private RateLimits inForce = RateLimits.getDefaultInstance();
  private final SwarmBuckets buckets;
  private final Map<Turn.Place, Turn> turns = new HashMap<>();
  private final TreeSet<Turn> refilling =
      new TreeSet<>(Comparator.comparingLong(Turn::refilledAtNs).thenComparingLong(Turn::sequence));
  private final Map<Log, LinkedHashSet<Turn>> ready = new EnumMap<>(Log.class);
  private final TreeSet<Waiter> byDeadline =
      new TreeSet<>(
          Comparator.comparingLong(Waiter::deadlineNs).thenComparingLong(Waiter::sequence));
  private final WaitFigures figures = new WaitFigures();
  private Amount waitingTogether = new Amount(0, 0);
  private long lastSequence;
  private @Nullable Future<?> wake;
  private long wakeAtNs;
  private boolean stopped;

  SwarmGate(
      String swarm,
      Limits limits,
      Supplier<RateLimits> published,
      TimeSource time,
      Alarm alarm,
      AloneRoom room) {
    this.swarm = swarm;
    this.limits = limits;
    this.published = published;
    this.time = time;
    this.alarm = alarm;
    this.room = room;
    this.patienceNs = limits.ratePatience().toNanos();
    this.buckets = new SwarmBuckets(limits.maxRateBucketsPerSwarm(), new MonotonicMeter(time));
    LOGS.forEach(log -> ready.put(log, new LinkedHashSet<>()));
  }

  Ticket ask(Demand demand, Listener listener) {
    Ticket[] ticket = {() -> {}};
    change(
        told -> {
          Refusal tooLarge = buckets.tooLarge(demand);
          if (tooLarge != null) {
            figures.refused();
            told.add(() -> listener.refused(tooLarge));
          } else if (mayPass(demand)) {
            buckets.take(demand);
            told.add(listener::passed);
          } else {
            ticket[0] = enqueue(demand, listener, told);
          }
        });
    return ticket[0];
  }

  /** Whether there are tokens, and nobody who waits for the same. */
  private boolean mayPass(Demand demand) {
    boolean firstOfPublisher = !turns.containsKey(new Turn.Place(demand.publisher(), demand.log()));
    boolean firstOfSwarm =
        switch (demand.log()) {
          case LOG_CONTROL -> true;
          case LOG_MAIN -> readyIn(Log.LOG_MAIN).isEmpty();
          default -> readyIn(Log.LOG_MAIN).isEmpty() && readyIn(Log.LOG_TELEMETRY).isEmpty();
        };
    return firstOfPublisher
        && firstOfSwarm
        && buckets.ownWaitNs(demand) == 0
        && buckets.togetherWaitNs(demand) == 0;
  }

  private Ticket enqueue(Demand demand, Listener listener, List<Runnable> told) {
    Refusal refusal =
        stopped ? Admission.shuttingDown() : demand.alone() ? room.enter(demand) : null;
    if (refusal != null) {
      if (refusal.reason() == ErrorReason.ERROR_REASON_RATE_LIMITED) {
        figures.refused();
      }
      told.add(() -> listener.refused(refusal));
      return () -> {};
    }
    Turn turn =
        turns.computeIfAbsent(
            new Turn.Place(demand.publisher(), demand.log()),
            place -> new Turn(place, ++lastSequence));
    Waiter waiter =
        new Waiter(demand, listener, turn, demand.arrivedNs() + patienceNs, ++lastSequence);
    boolean first = turn.isEmpty();
    turn.add(waiter);
    byDeadline.add(waiter);
    count(demand, 1);
    if (first) {
      place(turn);
    }
    return () -> withdraw(waiter);
  }

  private void withdraw(Waiter waiter) {
    change(
        told -> {
          if (byDeadline.contains(waiter)) {
            leave(waiter);
          }
        });
  }

  /** The limits may be others; or it is time. */
  void look() {
    change(told -> {});
  }

  void stopWaiting() {
    change(
        told -> {
          stopped = true;
          for (Waiter waiter : List.copyOf(byDeadline)) {
            leave(waiter);
            told.add(() -> waiter.listener().refused(Admission.shuttingDown()));
          }
        });
  }

  synchronized Most most(Topic topic) {
    adopt(new ArrayList<>());
    return buckets.most(topic);
  }

  RateLimitFigures figures() {
    // Whoever has just changed the limits is to see what that did.
    look();
    return figuresNow();
  }

  private synchronized RateLimitFigures figuresNow() {
    long nowNs = time.monotonicNs();
    RateLimitFigures.Builder shown = figures.at(nowNs).setWaitingCount(byDeadline.size());
    turns.values().stream()
        .sorted(Comparator.comparingLong((Turn turn) -> turn.first().sequence()))
        .limit(MAX_WAITING_SHOWN)
        .forEach(turn -> shown.addWaitingPublishers(shown(turn, nowNs)));
    return shown.build();
  }

  private WaitingPublisher shown(Turn turn, long nowNs) {
    Bottleneck bottleneck = buckets.bottleneck(turn.first(), waitingTogether);
    return WaitingPublisher.newBuilder()
        .setPublisher(turn.place().publisher())
        .setLog(turn.place().log())
        .setWaitingCount(turn.size())
        .setWaitingMs(TimeUnit.NANOSECONDS.toMillis(nowNs - turn.first().demand().arrivedNs()))
        .setLimit(bottleneck == null ? "" : bottleneck.inWords())
        .build();
  }

  /** Does a step, lets pass what can, and tells those concerned. */
  private void change(Consumer<List<Runnable>> step) {
    List<Runnable> told = new ArrayList<>();
    synchronized (this) {
      adopt(told);
      // First those whose time has come, also where the alarm is late.
      serve(told);
      step.accept(told);
      serve(told);
      setAlarm();
    }
    told.forEach(Runnable::run);
  }

  /** Goes on by the limits in force. */
  private void adopt(List<Runnable> told) {
    RateLimits now = published.get();
    if (now.equals(inForce)) {
      return;
    }
    inForce = now;
    buckets.change(now);
    for (Waiter waiter : List.copyOf(byDeadline)) {
      Refusal tooLarge = buckets.tooLarge(waiter.demand());
      if (tooLarge != null) {
        leave(waiter);
        figures.refused();
        told.add(() -> waiter.listener().refused(tooLarge));
      }
    }
    List.copyOf(turns.values()).forEach(this::place);
  }

  /** Puts a turn where its first waiter belongs. */
  private void place(Turn turn) {
    refilling.remove(turn);
    LinkedHashSet<Turn> itsLog = readyIn(turn.place().log());
    if (turn.isEmpty()) {
      itsLog.remove(turn);
      turns.remove(turn.place());
      return;
    }
    long waitNs = buckets.ownWaitNs(turn.first().demand());
    if (waitNs == 0) {
      itsLog.add(turn);
    } else {
      itsLog.remove(turn);
      turn.refilledAt(time.monotonicNs() + waitNs);
      refilling.add(turn);
    }
  }

  private void serve(List<Runnable> told) {
    if (turns.isEmpty()) {
      return;
    }
    long nowNs = time.monotonicNs();
    boolean again;
    do {
      while (!refilling.isEmpty() && refilling.first().refilledAtNs() <= nowNs) {
        place(refilling.first());
      }
      for (Log log : LOGS) {
        if (!serve(log, nowNs, told)) {
          break;
        }
      }
      again = expire(nowNs, told);
    } while (again);
  }

  /** Lets pass what can of a log; answers whether nobody in it waits for the swarm's buckets. */
  private boolean serve(Log log, long nowNs, List<Runnable> told) {
    LinkedHashSet<Turn> waiting = readyIn(log);
    while (!waiting.isEmpty()) {
      Turn turn = waiting.iterator().next();
      Waiter first = turn.first();
      if (buckets.ownWaitNs(first.demand()) > 0) {
        place(turn);
        continue;
      }
      if (buckets.togetherWaitNs(first.demand()) > 0) {
        return false;
      }
      buckets.take(first.demand());
      figures.passedAfter(nowNs - first.demand().arrivedNs(), nowNs);
      // To the end of those that wait.
      waiting.remove(turn);
      leave(first);
      told.add(first.listener()::passed);
    }
    return true;
  }

  private boolean expire(long nowNs, List<Runnable> told) {
    boolean any = false;
    while (!byDeadline.isEmpty() && byDeadline.first().deadlineNs() <= nowNs) {
      Waiter waiter = byDeadline.first();
      Demand demand = waiter.demand();
      Refusal refusal = beyondPatience(waiter, nowNs - demand.arrivedNs());
      leave(waiter);
      if (demand.log() == Log.LOG_TELEMETRY) {
        figures.shed(demand.operations());
      } else {
        figures.refused();
      }
      told.add(() -> waiter.listener().refused(refusal));
      any = true;
    }
    return any;
  }

  private Refusal beyondPatience(Waiter waiter, long waitedNs) {
    Bottleneck bottleneck = buckets.bottleneck(waiter, waitingTogether);
    return bottleneck != null
        ? bottleneck.beyondPatience(waiter.demand(), waitedNs)
        : Refusal.of(
                ErrorReason.ERROR_REASON_OVERLOADED,
                "Expected at most %d publishers and topics to use their rate limits in swarm '%s', but there are as many."
                    .formatted(limits.maxRateBucketsPerSwarm(), swarm))
            .withRetryAfter(Admission.RETRY_AFTER);
  }

  private void leave(Waiter waiter) {
    Turn turn = waiter.turn();
    boolean first = turn.first().equals(waiter);
    turn.remove(waiter);
    byDeadline.remove(waiter);
    count(waiter.demand(), -1);
    if (waiter.demand().alone()) {
      room.leave(waiter.demand());
    }
    if (first) {
      place(turn);
    }
  }

  private void count(Demand demand, int sign) {
    if (demand.log() != Log.LOG_CONTROL) {
      waitingTogether =
          waitingTogether.plus(new Amount(sign * demand.operations(), sign * demand.bytes()));
    }
  }

  private void setAlarm() {
    if (turns.isEmpty()) {
      if (wake != null) {
        wake.cancel(false);
        wake = null;
      }
      return;
    }
    long nowNs = time.monotonicNs();
    long nextNs = byDeadline.first().deadlineNs();
    if (!refilling.isEmpty()) {
      nextNs = Math.min(nextNs, refilling.first().refilledAtNs());
    }
    for (Log log : LOGS) {
      if (!readyIn(log).isEmpty()) {
        Turn turn = readyIn(log).iterator().next();
        nextNs = Math.min(nextNs, nowNs + buckets.togetherWaitNs(turn.first().demand()));
        break;
      }
    }
    nextNs = Math.max(nextNs, nowNs + SHORTEST_WAIT_NS);
    if (wake != null) {
      if (wakeAtNs <= nextNs) {
        return;
      }
      wake.cancel(false);
    }
    wakeAtNs = nextNs;
    wake = alarm.in(nextNs - nowNs, this::woken);
  }

  private void woken() {
    synchronized (this) {
      wake = null;
    }
    look();
  }

  private LinkedHashSet<Turn> readyIn(Log log) {
    return Objects.requireNonNull(ready.get(log));
  }
}
