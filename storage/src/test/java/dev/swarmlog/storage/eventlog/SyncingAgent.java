package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A {@link ModelAgent} with a view, brought up to date as the protocol has it, or part of it. */
final class SyncingAgent {

  /**
   * A snapshot that is being taken over.
   *
   * @param scopes those it has, ascending
   * @param at the scope of the last page; -1 before the first one
   * @param lastKey where that page ended; empty for the end of the scope
   */
  private record Snapshot(long position, List<Scope> scopes, int at, String lastKey) {}

  private final String name;
  private final Random random;
  private final SwarmWriter writer;
  private final ModelAgent agent = new ModelAgent();
  private Set<Scope> held;
  private Set<Scope> view;
  private @Nullable Snapshot snapshot;
  private boolean mayStop = true;
  private final Map<String, Integer> ways;

  /**
   * A new one that knows nothing.
   *
   * @param ways counts in which ways agents have been brought up to date
   */
  SyncingAgent(String name, Random random, SwarmWriter writer, Map<String, Integer> ways) {
    this.name = name;
    this.ways = ways;
    this.random = random;
    this.writer = writer;
    this.view = anyView();
    this.held = view;
  }

  /** Brings it to the head. */
  void syncToHead(EventLog log) {
    mayStop = false;
    sync(log);
    sync(log);
    assertThat(agent.cursor()).as(name).isEqualTo(writer.head());
  }

  /** One connection: as far as it gets. */
  void sync(EventLog log) {
    if (snapshot != null) {
      count("snapshot, resumed");
      finish(log, snapshot);
      return;
    }
    if (random.nextInt(12) == 0) {
      view = anyView();
    }
    Set<Scope> dropped = new HashSet<>(held);
    dropped.removeAll(view);
    agent.drop(dropped);
    held = new HashSet<>(held);
    held.retainAll(view);
    Set<Scope> added = new HashSet<>(view);
    added.removeAll(held);
    long target = writer.head();
    if (random.nextInt(10) == 0) {
      finish(log, new Snapshot(target, ascending(view), -1, ""));
    } else if (added.isEmpty() && agent.isWhole() && random.nextInt(4) == 0) {
      goLive(log, target);
    } else if (readDelta(log, target)) {
      finish(log, new Snapshot(target, ascending(added), -1, ""));
    }
  }

  private void goLive(EventLog log, long head) {
    count("live");
    while (agent.cursor() < head) {
      agent.commit(log.read(SWARM, Log.LOG_MAIN, View.of(held), agent.cursor(), head, maxBytes()));
    }
  }

  /** Returns false if it was cut off. */
  private boolean readDelta(EventLog log, long target) {
    View of = View.of(held);
    DeltaBounds bounds = agent.resume(target);
    boolean exact = agent.isWhole();
    Map<Place, Payload> keysBefore = agent.keys();
    long redundantBefore = agent.redundantEntries();
    long nowBefore = log.durableLoggedUnixNs();
    List<Long> sent = new ArrayList<>();
    long accounted = 0;
    while (agent.cursor() < target) {
      Page page = log.readDelta(SWARM, Log.LOG_MAIN, of, bounds, agent.cursor(), maxBytes());
      page.operations().forEach(operation -> sent.add(operation.opId()));
      accounted += page.operations().size() + page.netZero().size() + page.expired().size();
      if (!page.expired().isEmpty()) {
        count("page without what expired");
      }
      agent.commit(page, bounds, exact);
      if (isCutOff(log)) {
        return false;
      }
    }
    DeltaOracle oracle = new DeltaOracle(writer.operations());
    long start = bounds.start();
    String where = name + " " + bounds + " of " + of;
    assertThat(agent.outOfOrder()).as(where).isZero();
    assertThat(accounted + superseded(of, start, target))
        .as(where)
        .isEqualTo(log.count(SWARM, Log.LOG_MAIN, of, start, target));
    if (bounds.exact()) {
      assertThat(sent)
          .as(where)
          .isSubsetOf(oracle.minimal(of, keysBefore, start, target, nowBefore))
          .containsAll(oracle.minimal(of, keysBefore, start, target, log.durableLoggedUnixNs()));
      assertThat(agent.redundantEntries()).as(where).isEqualTo(redundantBefore);
    }
    check(log, oracle, of, target, where);
    count(bounds.exact() ? exact ? "delta" : "delta, resumed" : "delta, resumed twice");
    return true;
  }

