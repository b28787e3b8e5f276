package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an agent holds of one log, scope by scope: turns each {@link LaneStep} into the batch the
 * user gets and into what is committed with it, and checks receipts.
 *
 * <p>Belongs to the lane's handler run, which is one at a time. {@link #prepare} moves the ledger
 * on before the step is committed: a step that was prepared is tried until it is committed, or the
 * agent stops for good and the next one starts from what is stored.
 */
final class LaneLedger {
  private final boolean keepsKeys;
  private final @Nullable StateSource source;
  private final StateDigests digests = new StateDigests();
  private final Map<Scope, ScopeLedger> scopes = new LinkedHashMap<>();
  // The scopes whose keyed state is held, as of the position or as far as the interruption says.
  private final Set<Scope> held;
  // Whether it is known which scopes are held; else it is all of the view.
  private boolean says;
  // Nothing is stored of them but keys: a handler was given some, and the agent crashed.
  private final Set<Scope> unsaid = new HashSet<>();
  private LogResume last;

  /** A ledger that goes on from what is stored, and trusts that the user's state is the same. */
  LaneLedger(@Nullable LogResume stored, boolean keepsKeys, Collection<HeldKey> heldKeys) {
    this(stored, keepsKeys, heldKeys, null);
  }

  /**
   * A ledger that goes on from what is stored. Where the keys are not those that the cursor was
   * saved with ({@link #differing}), its sums are of the keys there are: so the coordinator
   * notices.
   *
   * @param keepsKeys whether the store keeps the key index; without it, only events are checked
   * @param heldKeys those of this log
   * @param source what the user holds
   */
  LaneLedger(
      @Nullable LogResume stored,
      boolean keepsKeys,
      Collection<HeldKey> heldKeys,
      @Nullable StateSource source) {
    this.keepsKeys = keepsKeys;
    this.source = source;
    this.last = stored == null ? LogResume.getDefaultInstance() : stored;
    this.held = new LinkedHashSet<>(last.getScopesList());
    this.says = !held.isEmpty() || last.hasSnapshot();
    for (ScopeSums sums : last.getSumsList()) {
      boolean keysKnown = keepsKeys && !sums.getStateDigest().isEmpty();
      ScopeLedger ledger = new ScopeLedger(sums.getScope(), digests, keysKnown, false);
      if (!sums.getEventHash().isEmpty()) {
        ledger.takeEvents(sums.getEventCount(), sums.getEventHash());
      }
      scopes.put(sums.getScope(), ledger);
    }
    for (Scope scope : held) {
      scopes.computeIfAbsent(scope, absent -> new ScopeLedger(absent, digests, keepsKeys, true));
    }
    heldKeys.forEach(this::load);
  }

  private void load(HeldKey stored) {
    ScopeLedger ledger = scopes.computeIfAbsent(stored.scope(), this::unsaid);
    byte[] key = Utf8.bytes(stored.key());
    if (stored.isLacking()) {
      ledger.lacking().note(key, true);
    }
    HeldKey logged = stored.asLogged();
    if (!logged.isGone()) {
      ledger.put(key, logged.valueDigest());
    }
  }

  /** Whether the user's state lacks keys that the agent refused and has not applied since. */
  boolean lacksKeys() {
    return scopes.values().stream().anyMatch(scope -> !scope.lacking().isEmpty());
  }

  /**
   * The scopes whose keys are not those that the cursor was saved with, for a reason other than a
   * crash in the middle of a handler. To be called before the first step.
   */
  List<Scope> differing() {
    Map<Scope, ByteString> stored = new HashMap<>();
    last.getSumsList().forEach(sums -> stored.put(sums.getScope(), sums.getStateDigest()));
    List<Scope> differing = new ArrayList<>();
    for (ScopeLedger ledger : scopes.values()) {
      ByteString expected = stored.getOrDefault(ledger.scope(), StateDigests.ZERO);
      if (ledger.isKnown() && !ledger.sums().getStateDigest().equals(expected)) {
        differing.add(ledger.scope());
      }
    }
    return differing;
  }

