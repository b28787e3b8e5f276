// What an agent holds of one log, scope by scope.
import { create } from "@bufbuild/protobuf";

import type { SnapshotPage } from "../../gen/swarmlog/v1/delivery_pb.js";
import { DigestReportSchema, type Repair } from "../../gen/swarmlog/v1/drift_pb.js";
import { OperationClass, type Operation } from "../../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import { LogResumeSchema, SnapshotResumeSchema, type LogResume } from "../../gen/swarmlog/v1/resume_pb.js";
import { Batch } from "./batch.js";
import { isKeyed, positionOf } from "./deliveries.js";
import { cut, unknownParts } from "./digest-parts.js";
import { bytesOf, digestOf, ZERO } from "./digests.js";
import { HeldKey } from "./held-key.js";
import { maybeHeld, takeOver, union, type ReadState } from "./held-state.js";
import {
  endOf,
  StepDraft,
  type Delivered,
  type Finished,
  type LaneStep,
  type Paged,
  type PreparedStep,
  type Queried,
  type SyncStart,
} from "./lane-step.js";
import { checkReceipt } from "./receipt-check.js";
import { isRedelivery, restored } from "./redelivery.js";
import { within } from "./resume-point.js";
import { ScopeLedger } from "./scope-ledger.js";
import { Scope, scopeId } from "./scope.js";

const NO_STATES: ReadonlyMap<string, ReadState> = new Map();

/**
 * What an agent holds of one log, scope by scope. Turns each step into the batch the user gets and into what is committed
 * with it, and checks receipts.
 *
 * Belongs to the lane's handler run, which is one at a time. `prepare` moves the ledger on before the step is committed: a
 * step that was prepared is tried until it is committed, or the agent stops for good and the next one starts from what is
 * stored.
 */
export class LaneLedger {
  readonly #keepsKeys: boolean;
  #last: LogResume;
  // By the IDs of scopes, as all below.
  #scopes = new Map<string, ScopeLedger>();
  // Whose keyed state is held, as of the position or as far as the interruption says.
  #held: Set<string>;
  // Whether it is known which scopes are held; else it is all of the view.
  #says: boolean;
  // Nothing is stored of them but keys: a handler was given some, and the agent crashed.
  readonly #unsaid = new Set<string>();

  /**
   * Goes on from what is stored. Where the keys are not those that the cursor was saved with (`differing`), the sums are of
   * the keys there are: so the coordinator notices.
   *
   * @param keepsKeys the store keeps the key index; without it, only events are checked
   * @param heldKeys those of this log
   */
  constructor(stored: LogResume | undefined, keepsKeys: boolean, heldKeys: Iterable<HeldKey>) {
    this.#keepsKeys = keepsKeys;
    this.#last = stored ?? create(LogResumeSchema);
    this.#held = new Set(this.#last.scopes.map((scope) => Scope.from(scope).id));
    this.#says = this.#held.size > 0 || this.#last.interrupted.case === "snapshot";
    for (const sums of this.#last.sums) {
      const scope = Scope.from(sums.scope);
      const ledger = new ScopeLedger(scope, keepsKeys && sums.stateDigest.length > 0, false);
      if (sums.eventHash.length > 0) {
        ledger.takeEvents(sums.eventCount, sums.eventHash);
      }
      this.#scopes.set(scope.id, ledger);
    }
    for (const message of this.#last.scopes) {
      const scope = Scope.from(message);
      if (!this.#scopes.has(scope.id)) {
        this.#scopes.set(scope.id, new ScopeLedger(scope, keepsKeys, true));
      }
    }
    for (const key of heldKeys) {
      this.#load(key);
    }
  }

  /** Whether the user's state lacks keys that the agent refused and has not applied since. */
  get lacksKeys(): boolean {
    for (const ledger of this.#scopes.values()) {
      if (!ledger.lacking.isEmpty) {
        return true;
      }
    }
    return false;
  }

