// A coordinator for one agent over a naive log. Every question is answered by walking the log. It follows the rules of the
// contract and shares no code with the SDK, nor with the real one.
import assert from "node:assert/strict";

import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { DeliverySchema, FellBehindSchema, SnapshotPageSchema } from "../gen/swarmlog/v1/delivery_pb.js";
import { OperationClass, type Operation, type ScopeSums } from "../gen/swarmlog/v1/operation_pb.js";
import { Log, PositionSchema, type Position } from "../gen/swarmlog/v1/position_pb.js";
import { LogPlanSchema, LogResumeSchema, Plan, type LogPlan, type LogResume } from "../gen/swarmlog/v1/resume_pb.js";
import { DataResponseSchema, type DataResponse } from "../gen/swarmlog/v1/session_pb.js";
import { SyncReceiptSchema } from "../gen/swarmlog/v1/sync_pb.js";
import { NaiveFold, scopeMessage, scopeOf, type ScopeOf } from "./naive-fold.js";
import type { SeededRandom } from "./seeded-random.js";
import { SimulatedDrift } from "./simulated-drift.js";
import { SimulatedRefusals } from "./simulated-refusals.js";

/** A run of keys: behind which one (exclusive), through which one (inclusive). */
export interface Interval {
  readonly scope: ScopeOf;
  readonly after: string;
  readonly through: string;
}

export function comesAgain(operation: Operation): boolean {
  return operation.origin !== undefined;
}

export function isEvent(operation: Operation): boolean {
  return operation.operationClass === OperationClass.EVENT;
}

export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function inside(key: string, { after, through }: { after: string; through: string }): boolean {
  return compareUtf8(key, after) > 0 && (through === "" || compareUtf8(key, through) <= 0);
}

export function sameScope(a: ScopeOf, b: ScopeOf): boolean {
  return a.topic === b.topic && a.kind === b.kind && a.name === b.name;
}

export function frameOf(frame: MessageInitShape<typeof DataResponseSchema>["frame"]): DataResponse {
  return create(DataResponseSchema, { frame: frame! });
}

export class SimulatedCoordinator {
  readonly #random: SeededRandom;
  readonly log: Operation[] = [];
  expired = new Set<bigint>();
  epoch = 1n;
  // Where the epochs ended that it remembers.
  readonly #forks = new Map<bigint, number>();
  view: readonly ScopeOf[];
  readonly #frames: DataResponse[] = [];
  /** Nothing up to here is delivered in the session. */
  startOpId = 0;
  /** Where the stream of the session is, once its sync has been put into frames. */
  sentTo = 0;
  readonly drift: SimulatedDrift;
  readonly refusals: SimulatedRefusals;
  readonly #finds: boolean;

  /** @param finds whether it looks for drift */
  constructor(random: SeededRandom, view: readonly ScopeOf[], finds: boolean) {
    this.#random = random;
    this.view = view;
    this.drift = new SimulatedDrift(this, random);
    this.refusals = new SimulatedRefusals(this, random);
    this.#finds = finds;
  }

  get head(): number {
    return this.log.length;
  }

  at(opId: number): Operation {
    return this.log[opId - 1]!;
  }

  expire(opId: number): void {
    const operation = this.at(opId);
    if (isEvent(operation) && !comesAgain(operation)) {
      this.expired.add(operation.opId);
    }
  }

  /** History is lost from somewhere on, and another one takes its place. */
  fork(): void {
    this.log.length = this.#random.below(this.log.length + 1);
    if (this.#random.percent(50)) {
      this.#forks.set(this.epoch, this.head);
    }
    this.#forks.forEach((fork, ended) => this.#forks.set(ended, Math.min(fork, this.head)));
    this.epoch++;
    this.expired = new Set([...this.expired].filter((opId) => opId <= this.head));
    this.refusals.forked();
  }