  /** The step as the user gets it, and what is committed with it. */
  PreparedStep prepare(LaneStep step) {
    StepDraft draft = new StepDraft();
    if (step.start() != null) {
      begin(step.start(), step.fromOpIdExclusive(), draft);
    }
    if (step.content() instanceof LaneStep.Delivered delivered) {
      deliver(delivered, draft);
    } else if (step.content() instanceof LaneStep.Paged paged) {
      page(paged, draft);
    } else if (step.content() instanceof LaneStep.Finished finished) {
      finish(finished, draft);
    } else if (step.content() instanceof LaneStep.Queried queried) {
      answer(queried, step.to(), draft);
    } else if (step.content() instanceof LaneStep.Compared) {
      List.copyOf(held).forEach(scope -> compare(scopes.get(scope), draft));
    } else if (step.content() instanceof LaneStep.Repaired repaired) {
      repair(repaired.repair(), draft);
    }
    last =
        holdsNothing(ResumePoint.within(step.resume(), scopes.keySet())).toBuilder()
            .addAllScopes(heldInOrder())
            .addAllSums(storedSums())
            .build();
    return new PreparedStep(
        new Batch(
            step.log(),
            step.fromOpIdExclusive(),
            step.to(),
            draft.operations,
            draft.changed,
            draft.replaced,
            step.repairs()),
        List.of(),
        false,
        last,
        draft.made,
        draft.redundant,
        draft.mismatches,
        draft.stateDiffers,
        draft.digests,
        draft.unread);
  }

  /**
   * Notes what the user's state has of a step that is about to be committed: not what was refused.
   *
   * @param refused which of the operations, by index
   */
  PreparedStep applied(PreparedStep step, BitSet refused) {
    if (refused.isEmpty() && !lacksKeys()) {
      return step;
    }
    List<HeldKey> changed = new ArrayList<>();
    List<Operation> operations = step.batch().operations();
    for (int i = 0; i < operations.size(); i++) {
      Operation operation = operations.get(i);
      ScopeLedger ledger =
          operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED
              ? scopes.get(Scopes.of(operation))
              : null;
      byte[] key = operation.getKeyBytes().toByteArray();
      if (ledger != null && ledger.lacking().note(key, refused.get(i)) && keepsKeys) {
        HeldKey logged = new HeldKey(ledger.scope(), operation.getKey(), ledger.valueDigest(key));
        changed.add(refused.get(i) ? logged.lacking() : logged);
      }
    }
    return step.applied(changed, lacksKeys());
  }

  private void begin(LaneStep.SyncStart start, long atOpId, StepDraft draft) {
    boolean fresh = last.getPosition().getOpId() == 0;
    Set<Scope> view = new LinkedHashSet<>(start.scopes());
    for (ScopeLedger dropped : List.copyOf(scopes.values())) {
      if (!view.contains(dropped.scope())) {
        drop(dropped, atOpId, draft);
      }
    }
    if (says) {
      held.retainAll(view);
    } else {
      held.addAll(view);
    }
    Map<Scope, ScopeLedger> ordered = new LinkedHashMap<>();
    for (Scope scope : view) {
      ScopeLedger ledger = scopes.computeIfAbsent(scope, this::unsaid);
      if (unsaid.contains(scope)) {
        ledger.keysKnown(keepsKeys && (fresh || (says && !held.contains(scope))));
        if (fresh && held.contains(scope)) {
          ledger.takeEvents(0, StateDigests.ZERO);
        }
      }
      if (start.replaces()) {
        ledger.forgetEvents();
      }
      ordered.put(scope, ledger);
    }
    scopes.clear();
    scopes.putAll(ordered);
    unsaid.clear();
    says = true;
    if (start.holdsNothing()) {
      held.clear();
    }
  }

  /**
   * No scopes would mean that the agent does not say which it holds. If it is known that it holds
   * none, because its whole view is new, that is a snapshot of which nothing has come.
   */
  private LogResume holdsNothing(LogResume resume) {
    return says && held.isEmpty() && !resume.hasSnapshot()
        ? resume.toBuilder()
            .setSnapshot(SnapshotResume.newBuilder().setPosition(resume.getPosition()))
            .build()
        : resume;
  }

  private ScopeLedger unsaid(Scope scope) {
    unsaid.add(scope);
    return new ScopeLedger(scope, digests, false, false);
  }

  private void drop(ScopeLedger dropped, long atOpId, StepDraft draft) {
    scopes.remove(dropped.scope());
    compare(dropped, draft); // It is the last time.
    for (byte[] key : maybeHeld(dropped, "", "")) {
      draft.delete(dropped.scope(), Utf8.text(key), atOpId);
    }
    if (!dropped.keysKnown()) {
      draft.replaced.add(KeyInterval.all(dropped.scope()));
    }
  }