  /**
   * The scopes whose keys are not those that the cursor was saved with, for a reason other than a crash in the middle of a
   * handler. To be called before the first step.
   */
  differing(): Scope[] {
    const stored = new Map(this.#last.sums.map((sums) => [Scope.from(sums.scope).id, digestOf(sums.stateDigest)]));
    return [...this.#scopes.values()]
      .filter(
        (ledger) =>
          ledger.isKnown && digestOf(ledger.sums().stateDigest) !== (stored.get(ledger.scope.id) ?? digestOf(ZERO)),
      )
      .map((ledger) => ledger.scope);
  }

  /** The scopes of which the user's own state is compared when the step is prepared: what `prepare` is to be given. */
  compares(step: LaneStep): Scope[] {
    const found = new Map<string, Scope>();
    if (step.start !== undefined) {
      const view = new Set(step.start.scopes.map((scope) => scope.id));
      for (const ledger of this.#scopes.values()) {
        if (!view.has(ledger.scope.id)) {
          found.set(ledger.scope.id, ledger.scope);
        }
      }
    }
    if (step.content.kind === "queried") {
      const scope = Scope.from(step.content.query.scope);
      found.set(scope.id, scope);
    } else if (step.content.kind === "compared") {
      for (const id of this.#held) {
        const ledger = this.#scopes.get(id);
        if (ledger !== undefined) {
          found.set(id, ledger.scope);
        }
      }
    }
    return [...found.values()];
  }

  /**
   * The step as the user gets it, and what is committed with it.
   *
   * @param states what the user's own state holds of the scopes that are compared, by their IDs; none where it is not asked
   */
  prepare(step: LaneStep, states = NO_STATES): PreparedStep {
    const draft = new StepDraft();
    if (step.start !== undefined) {
      this.#begin(step.start, step.fromOpId, states, draft);
    }
    this.#take(step, states, draft);
    this.#last = this.#after(step.resume);
    return {
      batch: new Batch({
        log: step.log,
        fromOpId: step.fromOpId,
        to: endOf(step),
        messages: draft.operations,
        changedKeys: draft.changed,
        replaced: draft.replaced,
        isRepair: step.content.kind === "repaired",
      }),
      after: this.#last,
      made: draft.made,
      redundant: draft.redundant,
      mismatches: draft.mismatches,
      stateDiffers: draft.stateDiffers,
      digests: draft.digests,
      unread: draft.unread,
      lacking: [],
      lacks: false,
    };
  }

  /**
   * Notes what the user's state has of a step about to be committed: not what was refused.
   *
   * @param refused which of the operations, by index
   */
  applied(step: PreparedStep, refused: ReadonlySet<number>): PreparedStep {
    if (refused.size === 0 && !this.lacksKeys) {
      return step;
    }
    const lacking: HeldKey[] = [];
    step.batch.messages.forEach((operation, i) => {
      const ledger = isKeyed(operation) ? this.#scopes.get(scopeId(operation)) : undefined;
      const isRefused = refused.has(i);
      if (ledger?.lacking.note(operation.key, isRefused) === true && this.#keepsKeys) {
        const value = bytesOf(ledger.valueDigest(operation.key));
        const logged = new HeldKey(ledger.scope, operation.key, value);
        lacking.push(isRefused ? logged.lacking() : logged);
      }
    });
    return { ...step, lacking, lacks: this.lacksKeys };
  }

  #load(stored: HeldKey): void {
    const ledger = this.#scopes.get(stored.scope.id) ?? this.#noteUnsaid(stored.scope);
    if (stored.isLacking) {
      ledger.lacking.note(stored.key, true);
    }
    const logged = stored.asLogged();
    if (!logged.isGone) {
      ledger.put(stored.key, digestOf(logged.valueDigest));
    }
  }

  #take(step: LaneStep, states: ReadonlyMap<string, ReadState>, draft: StepDraft): void {
    const content = step.content;
    switch (content.kind) {
      case "delivered":
        this.#deliver(content, draft);
        break;
      case "paged":
        this.#page(content, draft);
        break;
      case "finished":
        this.#finish(content, draft);
        break;
      case "queried":
        this.#answer(content, endOf(step), states, draft);
        break;
      case "compared":
        for (const ledger of this.#scopes.values()) {
          if (this.#held.has(ledger.scope.id)) {
            this.#compare(ledger, states, draft);
          }
        }
        break;
      case "repaired":
        this.#repair(content.repair, draft);
        break;
    }
  }

