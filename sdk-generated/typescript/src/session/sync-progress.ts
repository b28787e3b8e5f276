// How far one sync of a lane has come.
import { create } from "@bufbuild/protobuf";

import type { SnapshotPage } from "../../gen/swarmlog/v1/delivery_pb.js";
import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import {
  LogPlanSchema,
  LogResumeSchema,
  Plan,
  SnapshotResumeSchema,
  type LogPlan,
  type LogResume,
  type SnapshotResume,
} from "../../gen/swarmlog/v1/resume_pb.js";
import type { SyncReceipt } from "../../gen/swarmlog/v1/sync_pb.js";
import { logNamed } from "../names.js";
import { isSame, keysMisfit, positionOf } from "./deliveries.js";
import { compareKeys } from "./held-key.js";
import type { SyncReport } from "./reports.js";
import { snapshotOf } from "./resume-point.js";
import { Scope } from "./scope.js";

/**
 * How far one sync of a lane has come: deliveries up to the target, pages of keyed state at the target, the receipt. Answers
 * what is to be committed as interrupted with each step. Begins anew with each stream.
 */
export class SyncProgress {
  readonly #from: Position;
  readonly #plan: LogPlan;
  /** Where it ends. */
  readonly target: Position;
  readonly #scopes: readonly Scope[];
  // How far an interrupted snapshot had come that goes on here.
  readonly #before: SnapshotResume;
  // Set from the first moment on in which a snapshot is what would be interrupted.
  #snapshot: SnapshotResume | undefined;
  // The scope of the next page, an index; and what it may at most start behind.
  #scopeIndex = 0;
  #afterKey: string;
  /** What the agent must hold in the end; undefined until it has come. */
  receipt: SyncReceipt | undefined;
  #received = 0;
  #paged = 0;
  #redundant = 0;

  constructor(plan: LogPlan, stands: Position, committed: LogResume | undefined) {
    this.#from = stands;
    this.#plan = plan;
    this.target = positionOf(plan.target ?? plan.head);
    this.#scopes = plan.snapshotScopes.map((scope) => Scope.from(scope));
    const interrupted = snapshotOf(committed);
    const goesOn = interrupted !== undefined && isSame(positionOf(interrupted.position), this.target);
    this.#before = goesOn ? interrupted : create(SnapshotResumeSchema, { position: this.target });
    this.#snapshot = goesOn || plan.plan === Plan.SNAPSHOT ? this.#before : undefined;
    this.#afterKey = this.#firstAfterKey();
  }

  /** The sync of a live lane that fell behind. */
  static fellBehind(stands: Position, head: Position): SyncProgress {
    const plan = create(LogPlanSchema, {
      plan: Plan.DELTA,
      target: head,
      baseOpId: stands.opId,
      exact: true,
    });
    return new SyncProgress(plan, stands, undefined);
  }

  /** Whether all keyed state will come, and no page of it has been applied yet. */
  get beginsSnapshot(): boolean {
    return this.#plan.plan === Plan.SNAPSHOT && this.#before.scope === undefined;
  }