  private void deliver(LaneStep.Delivered delivered, StepDraft draft) {
    for (Operation operation : delivered.operations()) {
      ScopeLedger ledger = scopes.get(Scopes.of(operation));
      if (ledger != null) {
        count(operation, ledger, draft);
      }
    }
    List<Operation> restored = restored(delivered.operations());
    if (draft.operations.isEmpty()) {
      draft.operations = restored;
    } else {
      draft.operations.addAll(restored);
    }
    for (Skipped skipped : delivered.skipped()) {
      ScopeLedger ledger = scopes.get(skipped.getScope());
      if (ledger != null && delivered.partlySeen()) {
        ledger.forgetEvents();
      } else if (ledger != null) {
        ledger.skip(skipped);
      }
    }
  }

  /**
   * As the user gets them; what is counted is what the log has. What was for a scope that has left
   * the view since is not given again, nor what is of a key that moved on: that comes as it is now.
   */
  private List<Operation> restored(List<Operation> operations) {
    return operations.stream().anyMatch(Redelivery::isOne)
        ? operations.stream()
            .map(Redelivery::restored)
            .filter(operation -> !Redelivery.isOne(operation) || isStillDue(operation))
            .toList()
        : operations;
  }

  private boolean isStillDue(Operation first) {
    ScopeLedger ledger = scopes.get(Scopes.of(first));
    if (ledger == null) {
      return !says;
    }
    if (first.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED || !ledger.keysKnown()) {
      return true;
    }
    byte[] key = first.getKeyBytes().toByteArray();
    return first.getTombstone()
        ? ledger.valueDigest(key).isEmpty()
        : ledger.holds(key, first.getValueDigest());
  }