  #after(resume: LogResume): LogResume {
    const kept = within(resume, (scope) => this.#scopes.has(scope.id));
    const ledgers = [...this.#scopes.values()];
    const isHeld = (ledger: ScopeLedger): boolean => this.#held.has(ledger.scope.id);
    // No scopes would mean that the agent does not say which it holds. If it is known that it holds none, because its whole
    // view is new, that is a snapshot of which nothing has come.
    const holdsNone = this.#says && this.#held.size === 0 && kept.interrupted.case !== "snapshot";
    return create(LogResumeSchema, {
      ...(kept.position !== undefined && { position: kept.position }),
      interrupted: holdsNone
        ? {
            case: "snapshot",
            value: create(SnapshotResumeSchema, { position: positionOf(kept.position) }),
          }
        : kept.interrupted,
      scopes: ledgers.filter(isHeld).map((ledger) => ledger.message),
      // Those of nothing, held, go without saying.
      sums: ledgers.filter((ledger) => !isHeld(ledger) || !ledger.isEmpty).map((ledger) => ledger.sums()),
    });
  }

  #begin(start: SyncStart, atOpId: bigint, states: ReadonlyMap<string, ReadState>, draft: StepDraft): void {
    const fresh = positionOf(this.#last.position).opId === 0n;
    const view = new Map(start.scopes.map((scope) => [scope.id, scope]));
    for (const dropped of [...this.#scopes.values()]) {
      if (!view.has(dropped.scope.id)) {
        this.#drop(dropped, atOpId, states, draft);
      }
    }
    this.#held = new Set(this.#says ? [...this.#held].filter((id) => view.has(id)) : view.keys());
    const ordered = new Map<string, ScopeLedger>();
    for (const scope of view.values()) {
      const ledger = this.#scopes.get(scope.id) ?? this.#noteUnsaid(scope);
      if (this.#unsaid.has(scope.id)) {
        const isHeld = this.#held.has(scope.id);
        ledger.keysKnown = this.#keepsKeys && (fresh || (this.#says && !isHeld));
        if (fresh && isHeld) {
          ledger.takeEvents(0n, ZERO);
        }
      }
      if (start.replaces) {
        ledger.forgetEvents();
      }
      ordered.set(scope.id, ledger);
    }
    this.#scopes = ordered;
    this.#unsaid.clear();
    this.#says = true;
    if (start.holdsNothing) {
      this.#held.clear();
    }
  }

  #noteUnsaid(scope: Scope): ScopeLedger {
    this.#unsaid.add(scope.id);
    return this.#newLedger(scope);
  }

  #drop(dropped: ScopeLedger, atOpId: bigint, states: ReadonlyMap<string, ReadState>, draft: StepDraft): void {
    this.#scopes.delete(dropped.scope.id);
    this.#compare(dropped, states, draft); // It is the last time.
    for (const key of maybeHeld(dropped, "", "")) {
      draft.delete(dropped.scope, key, atOpId);
    }
    if (!dropped.keysKnown) {
      draft.replaced.push({ scope: dropped.scope, afterKey: "", throughKey: "" });
    }
  }