  /** What is committed with a delivery up to a position. */
  after(to: Position): LogResume {
    if (this.#snapshot !== undefined) {
      return create(LogResumeSchema, {
        position: to,
        interrupted: { case: "snapshot", value: this.#snapshot },
      });
    }
    return create(LogResumeSchema, {
      position: to,
      interrupted: {
        case: "triple",
        value: {
          baseOpId: this.#plan.baseOpId,
          cursorOpId: to.opId,
          targetOpId: this.target.opId,
          exact: this.#plan.exact || to.opId === this.target.opId,
        },
      },
    });
  }

  /** Whether it is time to be asked what is held: the events have come, the state has not. */
  mayBeAsked(at: Position): boolean {
    return this.#plan.compares && isSame(at, this.target);
  }

  /** Why the page cannot be the next one; undefined if it can, or has been applied already. */
  pageMisfit(page: SnapshotPage): string | undefined {
    const position = positionOf(page.position);
    if (!isSame(position, this.target)) {
      return (
        `Expected keyed state as of operation ${this.target.opId}, ` + `but got some as of operation ${position.opId}`
      );
    }
    const scope = Scope.from(page.scope);
    const index = this.#indexOf(scope);
    if (index < 0) {
      return `Expected keyed state of the scopes in the plan, but got some of ${scope.toString()}`;
    }
    const skips =
      index > this.#scopeIndex || (index === this.#scopeIndex && compareKeys(page.afterKey, this.#afterKey) > 0);
    if (skips && !this.#plan.compares) {
      return (
        `Expected the keys of ${this.#nextScope()?.toString() ?? "no scope"} ` +
        `behind '${this.#afterKey}', but got those of ${scope.toString()} behind '${page.afterKey}'`
      );
    }
    return keysMisfit(page);
  }

  /** Whether the page lies behind what has been applied: it changes nothing. */
  isBehind(page: SnapshotPage): boolean {
    const index = this.#indexOf(Scope.from(page.scope));
    return (
      index < this.#scopeIndex ||
      (index === this.#scopeIndex && page.throughKey !== "" && compareKeys(page.throughKey, this.#afterKey) <= 0)
    );
  }

  /** Takes the page as the one before the next; answers what is committed with it. */
  advance(page: SnapshotPage): LogResume {
    this.#scopeIndex = this.#indexOf(Scope.from(page.scope));
    this.#afterKey = page.throughKey;
    if (page.throughKey === "") {
      this.#scopeIndex++;
      this.#afterKey = this.#firstAfterKey();
    }
    this.#snapshot = create(SnapshotResumeSchema, {
      position: this.target,
      ...(page.scope !== undefined && { scope: page.scope }),
      lastKey: page.throughKey,
    });
    return create(LogResumeSchema, {
      position: this.target,
      interrupted: { case: "snapshot", value: this.#snapshot },
    });
  }

  /** The scopes whose pages have not all come. */
  get pending(): readonly Scope[] {
    return this.#scopes.slice(this.#scopeIndex);
  }

  /** Counts what came in a delivery. */
  delivered(operations: number): void {
    this.#received += operations;
  }

  /** Counts what came in a page. */
  paged(operations: number): void {
    this.#paged += operations;
  }

  /** Counts what changed nothing. */
  applied(redundant: number): void {
    this.#redundant += redundant;
  }

  /** Why the sync cannot end at a position yet; undefined if it can. */
  endMisfit(end: Position): string | undefined {
    if (!isSame(end, this.target)) {
      return `Expected the sync to end at its target ${this.target.opId}, ` + `but it ends at ${end.opId}`;
    }
    const missing = this.#nextScope();
    if (missing !== undefined && !this.#plan.compares) {
      return `Expected the keyed state of ${missing.toString()}, but the sync ends without it`;
    }
    if (this.receipt?.target?.opId !== this.target.opId) {
      return `Expected a receipt for operation ${this.target.opId} ` + "before the end of the sync, but there is none";
    }
    return undefined;
  }

  /** The outcome, with what the ledger found. */
  report(sumMismatches: readonly string[]): SyncReport {
    const { receipt } = this;
    const mismatches = [...sumMismatches];
    if (receipt !== undefined && receipt.sentCount !== BigInt(this.#received)) {
      mismatches.push(`Expected ${receipt.sentCount} operations, but ${this.#received} came`);
    }
    if (receipt !== undefined && receipt.snapshotCount !== BigInt(this.#paged)) {
      mismatches.push(
        `Expected ${receipt.snapshotCount} operations in pages of keyed state, ` + `but ${this.#paged} came`,
      );
    }
    return {
      log: logNamed(this.target.log),
      from: this.#from,
      target: this.target,
      plan: this.#plan.plan,
      exact: this.#plan.exact,
      received: this.#received,
      paged: this.#paged,
      redundant: this.#redundant,
      superseded: receipt?.supersededCount ?? 0n,
      netZero: receipt?.netZeroCount ?? 0n,
      expired: receipt?.expiredCount ?? 0n,
      mismatches,
    };
  }

  #indexOf(scope: Scope): number {
    return this.#scopes.findIndex((each) => each.id === scope.id);
  }

  #nextScope(): Scope | undefined {
    return this.#scopes[this.#scopeIndex];
  }

  /** What the first page of a scope may at most start behind. */
  #firstAfterKey(): string {
    const scope = this.#nextScope();
    const { scope: begun, lastKey } = this.#before;
    return begun !== undefined && Scope.from(begun).id === scope?.id ? lastKey : "";
  }
}