  private void count(Operation operation, ScopeLedger ledger, StepDraft draft) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      if (ledger.eventsKnown()) {
        ledger.event(operation.getOpId(), operation.getValueDigest());
      }
    } else if (keepsKeys && operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
      byte[] key = operation.getKeyBytes().toByteArray();
      boolean gone = operation.getTombstone();
      if (gone ? ledger.remove(key) : ledger.put(key, operation.getValueDigest())) {
        draft.changed.add(
            new HeldKey(
                ledger.scope(),
                operation.getKey(),
                gone ? ByteString.EMPTY : operation.getValueDigest()));
      } else if (!gone || ledger.keysKnown()) {
        draft.redundant++;
      }
    }
  }

  private void page(LaneStep.Paged paged, StepDraft draft) {
    SnapshotPage page = paged.page();
    ScopeLedger ledger =
        scopes.computeIfAbsent(
            page.getScope(), absent -> new ScopeLedger(absent, digests, false, false));
    deleteWhatIsNotIn(page, ledger, draft);
    for (Operation operation : page.getOperationsList()) {
      boolean lacks = ledger.lacking().contains(operation.getKeyBytes().toByteArray());
      boolean changes = put(operation, ledger);
      if (changes) {
        draft.changed.add(
            new HeldKey(page.getScope(), operation.getKey(), operation.getValueDigest()));
      }
      if (changes || lacks || !ledger.keysKnown()) {
        draft.operations.add(operation);
      }
    }
    paged.pending().forEach(held::remove);
    if (page.getThroughKey().isEmpty()) {
      held.add(page.getScope());
      ledger.keysKnown(keepsKeys);
    }
  }

  /** As pages, but of keys whose index may be right while the user's state is not. */
  private void repair(Repair repair, StepDraft draft) {
    for (SnapshotPage page : repair.getPagesList()) {
      ScopeLedger ledger = scopes.get(page.getScope());
      if (ledger == null) {
        continue;
      }
      deleteWhatIsNotIn(page, ledger, draft);
      for (Operation operation : page.getOperationsList()) {
        put(operation, ledger);
        if (keepsKeys) {
          draft.changed.add(
              new HeldKey(page.getScope(), operation.getKey(), operation.getValueDigest()));
        }
        draft.operations.add(operation);
      }
    }
    ScopeLedger events = repair.hasEvents() ? scopes.get(repair.getEvents().getScope()) : null;
    if (events != null) {
      ByteString hash = repair.getEvents().getEventHash();
      events.takeEvents(
          repair.getEvents().getEventCount(), hash.isEmpty() ? StateDigests.ZERO : hash);
    }
  }

  /**
   * Where the keys are not known there is nothing to name: one part of no key. Where the user's
   * state cannot be read, it is the index that is asked. A sync is to bring what was refused as
   * well.
   */
  private void answer(LaneStep.Queried queried, Position at, StepDraft draft) {
    DigestQuery query = queried.query();
    ScopeLedger ledger = scopes.get(query.getScope());
    DigestReport.Builder report =
        DigestReport.newBuilder().setQueryId(query.getQueryId()).setPosition(at);
    compare(ledger, draft);
    if (ledger != null && ledger.keysKnown()) {
      report.addAllParts(
          DigestParts.cut(
              queried.insideSync()
                  ? ledger.appliedWithin(query.getAfterKey(), query.getThroughKey())
                  : ledger.within(query.getAfterKey(), query.getThroughKey()),
              query));
    } else {
      report.setUnknown(true).addAllParts(DigestParts.unknown(query));
    }
    draft.digests = report.build();
  }

  @SuppressWarnings("CatchingUnchecked") // Whatever a user's code throws: nothing is known then.
  private void compare(@Nullable ScopeLedger ledger, StepDraft draft) {
    if (source == null || ledger == null || !ledger.keysKnown() || ledger.lacking().isOverflown()) {
      return;
    }
    try {
      HeldState.takeOver(source, ledger, digests, draft);
    } catch (Exception | Error e) {
      draft.unread = e;
    }
  }

  private void deleteWhatIsNotIn(SnapshotPage page, ScopeLedger ledger, StepDraft draft) {
    if (!ledger.keysKnown()) {
      draft.replaced.add(
          new KeyInterval(page.getScope(), page.getAfterKey(), page.getThroughKey()));
    }
    Set<String> there = new HashSet<>();
    page.getOperationsList().forEach(operation -> there.add(operation.getKey()));
    for (byte[] key : maybeHeld(ledger, page.getAfterKey(), page.getThroughKey())) {
      if (!there.contains(Utf8.text(key))) {
        ledger.remove(key);
        draft.delete(page.getScope(), Utf8.text(key), page.getPosition().getOpId());
      }
    }
  }

  /** What is held by the index, or by the user who could not apply the deletion. */
  private static NavigableSet<byte[]> maybeHeld(
      ScopeLedger ledger, String afterKey, String throughKey) {
    NavigableSet<byte[]> held = new TreeSet<>(Arrays::compareUnsigned);
    held.addAll(ledger.within(afterKey, throughKey).keySet());
    held.addAll(ledger.lacking().within(afterKey, throughKey));
    return held;
  }

  private boolean put(Operation operation, ScopeLedger ledger) {
    return keepsKeys
        && ledger.put(operation.getKeyBytes().toByteArray(), operation.getValueDigest());
  }

  private void finish(LaneStep.Finished finished, StepDraft draft) {
    Map<Scope, ScopeSums> expected = new HashMap<>();
    SyncReceipt receipt = finished.receipt();
    receipt.getSumsList().forEach(sums -> expected.put(sums.getScope(), sums));
    held.clear();
    for (Scope scope : finished.scopes()) {
      held.add(scope);
      ScopeLedger ledger =
          scopes.computeIfAbsent(scope, absent -> new ScopeLedger(absent, digests, false, false));
      ReceiptCheck.check(
          ledger, expected.getOrDefault(scope, ScopeSums.getDefaultInstance()), draft);
    }
  }

  private List<Scope> heldInOrder() {
    List<Scope> ordered = new ArrayList<>(held.size());
    for (Scope scope : scopes.keySet()) {
      if (held.contains(scope)) {
        ordered.add(scope);
      }
    }
    return ordered;
  }

  /** Sums of scopes that are held and empty go without saying. */
  private List<ScopeSums> storedSums() {
    List<ScopeSums> stored = new ArrayList<>(scopes.size());
    for (ScopeLedger ledger : scopes.values()) {
      ScopeSums sums = ledger.sums();
      boolean empty =
          sums.getEventCount() == 0
              && sums.getEventHash().equals(StateDigests.ZERO)
              && sums.getStateDigest().equals(StateDigests.ZERO);
      if (!empty || !held.contains(ledger.scope())) {
        stored.add(sums);
      }
    }
    return stored;
  }
}
