package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gates in memory, one for each swarm that has limits, or had some since the start. A swarm that
 * never had any costs a look at its state.
 */
final class LocalRateGate implements RateGate {

  private static final Ticket NOTHING = () -> {};

  private final Limits limits;
  private final Function<String, RateLimits> limitsOf;
  private final TimeSource time;
  private final Alarm alarm;
  private final Map<String, SwarmGate> gates = new ConcurrentHashMap<>();
  private final AtomicLong waitingAloneBytes = new AtomicLong();
  private volatile boolean stopped;

  LocalRateGate(
      Limits limits, Function<String, RateLimits> limitsOf, TimeSource time, Alarm alarm) {
    this.limits = limits;
    this.limitsOf = limitsOf;
    this.time = time;
    this.alarm = alarm;
  }

  @Override
  public Ticket ask(Demand demand, Listener listener) {
    SwarmGate gate = limiting(demand.swarm());
    if (gate == null) {
      listener.passed();
      return NOTHING;
    }
    return gate.ask(demand, listener);
  }

  @Override
  public Most most(String swarm, Topic topic) {
    SwarmGate gate = limiting(swarm);
    return gate == null ? new Most(Long.MAX_VALUE, Long.MAX_VALUE) : gate.most(topic);
  }

  @Override
  public void limitsChanged(String swarm) {
    SwarmGate gate = gates.get(swarm);
    if (gate != null) {
      gate.look();
    }
  }

  @Override
  public RateLimitFigures figures(String swarm) {
    SwarmGate gate = gates.get(swarm);
    return gate == null ? RateLimitFigures.getDefaultInstance() : gate.figures();
  }

  @Override
  public void stopWaiting() {
    stopped = true;
    gates.values().forEach(SwarmGate::stopWaiting);
  }

  /** The gate of a swarm; null if nothing limits it. */
  private @Nullable SwarmGate limiting(String swarm) {
    boolean limited = !limitsOf.apply(swarm).equals(RateLimits.getDefaultInstance());
    // Without limits nothing waits for long, but those in front go first.
    return limited ? gates.computeIfAbsent(swarm, this::gate) : gates.get(swarm);
  }

  private SwarmGate gate(String swarm) {
    SwarmGate gate =
        new SwarmGate(
            swarm,
            limits,
            () -> limitsOf.apply(swarm),
            time,
            alarm,
            new AloneRoom(limits, waitingAloneBytes));
    if (stopped) {
      gate.stopWaiting();
    }
    return gate;
  }
}
