package dev.swarmlog.reliability.faults.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.faults.sync.WholeLog.ScopedKey;
import dev.swarmlog.sdk.KeyInterval;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Goes through everything an agent committed of one log, next to the whole log, and compares. It
 * knows nothing of deltas: wherever nothing is interrupted, the keyed state of the view must be
 * what a fold of the log up to there gives; and of every scope each event must have been applied
 * once and in order, from where the scope came into the view to where it left it.
 */
final class AgentCheck {
  private final KilledAgent agent;
  private final WholeLog log;

  // The fold of the log so far.
  private final Map<ScopedKey, String> expected = new HashMap<>();
  private int folded;
  // What the agent holds so far.
  private final Map<ScopedKey, String> held = new HashMap<>();
  // Where each scope of the view was taken over: its events are the agent's from there on.
  private final Map<Scope, Long> cuts = new HashMap<>();
  private final List<Operation> applied = new ArrayList<>();
  private final Map<Long, Operation> due = new TreeMap<>();
  private int comparisons;

  AgentCheck(KilledAgent agent, WholeLog log) {
    this.agent = agent;
    this.log = log;
  }

  /** Answers how often keyed state was compared. */
  int run() throws Exception {
    List<EffectRecord> records =
        agent.records().stream().filter(record -> record.log() == log.log()).toList();
    LogResume before = LogResume.getDefaultInstance();
    for (int i = 0; i < records.size(); i++) {
      EffectRecord record = records.get(i);
      LogResume after = record.resume(log.log());
      List<Scope> view = agent.view(record.launch()).scopes(log.log());
      moveCuts(i == 0, view, before, after, record);
      record.operations().forEach(this::apply);
      record.replaced().forEach(interval -> replace(interval, record));
      if (CrashingAgent.interruption(after).equals("whole")) {
        compareKeys(view, after.getPosition().getOpId(), record);
      }
      before = after;
    }
    eventsDue(cuts, before.getPosition().getOpId());
    compareEvents();
    return comparisons;
  }

  private void moveCuts(
      boolean first, List<Scope> view, LogResume before, LogResume after, EffectRecord record) {
    Map<Scope, Long> left = new HashMap<>(cuts);
    left.keySet().removeAll(view);
    eventsDue(left, before.getPosition().getOpId());
    cuts.keySet().retainAll(view);
    for (Scope scope : view) {
      if (first) {
        cuts.put(scope, 0L);
      } else if (bringsEventsBeforePages(before, after, scope, record)) {
        cuts.putIfAbsent(scope, before.getPosition().getOpId());
      } else if (after.getScopesList().contains(scope)) {
        cuts.putIfAbsent(scope, after.getPosition().getOpId());
      }
    }
  }

  /**
   * Whether the record brings events of an added scope in front of its keyed state: only where a
   * snapshot goes on that was cut off among its events. Then they come from there on.
   */
  private static boolean bringsEventsBeforePages(
      LogResume before, LogResume after, Scope scope, EffectRecord record) {
    return before.hasSnapshot()
        && after.hasSnapshot()
        && !after.getSnapshot().hasScope()
        && record.operations().stream()
            .anyMatch(
                operation ->
                    WholeLog.isEvent(operation) && WholeLog.scopeOf(operation).equals(scope));
  }

  /** The events of scopes from their cuts to an operation. */
  private void eventsDue(Map<Scope, Long> from, long toInclusive) {
    for (Operation operation : log.operations()) {
      Long cut = from.get(WholeLog.scopeOf(operation));
      if (WholeLog.isEvent(operation)
          && cut != null
          && operation.getOpId() > cut
          && operation.getOpId() <= toInclusive) {
        due.put(operation.getOpId(), operation);
      }
    }
  }

  private void apply(Operation operation) {
    if (WholeLog.isEvent(operation)) {
      applied.add(operation);
    } else {
      fold(operation, held);
    }
  }

  private void replace(KeyInterval interval, EffectRecord record) {
    held.keySet()
        .removeIf(
            held ->
                held.scope().equals(interval.scope())
                    && held.key().compareTo(interval.afterKey()) > 0
                    && (interval.throughKey().isEmpty()
                        || held.key().compareTo(interval.throughKey()) <= 0)
                    && record.operations().stream()
                        .noneMatch(operation -> ScopedKey.of(operation).equals(held)));
  }

  private void compareKeys(List<Scope> view, long opId, EffectRecord record) {
    while (folded < log.operations().size() && log.operations().get(folded).getOpId() <= opId) {
      Operation operation = log.operations().get(folded++);
      if (!WholeLog.isEvent(operation)) {
        fold(operation, expected);
      }
    }
    Map<ScopedKey, String> inView = new TreeMap<>(expected);
    inView.keySet().removeIf(key -> !view.contains(key.scope()));
    comparisons++;
    assertThat(new TreeMap<>(held))
        .as(
            "keyed state of %s at %s %d, launch %d",
            agent.view().agent(), log.log(), opId, record.launch())
        .isEqualTo(inView);
  }

  private void compareEvents() {
    long last = 0;
    List<Long> appliedIds = new ArrayList<>();
    for (Operation operation : applied) {
      assertThat(operation.getOpId())
          .as("the next event of %s in %s", agent.view().agent(), log.log())
          .isGreaterThan(last);
      last = operation.getOpId();
      if (!WholeLog.expires(operation)) {
        appliedIds.add(operation.getOpId());
        Operation published = due.get(operation.getOpId());
        assertThat(operation)
            .as("event %d of %s, as it is in the log", last, agent.view().agent())
            .isEqualTo(published);
      }
    }
    List<Long> dueIds =
        due.values().stream()
            .filter(operation -> !WholeLog.expires(operation))
            .map(Operation::getOpId)
            .toList();
    assertThat(appliedIds)
        .as("events of %s in %s", agent.view().agent(), log.log())
        .isEqualTo(dueIds);
  }

  private static void fold(Operation operation, Map<ScopedKey, String> state) {
    ScopedKey key = ScopedKey.of(operation);
    if (operation.getTombstone()) {
      state.remove(key);
    } else {
      state.put(key, operation.getPayload().getData().toStringUtf8());
    }
  }
}