  /** Plans a session, and puts what it will send into frames. */
  plan(stated: LogResume | undefined): LogPlan {
    const plan = this.#begin(stated ?? create(LogResumeSchema, { position: this.position(0) }));
    const ended = stated?.position?.epoch ?? 0n;
    const fork = this.#forks.get(ended);
    if (fork !== undefined) {
      plan.fork = create(PositionSchema, { log: Log.MAIN, incarnation: 1n, epoch: ended, opId: BigInt(fork) });
    }
    this.startOpId = Number(plan.start?.opId);
    return plan;
  }

  /** The next frame; undefined if there is none now. */
  frame(): DataResponse | undefined {
    if (this.#frames.length === 0 && this.sentTo < this.head && !this.drift.compares) {
      if (this.head - this.sentTo > 3 && this.#random.below(3) === 0) {
        this.#fallBehind();
      } else {
        const to = this.sentTo + 1 + this.#random.below(this.head - this.sentTo);
        this.#put(this.sentTo, to, this.inView(this.sentTo, to, this.view), this.view);
        this.sentTo = to;
      }
    }
    return this.#frames.shift();
  }

  /** Sends something behind all that is under way. */
  insert(frame: DataResponse): void {
    this.#frames.push(frame);
  }

  /** Where the agent stands when it has applied all that is under way. */
  get sent(): Position {
    return this.position(this.sentTo);
  }

  /** The operations that set the live keys of a scope, in the order of the keys. */
  keysAt(scope: ScopeOf, opId: number): Operation[] {
    const live = new Map<string, Operation>();
    for (const operation of this.inView(0, opId, [scope])) {
      if (!isEvent(operation)) {
        live.delete(operation.key);
        if (!operation.tombstone) {
          live.set(operation.key, operation);
        }
      }
    }
    return [...live.values()].sort((a, b) => compareUtf8(a.key, b.key));
  }

  sumsAt(scope: ScopeOf, opId: number): ScopeSums {
    return new NaiveFold(this.log.slice(0, opId)).sums(scope);
  }

  inView(after: number, to: number, scopes: readonly ScopeOf[]): Operation[] {
    return this.log.slice(after, to).filter((operation) => {
      const scope = scopeOf(operation);
      return scopes.some((each) => sameScope(each, scope));
    });
  }

  newestOf(ofKey: Operation, atOpId: number): Operation | undefined {
    const scope = scopeOf(ofKey);
    return this.log
      .slice(0, atOpId)
      .findLast((operation) => operation.key === ofKey.key && sameScope(scopeOf(operation), scope));
  }

  position(opId: number): Position {
    return create(PositionSchema, { log: Log.MAIN, incarnation: 1n, epoch: this.epoch, opId: BigInt(opId) });
  }

