// One random history of an agent that resumes by the minimal delta: drives a session as a shell would, and is told what happens
// to it.
import assert from "node:assert/strict";

import { create } from "@bufbuild/protobuf";

import { Code } from "../gen/google/rpc/code_pb.js";
import type { DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import { Topic, type Operation } from "../gen/swarmlog/v1/operation_pb.js";
import { Nack_Reaction, NackReply_Outcome, NackSchema, type Nack } from "../gen/swarmlog/v1/parking_pb.js";
import { Log as WireLog, type Position } from "../gen/swarmlog/v1/position_pb.js";
import { Plan, type LogResume } from "../gen/swarmlog/v1/resume_pb.js";
import {
  Capability,
  ControlResponseSchema,
  HelloSchema,
  type Ack,
  type DataResponse,
  type Hello,
} from "../gen/swarmlog/v1/session_pb.js";
import { Backoff } from "../src/backoff.js";
import { needsAnnouncement } from "../src/committed-cursor.js";
import { AgentCursor } from "../src/cursor.js";
import { Failure } from "../src/failure.js";
import { MemoryCursorStore } from "../src/memory-store.js";
import { AgentSession } from "../src/session/agent-session.js";
import { digestOf, type Digest } from "../src/session/digests.js";
import { HeldKey } from "../src/session/held-key.js";
import type { ReadState } from "../src/session/held-state.js";
import { LaneLedger } from "../src/session/lane-ledger.js";
import { savedKeys, type LaneStep, type PreparedStep } from "../src/session/lane-step.js";
import { asPresented, underWay } from "../src/session/resume-point.js";
import { Scope } from "../src/session/scope.js";
import type { SessionListener, SessionOutput } from "../src/session/session-output.js";
import type { TimerKey, TimerKind } from "../src/session/timer-key.js";
import { NS_PER_SECOND } from "../src/units.js";
import { longest } from "./fixed-random.js";
import { NaiveFold, scopeOf, valueDigest, type ScopeOf } from "./naive-fold.js";
import { event, keyed, payload } from "./notation.js";
import { SeededRandom } from "./seeded-random.js";
import { comesAgain, inside, isEvent, sameScope, SimulatedCoordinator } from "./simulated-coordinator.js";

/** How effects and cursor are committed, and what the agent knows of what it holds. */
export type Effects = "committed with the cursor" | "before the cursor" | "without key index" | "with a state source";

const STEPS = 250;
const KEYS = ["x", "\ufffd", "\u{1f600}"];
const SCOPES: readonly ScopeOf[] = ["A", "B", "C"].map((name) => ({ topic: Topic.COMMANDS, kind: 3, name }));
const WRONG = valueDigest(payload("wrong"));
const TIMERS: readonly TimerKind[] = ["reconnect", "flush", "breaker", "nack", "retry", "sums"];

/** How often something was seen. */
export class Seen {
  readonly #counts = new Map<string, number>();

  note(what: string, times = 1): void {
    this.#counts.set(what, this.count(what) + times);
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  addAll(other: Seen): void {
    other.#counts.forEach((times, what) => this.note(what, times));
  }
}

export class History {
  readonly seen = new Seen();
  readonly #random: SeededRandom;
  readonly #effects: Effects;
  readonly #coordinator: SimulatedCoordinator;
  #view: readonly ScopeOf[] = SCOPES;
  // What the user holds by the IDs of scopes, and what is stored.
  readonly state = new Map<string, Map<string, Digest>>();
  readonly #events: string[] = [];
  readonly #givenAgain = new Set<bigint>();
  #durable = AgentCursor.empty;
  readonly #keys = new MemoryCursorStore();
  #faulty = true;
  // Events of another history, or of before a scope was added, are nobody's loss.
  #forked = false;
  #damaged = false;
  readonly #everDropped = new Set<string>();
  readonly #drift: boolean;
  // Few faults, so that it is live for long.
  readonly #calm: boolean;
  // Whether its view changes again before what came of the last change is done.
  readonly #restless: boolean;
  // What the agent holds may not be what the log holds, from a position on, until sums agree.
  #isDrifted = false;
  // Since the last sync ended.
  #suspect = false;
  #driftedAt: Position;
  readonly #lostOnTheWay = new Set<bigint>();

  #session!: AgentSession;
  #ledger!: LaneLedger;
  #hello: LogResume | undefined;
  #control = false;
  #attached = false;
  #requested = 0;
  #timers = new Set<TimerKind>();
  #running: LaneStep | undefined;
  #failed: LaneStep | undefined;
  // The run that stopped, where it goes on, and what was refused of the step.
  #refusing: LaneStep | undefined;
  #next = 0;
  #refusedIndexes = new Set<number>();
  #prepared: PreparedStep | undefined;
  #asked: Nack | undefined;

  constructor(seed: number, effects: Effects) {
    this.#random = new SeededRandom(seed);
    this.#effects = effects;
    this.#drift = this.#random.below(4) > 0;
    this.#calm = this.#random.percent(50);
    this.#restless = seed % 4 === 3;
    this.#coordinator = new SimulatedCoordinator(this.#random, this.#view, this.#drift);
    this.#driftedAt = this.#coordinator.position(0);
    this.#boot();
  }

  run(): void {
    for (let i = 0; i < STEPS; i++) {
      this.#step();
    }
    this.#faulty = false;
    for (let i = 0; i < 5_000 && !this.#isDone; i++) {
      this.#step();
    }
  }

  /** In the end the agent holds what a naive fold of the log holds. */
  check(): void {
    assert.ok(this.#isDone, `caught up, ${this.#session.state} ${this.#durable.toString()}`);
    const fold = new NaiveFold(this.#coordinator.log);
    for (const scope of SCOPES) {
      const inView = this.#view.some((each) => sameScope(each, scope));
      const expected = [...fold.values(scope)].map(([key, value]) => [key, digestOf(value)] as const);
      const held = this.state.get(idOf(scope)) ?? new Map<string, Digest>();
      assert.deepEqual(new Map(held), new Map(inView ? expected : []), `state of ${scope.name}`);
    }
    const stands = this.#stands!;
    assert.deepEqual(
      stands.scopes.map((scope) => scopeOf(scope)),
      this.#view,
    );
    for (const sums of asPresented(stands).sums) {
      const should = fold.sums(scopeOf(sums.scope));
      const digest = this.#effects === "without key index" ? new Uint8Array() : should.stateDigest;
      assert.ok(Buffer.from(sums.stateDigest).equals(digest));
      assert.equal(sums.eventCount, should.eventCount);
      assert.ok(Buffer.from(sums.eventHash).equals(should.eventHash));
    }
    if (!this.#forked) {
      this.#checkEvents();
    }
  }

  #checkEvents(): void {
    const applied = new Set(this.#events);
    if (this.#effects !== "before the cursor") {
      assert.equal(this.#events.length, applied.size, "events applied twice");
    }
    for (const operation of this.#coordinator.log) {
      const { opId } = operation;
      const id = idOf(scopeOf(operation));
      const excused =
        !isEvent(operation) ||
        comesAgain(operation) ||
        this.#everDropped.has(id) ||
        this.#lostOnTheWay.has(opId) ||
        this.#givenAgain.has(opId) ||
        this.#coordinator.expired.has(opId);
      assert.ok(excused || applied.has(`${id} 1 ${opId}`), `event ${opId} applied`);
    }
  }

  get #stands(): LogResume | undefined {
    return this.#durable.resume("main");
  }

  get #isDone(): boolean {
    return (
      this.#session.state === "live" &&
      this.#running === undefined &&
      this.#failed === undefined &&
      this.#refusing === undefined &&
      this.#coordinator.refusals.isSettled &&
      !this.#isDrifted &&
      this.#stands?.position?.opId === BigInt(this.#coordinator.head)
    );
  }

  #oneIn(n: number): boolean {
    return this.#random.below(n) === 0;
  }

  #chosen<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)]!;
  }

  #step(): void {
    const drawn = this.#random.below(16);
    if (drawn >= 2 && drawn < 4) {
      this.#fireATimer();
    } else if (drawn >= 4 && drawn < 8) {
      this.#finish();
    } else if (drawn >= 12) {
      this.#letTheCoordinatorAct();
    } else if (this.#faulty) {
      this.#disturb(drawn);
    }
  }

  #disturb(drawn: number): void {
    if (drawn === 0) {
      if (!this.#calm || this.#oneIn(8)) {
        this.#breakStreams();
      }
    } else if (drawn === 1) {
      if (this.#oneIn(this.#calm ? 24 : 3)) {
        this.#crash();
      }
    } else if (drawn < 11) {
      this.#grow();
    } else if (this.#oneIn(this.#restless ? 2 : 10)) {
      this.#disaster();
    } else if (this.#drift && this.#oneIn(10)) {
      this.#corruptState();
    }
  }

  #letTheCoordinatorAct(): void {
    if (this.#control) {
      this.#welcome();
    } else if (this.#asked !== undefined) {
      this.#answerNack(this.#asked);
    } else {
      this.#coordinator.refusals.release(!this.#faulty);
      this.#deliverAFrame();
    }
  }

  #fireATimer(): void {
    const kind = TIMERS.find((each) => this.#timers.delete(each));
    if (kind === undefined) {
      return;
    }
    if (kind === "sums") {
      this.#coordinator.drift.intervalOver();
    }
    this.#session.timer(kind === "reconnect" ? { kind } : { kind, lane: "main" }, 0);
  }

  #grow(): void {
    const opId = BigInt(this.#coordinator.head + 1);
    const scope = this.#chosen(SCOPES);
    const key = this.#chosen(KEYS);
    switch (this.#random.below(6)) {
      case 0:
        this.#coordinator.log.push(event(opId, scope));
        break;
      case 1:
        this.#coordinator.log.push(keyed(opId, scope, key, undefined));
        break;
      case 2:
        if (opId > 1n) {
          this.#coordinator.expire(1 + this.#random.below(Number(opId) - 1));
        }
        break;
      default:
        this.#coordinator.log.push(keyed(opId, scope, key, this.#chosen(["a", "b"])));
    }
  }

  #disaster(): void {
    switch (this.#random.below(this.#restless && !this.#oneIn(8) ? 1 : 3)) {
      case 0:
        this.#changeView();
        break;
      case 1:
        this.#forked = true;
        this.#breakStreams();
        this.#coordinator.fork();
        this.seen.note("fork");
        break;
      default:
        if (
          this.#effects === "committed with the cursor" &&
          this.#running === undefined &&
          this.#failed === undefined
        ) {
          this.#damage();
        }
    }
  }

  /** The view belongs to the settings of the agent: it changes with a restart. */
  #changeView(): void {
    const changed = SCOPES.filter(() => this.#random.percent(50));
    if (changed.length === 0) {
      changed.push(this.#chosen(SCOPES));
    }
    for (const scope of SCOPES) {
      const keeps = [this.#view, changed].every((view) => view.some((each) => sameScope(each, scope)));
      if (!keeps) {
        this.#everDropped.add(idOf(scope));
      }
    }
    this.#view = changed;
    this.#coordinator.view = changed;
    this.#crash();
  }

  /** The user's state and the index lose a key, unnoticed; the sums with it. */
  #damage(): void {
    const stands = this.#stands;
    const held = [...this.#keys.heldKeys()];
    if (stands === undefined || held.length === 0 || stands.interrupted.case !== undefined) {
      return;
    }
    const lost = this.#chosen(held);
    if (!isHeldBy(stands, lost.scope.id)) {
      return;
    }
    this.#hold(lost.scope.id, lost.key, "");
    this.#keys.save(this.#durable, [new HeldKey(lost.scope, lost.key, new Uint8Array())]);
    const left = [...this.#keys.heldKeys()].map(({ scope, key, valueDigest }, i) => {
      const operation = keyed(BigInt(i + 1), { topic: Topic.COMMANDS, kind: 3, name: scope.role }, key, "");
      operation.valueDigest = valueDigest;
      return operation;
    });
    const fold = new NaiveFold(left);
    const { $typeName: _, ...fields } = stands;
    const sums = stands.sums.map((each) =>
      each.stateDigest.length > 0 ? { ...each, stateDigest: fold.sums(scopeOf(each.scope)).stateDigest } : each,
    );
    this.#durable = this.#durable.withResume({ ...stands, ...fields, sums });
    this.#damaged = true;
    this.#driftedFrom(stands.position!);
    this.seen.note("damage");
    this.#crash();
  }

  #driftedFrom(at: Position): void {
    this.#isDrifted = this.#drift;
    this.#suspect = this.#drift;
    this.#driftedAt = at;
  }

  /** Nobody notices, and nothing is told. */
  #corruptState(): void {
    const stands = this.#stands;
    if (this.#running !== undefined || this.#failed !== undefined || stands === undefined) {
      return;
    }
    const scope = this.#chosen(this.#view);
    if (!isHeldBy(stands, idOf(scope)) || this.#effects === "without key index") {
      return;
    }
    const key = this.#chosen(["x", "\ufffd", "ghost"]);
    const value = this.#oneIn(3) ? new Uint8Array() : valueDigest(payload(this.#chosen(["a", "wrong"])));
    if (this.#effects === "with a state source") {
      this.#hold(idOf(scope), key, digestOf(value));
      this.#driftedFrom(stands.position!);
      this.seen.note("corrupted state");
      return;
    }
    const indexOnly = this.#random.percent(50);
    const role = new Scope(scope.topic, "", scope.name);
    this.#keys.save(this.#durable, [new HeldKey(role, key, indexOnly ? WRONG : value)]);
    if (!indexOnly) {
      this.#hold(idOf(scope), key, digestOf(value));
    }
    this.#driftedFrom(stands.position!);
    this.seen.note("corrupted store");
    this.#crash();
  }

  #hold(id: string, key: string, value: Digest): void {
    const ofScope = this.state.get(id) ?? new Map<string, Digest>();
    this.state.set(id, ofScope);
    if (value === "") {
      ofScope.delete(key);
    } else {
      ofScope.set(key, value);
    }
  }

  /** An operation is lost or changed on the way to the agent. */
  #corrupted(frame: DataResponse): DataResponse {
    if (!this.#faulty || !this.#drift || frame.frame.case !== "delivery" || frame.frame.value.operations.length === 0) {
      return frame;
    }
    const delivery = frame.frame.value;
    const index = this.#random.below(delivery.operations.length);
    const operation = delivery.operations[index]!;
    // Nobody can notice the loss of what brings a key that was refused before with the same value: sums have it already.
    const unnoticed = this.#effects === "without key index" || this.#ledger.lacksKeys;
    const untouched = !isEvent(operation) && unnoticed;
    if (!this.#oneIn(15) || comesAgain(operation) || untouched) {
      return frame;
    }
    const operations = [...delivery.operations];
    if (isEvent(operation) && swap(operations, index)) {
      this.seen.note("events in another order");
    } else if (isEvent(operation) || operation.tombstone || this.#random.percent(50)) {
      operations.splice(index, 1);
      this.#lostOnTheWay.add(operation.opId);
      this.seen.note("lost on the way");
    } else {
      operations[index] = { ...operation, valueDigest: WRONG, payload: payload("wrong") };
      this.seen.note("changed on the way");
    }
    this.#driftedFrom(delivery.to!);
    return { ...frame, frame: { case: "delivery", value: { ...delivery, operations } } };
  }

  /** The coordinator takes a Nack, and answers; or its answer is lost, and the session. */
  #answerNack(asked: Nack): void {
    const reply = this.#coordinator.refusals.refuse(asked, this.#faulty);
    this.#asked = undefined;
    this.seen.note(NackReply_Outcome[reply.outcome]);
    if (this.#faulty && this.#oneIn(8)) {
      this.seen.note("lost reply");
      this.#breakStreams();
    } else {
      const frame = create(ControlResponseSchema, { frame: { case: "nackReply", value: reply } });
      this.#session.controlFrame(frame, 0, 0n);
    }
  }

  /** Stops at an operation, having applied those before it where effects are not atomic. */
  #refuses(prepared: PreparedStep): boolean {
    const operations = prepared.batch.messages;
    const can = this.#effects === "before the cursor" || this.#effects === "with a state source";
    if (!can || !this.#faulty || this.#next >= operations.length || !this.#oneIn(6)) {
      return false;
    }
    const at = this.#next + this.#random.below(operations.length - this.#next);
    if (prepared.made.has(at)) {
      return false;
    }
    if (this.#effects === "before the cursor") {
      this.#apply(prepared, at);
    }
    const before = this.#next;
    this.#next = at;
    this.#refusing = this.#running;
    this.#running = undefined;
    const { opId } = operations[at]!;
    const nack = create(NackSchema, { log: WireLog.MAIN, opId, reaction: Nack_Reaction.RETRY });
    this.#session.refused("main", nack, at - before, 0);
    return true;
  }

  #welcome(): void {
    this.#control = false;
    const plan = this.#coordinator.plan(this.#hello);
    if (plan.compares) {
      this.seen.note("compared");
    }
    const drift = this.#drift ? Capability.DRIFT : 0;
    const welcome = {
      sessionId: "s",
      capabilities: BigInt(Capability.SYNC | Capability.NACK | drift),
      plans: [plan],
      limits: { driftCheckIntervalMs: this.#drift ? 10_000n : 0n },
    };
    const frame = create(ControlResponseSchema, { frame: { case: "welcome", value: welcome } });
    this.#session.controlFrame(frame, 0, 0n);
  }

  #deliverAFrame(): void {
    const frame = this.#attached && this.#requested > 0 ? this.#coordinator.frame() : undefined;
    if (frame === undefined) {
      return;
    }
    this.#requested--;
    if (frame.frame.case === "fellBehind") {
      this.seen.note("fell behind");
    }
    this.#session.laneFrame("main", this.#corrupted(frame), 0);
  }

  #finish(): void {
    if (this.#running === undefined) {
      return;
    }
    this.#prepared ??= this.#ledger.prepare(this.#running, this.#read(this.#ledger.compares(this.#running)));
    const prepared = this.#prepared;
    this.#announce(prepared);
    if (this.#refuses(prepared)) {
      return;
    }
    const operations = prepared.batch.messages.length;
    const atomic = this.#effects !== "before the cursor";
    if (this.#faulty && this.#oneIn(this.#calm ? 48 : 6)) {
      this.#fail(prepared, atomic ? undefined : this.#random.below(operations + 1));
      return;
    }
    this.#apply(prepared, operations);
    if (this.#faulty && !atomic && this.#oneIn(10)) {
      this.#crash();
      return;
    }
    const done = this.#ledger.applied(prepared, this.#refusedIndexes);
    this.#prepared = done;
    this.#durable = this.#durable.withResume(done.after);
    this.#keys.save(this.#durable, savedKeys(done));
    if (this.#faulty && this.#oneIn(this.#calm ? 96 : 12)) {
      this.#crash();
      return;
    }
    this.#running = undefined;
    this.#prepared = undefined;
    this.#session.applied("main", done, 0, 0n);
  }

  #fail(prepared: PreparedStep, applied: number | undefined): void {
    if (applied !== undefined) {
      this.#apply(prepared, applied);
    }
    if (this.#random.percent(50)) {
      this.#crash();
    } else {
      this.#failed = this.#running;
      this.#running = undefined;
      this.#session.applyFailed("main", 0);
    }
  }

  /** As an agent with handlers does. */
  #announce(prepared: PreparedStep): void {
    if (this.#effects === "before the cursor" && needsAnnouncement(prepared)) {
      this.#durable = this.#durable.withResume(underWay(this.#stands, prepared.after));
      this.#keys.save(
        this.#durable,
        prepared.batch.changedKeys.map((key) => key.unknown()),
      );
    }
  }

  #apply({ batch }: PreparedStep, operations: number): void {
    for (const { scope, afterKey, throughKey } of batch.replaced) {
      const ofScope = this.state.get(scope.id);
      for (const key of [...(ofScope?.keys() ?? [])]) {
        if (inside(key, { after: afterKey, through: throughKey })) {
          ofScope?.delete(key);
        }
      }
    }
    batch.messages.slice(0, operations).forEach((operation, i) => {
      if (this.#refusedIndexes.has(i)) {
        return;
      }
      if (operation.origin !== undefined) {
        this.#givenAgain.add(operation.origin.opId);
      }
      const id = idOf(scopeOf(operation));
      if (isEvent(operation)) {
        this.#events.push(`${id} ${batch.to.epoch} ${operation.opId}`);
      } else {
        this.#hold(id, operation.key, operation.tombstone ? "" : digestOf(operation.valueDigest));
      }
    });
  }

  #breakStreams(): void {
    if (this.#isDrifted) {
      this.seen.note("cut while it drifted");
    }
    this.#session.streamEnded(Failure.local(Code.UNAVAILABLE, "the stream broke"), 0);
  }

  #crash(): void {
    this.seen.note("crash");
    this.#boot();
    if (this.#ledger.lacksKeys) {
      this.seen.note("lacks keys after a crash");
    }
  }

  #boot(): void {
    this.#hello = undefined;
    this.#control = false;
    this.#attached = false;
    this.#requested = 0;
    this.#timers = new Set();
    this.#running = undefined;
    this.#failed = undefined;
    this.#refusing = undefined;
    this.#next = 0;
    this.#refusedIndexes = new Set();
    this.#prepared = undefined;
    this.#asked = undefined;
    const keepsKeys = this.#effects !== "without key index";
    this.#ledger = new LaneLedger(this.#stands, keepsKeys, keepsKeys ? this.#keys.heldKeys() : []);
    this.#session = new AgentSession({
      identity: create(HelloSchema),
      stored: new Map([["main", this.#stands]]),
      lacking: new Set(this.#ledger.lacksKeys ? ["main"] : []),
      output: this.#output,
      listener: this.#listener,
      backoffs: () => new Backoff(longest),
      stateIntervalNs: this.#effects === "with a state source" ? 60 * NS_PER_SECOND : undefined,
    });
    this.#session.start();
  }

  #read(scopes: readonly Scope[]): Map<string, ReadState> {
    return this.#effects === "with a state source"
      ? new Map(scopes.map(({ id }) => [id, { kind: "read", values: new Map<string, Digest>(this.state.get(id)) }]))
      : new Map<string, ReadState>();
  }

  #acknowledged(ack: Ack): void {
    const stands = this.#stands!;
    const { applied, sums } = ack;
    assert.ok(applied !== undefined && stands.position !== undefined);
    assert.ok(applied.epoch <= stands.position.epoch);
    this.#coordinator.refusals.acknowledged(applied.opId);
    if (sums.length === 0) {
      return;
    }
    assert.ok(this.#drift, "the coordinator looks for drift");
    assert.equal(stands.interrupted.case, undefined, "inside a sync");
    assert.deepEqual([applied.epoch, applied.opId], [stands.position.epoch, stands.position.opId]);
    if (this.#coordinator.drift.acknowledged(applied, sums)) {
      this.seen.note("sums agree");
      const { epoch, opId } = this.#driftedAt;
      const isBehind = applied.epoch > epoch || (applied.epoch === epoch && applied.opId >= opId);
      if (this.#isDrifted && isBehind) {
        this.#isDrifted = false;
        this.seen.note("healed");
      }
    } else {
      assert.ok(this.#isDrifted, "sums differ although nothing is wrong");
      this.seen.note("sums differ");
    }
  }

  readonly #output: SessionOutput = {
    openControl: (hello: Hello) => {
      this.#control = true;
      this.#attached = false;
      this.#hello = hello.resume[0];
    },
    openLane: (_sessionId, _log, plan) => {
      if (plan.fork !== undefined && plan.plan !== Plan.SNAPSHOT) {
        this.seen.note("went on in another epoch");
      }
      this.#attached = true;
      this.#requested = 0;
    },
    endStreams: () => {
      this.#attached = false;
      this.#control = false;
      this.#asked = undefined;
    },
    requestFrame: () => {
      this.#requested++;
      assert.equal(this.#requested, 1, "frames asked for");
    },
    deliver: (step: LaneStep) => {
      assert.equal(this.#running, undefined, "two steps at a time");
      this.#running = step;
      this.#prepared = undefined;
      this.#next = 0;
      this.#refusedIndexes = new Set();
    },
    deliverAgain: () => {
      this.#running = this.#failed ?? this.#refusing;
      this.#failed = undefined;
      this.#refusing = undefined;
    },
    goOn: () => {
      this.#running = this.#refusing;
      this.#refusing = undefined;
      this.#refusedIndexes.add(this.#next);
      this.#next++;
    },
    sendNack: (nack: Nack) => {
      this.#asked = nack;
    },
    sendDigests: (_log, report: DigestReport) => {
      this.seen.note("query");
      this.#coordinator.drift.answered(report);
    },
    sendAck: (ack) => this.#acknowledged(ack),
    startTimer: (key: TimerKey) => {
      this.#timers.add(key.kind);
    },
    sendHeartbeat: nothing,
    deltaBegan: nothing,
    syncEnded: nothing,
  };

  readonly #listener: SessionListener = {
    synced: (report) => {
      this.seen.note(Plan[report.plan]);
      if (!report.exact && report.plan === Plan.DELTA) {
        this.seen.note("inexact");
      }
      if (!this.#damaged && !this.#suspect) {
        assert.deepEqual(report.mismatches, []);
      }
      this.#damaged &&= report.mismatches.length > 0;
      if (report.exact && !this.#suspect) {
        assert.equal(report.redundant, 0);
      }
      this.#suspect = this.#isDrifted;
    },
    drifted: ({ events }) => this.seen.note(events ? "repaired events" : "repaired keys"),
    disconnected: (why) => {
      if (why.name === "ABORTED") {
        this.seen.note("resync");
      }
    },
    refused: (why) => assert.fail(`Expected to go on, but ${why.describe()}`),
    parted: (_applied, fork) => this.seen.note(fork === undefined ? "parted" : "parted at a fork"),
    connected: nothing,
    lost: nothing,
    caughtUp: nothing,
    fellBehind: nothing,
    draining: nothing,
    nackAnswered: nothing,
    handlerHeld: nothing,
    telemetryDropped: nothing,
    stateChanged: nothing,
  };
}

function nothing(): void {
  // Of no interest here.
}

function idOf({ topic, name }: ScopeOf): string {
  return new Scope(topic, "", name).id;
}

function isHeldBy(stands: LogResume, id: string): boolean {
  return stands.scopes.some((scope) => Scope.from(scope).id === id);
}

/** The event takes the place of another one of its scope, and that one takes its place. */
function swap(operations: Operation[], index: number): boolean {
  const first = operations[index]!;
  const other = operations.findIndex(
    (each, i) => i > index && isEvent(each) && !comesAgain(each) && sameScope(scopeOf(each), scopeOf(first)),
  );
  if (other < 0) {
    return false;
  }
  operations[index] = { ...first, valueDigest: operations[other]!.valueDigest };
  operations[other] = { ...operations[other]!, valueDigest: first.valueDigest };
  return true;
}
