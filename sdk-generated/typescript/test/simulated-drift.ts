// What a coordinator does about drift, by walking the log.
import assert from "node:assert/strict";

import { create } from "@bufbuild/protobuf";

import { SnapshotPageSchema, type SnapshotPage } from "../gen/swarmlog/v1/delivery_pb.js";
import { DigestQuerySchema, RepairSchema, type DigestQuery, type DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import type { ScopeSums } from "../gen/swarmlog/v1/operation_pb.js";
import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import { NaiveFold, scopeMessage, scopeOf } from "./naive-fold.js";
import type { SeededRandom } from "./seeded-random.js";
import {
  compareUtf8,
  frameOf,
  inside,
  sameScope,
  type Interval,
  type SimulatedCoordinator,
} from "./simulated-coordinator.js";

/**
 * Compares the sums of acks, goes down where they differ, one query at a time, and repairs. Begins anew with each session.
 */
export class SimulatedDrift {
  readonly #coordinator: SimulatedCoordinator;
  readonly #random: SeededRandom;
  readonly #toAsk: Interval[] = [];
  readonly #toRepair: Interval[] = [];
  #asked: { readonly query: DigestQuery; readonly at: Position } | undefined;
  #queries = 0n;
  // It remembers that beyond a session, and the agent does not.
  #looks = true;
  // Within a sync: what is still to be compared, how much was sent, and who waits for that.
  readonly #toCompare: Interval[] = [];
  #paged = 0;
  #compared: ((paged: number) => void) | undefined;
  // Something was repaired: the next sums are looked at in any case.
  #verifies = false;

  constructor(coordinator: SimulatedCoordinator, random: SeededRandom) {
    this.#coordinator = coordinator;
    this.#random = random;
  }

  begin(): void {
    this.#toAsk.length = 0;
    this.#toRepair.length = 0;
    this.#asked = undefined;
    this.#queries = 0n;
    this.#verifies = false;
    this.#toCompare.length = 0;
    this.#compared = undefined;
  }

  /** Sends within a sync what the agent holds otherwise, scope by scope. */
  compare(intervals: readonly Interval[], done: (paged: number) => void): void {
    this.#toCompare.push(...intervals);
    this.#paged = 0;
    this.#compared = done;
    this.#ask();
  }

  /** Whether a sync waits for answers. */
  get compares(): boolean {
    return this.#compared !== undefined;
  }

  intervalOver(): void {
    this.#looks = true;
  }

  /** Whether the sums are those of the log; if not, looks for what differs. */
  acknowledged(at: Position, sums: readonly ScopeSums[]): boolean {
    const acts = this.#asked === undefined && (this.#looks || this.#verifies);
    this.#looks &&= !acts;
    this.#verifies = false;
    assert.deepEqual(
      sums.map(({ scope }) => scopeOf(scope)),
      this.#coordinator.view,
      "every scope held",
    );
    let equal = true;
    for (const held of sums) {
      const scope = scopeOf(held.scope);
      const expected = this.#coordinator.sumsAt(scope, Number(at.opId));
      const state = isEmptyOr(held.stateDigest, expected.stateDigest);
      const events =
        held.eventHash.length === 0 ||
        (held.eventCount === expected.eventCount && isEmptyOr(held.eventHash, expected.eventHash));
      equal &&= state && events;
      if (acts && !events) {
        this.#verifies = true;
        const told = this.#coordinator.sumsAt(scope, this.#coordinator.sentTo);
        this.#coordinator.insert(frameOf({ case: "repair", value: { events: told } }));
      }
      if (acts && !state) {
        this.#toAsk.push({ scope, after: "", through: "" });
      }
    }
    this.#ask();
    return equal;
  }

  answered(report: DigestReport): void {
    assert.ok(this.#asked !== undefined, "Expected no answer");
    const { query, at } = this.#asked;
    this.#asked = undefined;
    assert.equal(report.queryId, query.queryId);
    assert.deepEqual(
      [report.position?.epoch, report.position?.opId],
      [at.epoch, at.opId],
      "answered where it was asked",
    );
    assert.ok(report.parts.length >= 1 && report.parts.length <= query.maxParts);
    const scope = scopeOf(query.scope);
    let before = query.afterKey;
    if (report.unknown && this.compares) {
      this.#toRepair.push({ scope, after: before, through: query.throughKey });
      this.#ask();
      return;
    }
    const live = this.#coordinator.keysAt(scope, Number(at.opId));
    for (const part of report.parts) {
      const interval = { scope, after: before, through: part.throughKey };
      const there = live.filter(({ key }) => inside(key, interval));
      if (!Buffer.from(part.digest).equals(new NaiveFold(there).sums(scope).stateDigest)) {
        (part.keyCount <= 1n ? this.#toRepair : this.#toAsk).push(interval);
      }
      before = part.throughKey;
    }
    assert.equal(before, query.throughKey, "the end of the interval");
    this.#ask();
  }

  #ask(): void {
    if (this.#asked !== undefined) {
      return;
    }
    if (this.#toAsk.length === 0 && this.compares) {
      this.#pages();
    }
    const next = this.#toAsk.shift();
    if (next === undefined) {
      this.#repair();
      return;
    }
    this.#queries++;
    const query = create(DigestQuerySchema, {
      queryId: this.#queries,
      scope: scopeMessage(next.scope),
      afterKey: next.after,
      throughKey: next.through,
      maxParts: 2 + this.#random.below(3),
    });
    this.#asked = { query, at: this.#coordinator.sent };
    this.#coordinator.insert(frameOf({ case: "digestQuery", value: query }));
  }

  /** What differs of one scope; then it is the turn of the next one. */
  #pages(): void {
    this.#toRepair.sort((a, b) => compareUtf8(a.after, b.after));
    for (const interval of this.#toRepair) {
      const page = this.#page(interval);
      this.#paged += page.operations.length;
      this.#coordinator.insert(frameOf({ case: "snapshot", value: page }));
    }
    this.#toRepair.length = 0;
    const next = this.#toCompare.shift();
    if (next !== undefined) {
      this.#toAsk.push(next);
    } else {
      const done = this.#compared;
      this.#compared = undefined;
      done?.(this.#paged);
    }
  }

  #page(interval: Interval): SnapshotPage {
    const live = this.#coordinator.keysAt(interval.scope, this.#coordinator.sentTo);
    return create(SnapshotPageSchema, {
      position: this.#coordinator.sent,
      scope: scopeMessage(interval.scope),
      afterKey: interval.after,
      throughKey: interval.through,
      operations: live.filter(({ key }) => inside(key, interval)),
    });
  }

  /** One frame per scope and now and then several, each true where the agent stands then. */
  #repair(): void {
    const { view } = this.#coordinator;
    const rank = ({ scope }: Interval) => view.findIndex((each) => sameScope(each, scope));
    this.#toRepair.sort((a, b) => rank(a) - rank(b) || compareUtf8(a.after, b.after));
    let pages: SnapshotPage[] = [];
    const send = () => {
      if (pages.length > 0) {
        this.#coordinator.insert(frameOf({ case: "repair", value: create(RepairSchema, { pages }) }));
        pages = [];
      }
    };
    for (const interval of this.#toRepair) {
      const [first] = pages;
      const other = first !== undefined && !sameScope(scopeOf(first.scope), interval.scope);
      if (other || (first !== undefined && this.#random.below(4) === 0)) {
        send();
      }
      pages.push(this.#page(interval));
    }
    send();
    this.#verifies ||= this.#toRepair.length > 0;
    this.#toRepair.length = 0;
  }
}

function isEmptyOr(held: Uint8Array, expected: Uint8Array): boolean {
  return held.length === 0 || Buffer.from(held).equals(expected);
}