  /** Events up to the snapshot's position, if it has not been there, and its pages. */
  private void finish(EventLog log, Snapshot plan) {
    View events = View.of(held);
    while (agent.cursor() < plan.position) {
      agent.commit(
          log.readEvents(SWARM, Log.LOG_MAIN, events, agent.cursor(), plan.position, maxBytes()));
      snapshot = plan;
      if (isCutOff(log)) {
        return;
      }
    }
    Snapshot at = plan.at < 0 ? turn(plan) : plan;
    while (at.at < plan.scopes.size()) {
      Scope scope = plan.scopes.get(at.at);
      KeyPage page =
          log.readKeys(
              SWARM, Log.LOG_MAIN, scope, plan.position, KeyInterval.after(at.lastKey), maxBytes());
      agent.commit(scope, page);
      at = new Snapshot(plan.position, plan.scopes, at.at, page.throughKey());
      at = page.throughKey().isEmpty() ? turn(at) : at;
      snapshot = at;
      if (isCutOff(log)) {
        return;
      }
    }
    List<ScopeSums> receipt = log.sums(SWARM, Log.LOG_MAIN, View.of(view), plan.position);
    for (ScopeSums sums : receipt) {
      if (!held.contains(sums.getScope())) {
        agent.startEvents(sums);
      }
    }
    held = view;
    snapshot = null;
    if (!plan.scopes.isEmpty()) {
      count(plan.scopes.size() < view.size() ? "snapshot of some scopes" : "snapshot");
    }
    DeltaOracle oracle = new DeltaOracle(writer.operations());
    check(log, oracle, View.of(view), plan.position, name + " " + plan);
  }

  private static Snapshot turn(Snapshot plan) {
    return new Snapshot(plan.position, plan.scopes, plan.at + 1, "");
  }

  private void check(EventLog log, DeltaOracle oracle, View of, long target, String where) {
    assertThat(agent.cursor()).as(where).isEqualTo(target);
    assertThat(agent.keys()).as(where).isEqualTo(oracle.state(of, target));
    List<ScopeSums> receipt = log.sums(SWARM, Log.LOG_MAIN, of, target);
    assertThat(agent.differing(receipt)).as(where).isEmpty();
  }

  private void count(String way) {
    ways.merge(way, 1, Integer::sum);
  }

  private long superseded(View of, long from, long to) {
    List<Place> places =
        writer.operations().subList((int) from, (int) to).stream()
            .filter(operation -> !operation.getKey().isEmpty())
            .map(Place::of)
            .filter(place -> of.contains(place.scope()))
            .toList();
    return places.size() - Set.copyOf(places).size();
  }

  /** What happens between two pages. */
  private boolean isCutOff(EventLog log) {
    if (random.nextInt(3) == 0 && mayStop) {
      writer.append(log);
    }
    return mayStop && random.nextInt(6) == 0;
  }

  private int maxBytes() {
    return random.nextBoolean() ? 1 : 1 + random.nextInt(2_000);
  }

  private Set<Scope> anyView() {
    Set<Scope> scopes = new HashSet<>();
    for (Scope scope : SwarmWriter.SCOPES) {
      if (random.nextBoolean()) {
        scopes.add(scope);
      }
    }
    return scopes;
  }

  private static List<Scope> ascending(Set<Scope> scopes) {
    return SwarmWriter.SCOPES.stream().filter(scopes::contains).toList();
  }
}