  #deliver(delivered: Delivered, draft: StepDraft): void {
    let again = false;
    for (const operation of delivered.operations) {
      const ledger = this.#scopes.get(scopeId(operation));
      if (ledger !== undefined) {
        this.#count(operation, ledger, draft);
      }
      again ||= isRedelivery(operation);
    }
    const given = again ? this.#restored(delivered.operations) : delivered.operations;
    draft.operations = draft.operations.length > 0 ? [...draft.operations, ...given] : [...given];
    for (const skipped of delivered.skipped) {
      const ledger = this.#scopes.get(Scope.from(skipped.scope).id);
      if (delivered.partlySeen) {
        ledger?.forgetEvents();
      } else {
        ledger?.skip(skipped);
      }
    }
  }

  /**
   * As the user gets them; what is counted is what the log has. What was for a scope that has left the view since is not
   * given again, nor what is of a key that moved on: that comes as it is now.
   */
  #restored(operations: readonly Operation[]): Operation[] {
    return operations
      .map((operation) => (isRedelivery(operation) ? restored(operation) : operation))
      .filter((operation, i) => operation === operations[i] || this.#isStillDue(operation));
  }

  #isStillDue(first: Operation): boolean {
    const ledger = this.#scopes.get(scopeId(first));
    if (ledger === undefined) {
      return !this.#says;
    }
    if (!isKeyed(first) || !ledger.keysKnown) {
      return true;
    }
    return first.tombstone
      ? ledger.valueDigest(first.key) === ""
      : ledger.holds(first.key, digestOf(first.valueDigest));
  }

  #count(operation: Operation, ledger: ScopeLedger, draft: StepDraft): void {
    if (operation.operationClass === OperationClass.EVENT) {
      if (ledger.eventsKnown) {
        ledger.event(operation.opId, operation.valueDigest);
      }
    } else if (this.#keepsKeys && isKeyed(operation)) {
      const { key, tombstone } = operation;
      const value = tombstone ? "" : digestOf(operation.valueDigest);
      if (tombstone ? ledger.remove(key) : ledger.put(key, value)) {
        draft.changed.push(new HeldKey(ledger.scope, key, bytesOf(value)));
      } else if (!tombstone || ledger.keysKnown) {
        draft.redundant++;
      }
    }
  }

  #page(paged: Paged, draft: StepDraft): void {
    const page = paged.page;
    const scope = Scope.from(page.scope);
    const ledger = this.#scopes.get(scope.id) ?? this.#newLedger(scope);
    this.#deleteWhatIsNotIn(page, ledger, draft);
    for (const operation of page.operations) {
      const lacks = ledger.lacking.has(operation.key);
      const changes = this.#put(operation, ledger);
      if (changes) {
        draft.changed.push(heldBy(operation, scope));
      }
      if (changes || lacks || !ledger.keysKnown) {
        draft.operations.push(operation);
      }
    }
    for (const pending of paged.pending) {
      this.#held.delete(pending.id);
    }
    if (page.throughKey === "") {
      this.#held.add(scope.id);
      ledger.keysKnown = this.#keepsKeys;
    }
  }

  /** As pages, but of keys whose index may be right while the user's state is not. */
  #repair(repair: Repair, draft: StepDraft): void {
    for (const page of repair.pages) {
      const ledger = this.#scopes.get(Scope.from(page.scope).id);
      if (ledger === undefined) {
        continue;
      }
      this.#deleteWhatIsNotIn(page, ledger, draft);
      for (const operation of page.operations) {
        this.#put(operation, ledger);
        if (this.#keepsKeys) {
          draft.changed.push(heldBy(operation, ledger.scope));
        }
        draft.operations.push(operation);
      }
    }
    if (repair.events !== undefined) {
      const { scope, eventCount, eventHash } = repair.events;
      this.#scopes.get(Scope.from(scope).id)?.takeEvents(eventCount, eventHash);
    }
  }

  /**
   * Says what is held. Where the keys are not known there is nothing to name: one part of no key. Where the user's state
   * cannot be read, it is the index that is asked. A sync is to bring what was refused as well.
   */
  #answer(queried: Queried, at: Position, states: ReadonlyMap<string, ReadState>, draft: StepDraft): void {
    const { query } = queried;
    const ledger = this.#scopes.get(Scope.from(query.scope).id);
    if (ledger !== undefined) {
      this.#compare(ledger, states, draft);
    }
    const report = create(DigestReportSchema, { queryId: query.queryId, position: at });
    if (ledger?.keysKnown === true) {
      const held = ledger.within(query.afterKey, query.throughKey);
      if (queried.insideSync && !ledger.lacking.isEmpty) {
        const keys = union(held, ledger.lacking.within(query.afterKey, query.throughKey));
        report.parts = cut(keys, (key) => ledger.appliedDigest(key), query);
      } else {
        report.parts = cut(held, (key) => ledger.keyDigest(key), query);
      }
    } else {
      report.unknown = true;
      report.parts = unknownParts(query);
    }
    draft.digests = report;
  }

  #compare(ledger: ScopeLedger, states: ReadonlyMap<string, ReadState>, draft: StepDraft): void {
    const state = states.get(ledger.scope.id);
    if (state === undefined || !ledger.keysKnown || ledger.lacking.isOverflown) {
      return;
    }
    if (state.kind === "read") {
      takeOver(state.values, ledger, draft);
    } else {
      draft.unread = { cause: state.cause };
    }
  }

  #deleteWhatIsNotIn(page: SnapshotPage, ledger: ScopeLedger, draft: StepDraft): void {
    const { afterKey, throughKey } = page;
    if (!ledger.keysKnown) {
      draft.replaced.push({ scope: ledger.scope, afterKey, throughKey });
    }
    const there = new Set(page.operations.map((operation) => operation.key));
    for (const key of maybeHeld(ledger, afterKey, throughKey)) {
      if (!there.has(key)) {
        ledger.remove(key);
        draft.delete(ledger.scope, key, positionOf(page.position).opId);
      }
    }
  }

  #put(operation: Operation, ledger: ScopeLedger): boolean {
    return this.#keepsKeys && ledger.put(operation.key, digestOf(operation.valueDigest));
  }

  #finish(finished: Finished, draft: StepDraft): void {
    const expected = new Map(finished.receipt.sums.map((sums) => [Scope.from(sums.scope).id, sums]));
    this.#held = new Set(finished.scopes.map((scope) => scope.id));
    for (const scope of finished.scopes) {
      const ledger = this.#scopes.get(scope.id) ?? this.#newLedger(scope);
      checkReceipt(ledger, expected.get(scope.id), draft);
    }
  }

  #newLedger(scope: Scope): ScopeLedger {
    const ledger = new ScopeLedger(scope, false, false);
    this.#scopes.set(scope.id, ledger);
    return ledger;
  }
}

/** The key as an operation leaves it, without keeping the frame in memory that the operation came in. */
function heldBy(operation: Operation, scope: Scope): HeldKey {
  return new HeldKey(scope, operation.key, operation.valueDigest.slice());
}