  #begin(resume: LogResume): LogPlan {
    this.#frames.length = 0;
    this.drift.begin();
    const stands = Number(resume.position?.opId);
    const { interrupted } = resume;
    const triple = interrupted.case === "triple" ? interrupted.value : undefined;
    const ended = resume.position?.epoch ?? 0n;
    if (ended !== this.epoch) {
      const fork = this.#forks.get(ended);
      if (fork === undefined) {
        return this.#snapshot(this.head, this.head, [], this.view, undefined);
      }
      if (stands > fork || Number(triple?.targetOpId ?? 0) > fork || interrupted.case === "snapshot") {
        return this.#snapshot(Math.min(stands, fork), this.head, this.view, this.view, undefined);
      }
    }
    assert.ok(stands <= this.head && Number(triple?.targetOpId ?? 0) <= this.head, "beyond the head");
    const held = resume.scopes.length > 0 ? resume.scopes.map((scope) => scopeOf(scope)) : this.view;
    if (interrupted.case === "snapshot") {
      return this.#goOn(resume, stands);
    }
    const differs =
      triple === undefined &&
      resume.sums.some(({ scope, stateDigest }) => {
        const expected = this.sumsAt(scopeOf(scope), stands).stateDigest;
        return stateDigest.length > 0 && !Buffer.from(stateDigest).equals(expected);
      });
    const tolerates = this.#finds && this.#random.percent(50);
    if ((differs && !tolerates) || this.#random.below(12) === 0) {
      return this.#snapshot(stands, this.head, this.view, this.view, undefined);
    }
    return this.#deltaPlan(stands, triple, held);
  }

  #deltaPlan(
    stands: number,
    triple: { targetOpId: bigint; baseOpId: bigint; exact: boolean } | undefined,
    held: readonly ScopeOf[],
  ): LogPlan {
    const isHeld = (scope: ScopeOf) => held.some((each) => sameScope(each, scope));
    const kept = this.view.filter(isHeld);
    const added = this.view.filter((scope) => !isHeld(scope));
    const interruptedTarget = Number(triple?.targetOpId ?? 0);
    const interrupted = interruptedTarget > stands;
    const known = triple?.exact ?? true;
    const base = interrupted && known ? Number(triple?.baseOpId) : stands;
    const entries = this.#delta(kept, base, stands, interrupted ? interruptedTarget : stands, this.head, known);
    const sent = this.#put(stands, this.head, entries, kept);
    this.#end(this.head, sent, this.#pages(this.head, added, undefined));
    const current = added.length === 0 && stands === this.head;
    const plan = this.#planOf(current ? Plan.CURRENT : Plan.DELTA, stands, this.head);
    plan.baseOpId = BigInt(base);
    plan.exact = known && !interrupted;
    plan.snapshotScopes = added.map(scopeMessage);
    return plan;
  }

  #goOn(resume: LogResume, stands: number): LogPlan {
    assert.ok(resume.interrupted.case === "snapshot");
    const snapshot = resume.interrupted.value;
    const at = snapshot.position!;
    if (at.epoch !== this.epoch || at.opId > this.head) {
      return this.#snapshot(this.head, this.head, [], this.view, undefined);
    }
    const held = resume.scopes.map((scope) => scopeOf(scope));
    const begun = snapshot.scope !== undefined || held.length > 0;
    assert.ok(!begun || stands === Number(at.opId), "pages before all events");
    const pending = this.view.filter((scope) => !held.some((each) => sameScope(each, scope)));
    const behind =
      snapshot.scope === undefined ? undefined : { scope: scopeOf(snapshot.scope), lastKey: snapshot.lastKey };
    return this.#snapshot(stands, Number(at.opId), this.view, pending, behind);
  }

  #snapshot(
    stands: number,
    target: number,
    eventsOf: readonly ScopeOf[],
    snapshotScopes: readonly ScopeOf[],
    behind: { scope: ScopeOf; lastKey: string } | undefined,
  ): LogPlan {
    const events = this.inView(stands, target, eventsOf).filter(isEvent);
    const sent = this.#put(stands, target, events, eventsOf);
    const plan = this.#planOf(Plan.SNAPSHOT, stands, target);
    plan.snapshotScopes = snapshotScopes.map(scopeMessage);
    if (this.#finds && this.#random.percent(50)) {
      this.sentTo = target;
      plan.compares = true;
      const intervals = snapshotScopes.map((scope) => ({
        scope,
        after: behind !== undefined && sameScope(behind.scope, scope) ? behind.lastKey : "",
        through: "",
      }));
      this.drift.compare(intervals, (paged) => this.#end(target, sent, paged));
      return plan;
    }
    this.#end(target, sent, this.#pages(target, snapshotScopes, behind));
    return plan;
  }

  #fallBehind(): void {
    const frame = create(FellBehindSchema, { position: this.sent, head: this.position(this.head) });
    this.#frames.push(frameOf({ case: "fellBehind", value: frame }));
    const entries = this.#delta(this.view, this.sentTo, this.sentTo, this.sentTo, this.head, true);
    const sent = this.#put(this.sentTo, this.head, entries, this.view);
    this.#end(this.head, sent, 0);
  }

  #planOf(plan: Plan, stands: number, target: number): LogPlan {
    return create(LogPlanSchema, {
      log: Log.MAIN,
      plan,
      start: this.position(stands),
      head: this.position(this.head),
      target: this.position(target),
      scopes: this.view.map(scopeMessage),
    });
  }

  /** What a reader is owed: events, and one entry per key whose value differs. */
  #delta(
    scopes: readonly ScopeOf[],
    base: number,
    start: number,
    interruptedTarget: number,
    target: number,
    known: boolean,
  ): Operation[] {
    const newest = new Map<string, Operation>();
    const due: Operation[] = [];
    for (const operation of this.inView(start, target, scopes)) {
      if (isEvent(operation)) {
        due.push(operation);
      } else {
        newest.set(JSON.stringify([scopeOf(operation), operation.key]), operation);
      }
    }
    for (const operation of newest.values()) {
      const atTarget = this.newestOf(operation, interruptedTarget);
      const moved = atTarget !== undefined && atTarget.opId > start;
      const holds = moved ? this.newestOf(operation, base) : atTarget;
      const value = Buffer.from(holds?.valueDigest ?? []);
      if (!known || !value.equals(operation.valueDigest)) {
        due.push(operation);
      }
    }
    return due.sort((a, b) => Number(a.opId - b.opId));
  }

  /** Cuts an interval into deliveries; answers how many operations they carry. */
  #put(stands: number, to: number, operations: readonly Operation[], scopes: readonly ScopeOf[]): number {
    const due = new Set(operations.map((operation) => operation.opId));
    let sent = 0;
    let cursor = stands;
    while (cursor < to) {
      const following = Math.min(to, cursor + 1 + this.#random.below(4));
      const delivery = create(DeliverySchema, { fromOpId: BigInt(cursor), to: this.position(following) });
      const skipped = new NaiveFold();
      for (const operation of this.inView(cursor, following, scopes)) {
        if (isEvent(operation) && this.expired.has(operation.opId)) {
          skipped.apply(operation);
        } else if (due.has(operation.opId)) {
          delivery.operations.push(operation);
          sent++;
        }
      }
      delivery.skipped = skipped.scopes.map((scope) => {
        const { eventCount, eventHash } = skipped.sums(scope);
        return { $typeName: "swarmlog.v1.Skipped", scope: scopeMessage(scope), count: eventCount, eventHash };
      });
      this.#frames.push(frameOf({ case: "delivery", value: delivery }));
      cursor = following;
    }
    return sent;
  }

  #pages(at: number, scopes: readonly ScopeOf[], behind: { scope: ScopeOf; lastKey: string } | undefined): number {
    let paged = 0;
    for (const scope of scopes) {
      let after = "";
      if (behind !== undefined && sameScope(behind.scope, scope)) {
        after = behind.lastKey;
        if (after === "") {
          continue;
        }
      }
      let left = this.keysAt(scope, at).filter(({ key }) => inside(key, { after, through: "" }));
      let more = true;
      while (more) {
        const size = Math.min(left.length, 1 + this.#random.below(2));
        more = left.length > size;
        const through = more ? left[size - 1]!.key : "";
        const page = create(SnapshotPageSchema, {
          position: this.position(at),
          scope: scopeMessage(scope),
          afterKey: after,
          throughKey: through,
          operations: left.slice(0, size),
        });
        this.#frames.push(frameOf({ case: "snapshot", value: page }));
        paged += size;
        left = left.slice(size);
        after = through;
      }
    }
    return paged;
  }

  #end(target: number, sent: number, paged: number): void {
    const position = this.position(target);
    const receipt = create(SyncReceiptSchema, {
      target: position,
      sentCount: BigInt(sent),
      snapshotCount: BigInt(paged),
      sums: this.view
        .filter((scope) => this.inView(0, target, [scope]).length > 0)
        .map((scope) => this.sumsAt(scope, target)),
    });
    this.#frames.push(frameOf({ case: "receipt", value: receipt }), frameOf({ case: "caughtUp", value: { position } }));
    this.sentTo = target;
  }
}
