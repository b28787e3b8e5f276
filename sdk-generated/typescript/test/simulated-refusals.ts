// What becomes of operations that the agent refuses.
import assert from "node:assert/strict";

import { create } from "@bufbuild/protobuf";

import { Code } from "../gen/google/rpc/code_pb.js";
import { OperationClass, OperationSchema, type Operation } from "../gen/swarmlog/v1/operation_pb.js";
import { NackReply_Outcome, NackReplySchema, type Nack, type NackReply } from "../gen/swarmlog/v1/parking_pb.js";
import { Log } from "../gen/swarmlog/v1/position_pb.js";
import type { SeededRandom } from "./seeded-random.js";
import { comesAgain, isEvent, type SimulatedCoordinator } from "./simulated-coordinator.js";

const PARKED_AT = 2;

/**
 * A first operation: as what it was refused last, how often, whether it waits; or as what it came again, or which operation on its
 * key took its place.
 */
interface Refused {
  readonly last: bigint;
  readonly attempts: number;
  readonly parked: boolean;
  readonly waits: boolean;
  readonly releasedAs: bigint;
  readonly supersededBy: bigint;
}

/** What becomes of operations that the agent refuses. What was taken is never lost, however history forks. */
export class SimulatedRefusals {
  readonly #coordinator: SimulatedCoordinator;
  readonly #random: SeededRandom;
  #byFirst = new Map<bigint, Refused>();

  constructor(coordinator: SimulatedCoordinator, random: SeededRandom) {
    this.#coordinator = coordinator;
    this.#random = random;
  }

  refuse(nack: Nack, faults: boolean): NackReply {
    const reply = create(NackReplySchema, { log: Log.MAIN, opId: nack.opId });
    assert.ok(nack.opId <= this.#coordinator.head, "beyond the head");
    if (faults && this.#random.below(8) === 0) {
      reply.outcome = NackReply_Outcome.REFUSED;
      // Later, or never.
      const code = this.#random.percent(50) ? Code.UNAVAILABLE : Code.OUT_OF_RANGE;
      reply.status = { $typeName: "google.rpc.Status", code, message: "", details: [] };
      return reply;
    }
    reply.outcome = this.#outcome(nack);
    return reply;
  }

  /** Gives some of them again; everything: also what is parked, a person replays it. */
  release(everything: boolean): void {
    for (const [opId, refused] of [...this.#byFirst]) {
      const due = refused.waits || (everything && refused.parked);
      if (!due || (!everything && this.#random.below(8) > 0)) {
        continue;
      }
      const first = this.#coordinator.at(Number(opId));
      const supersededBy = this.#supersededBy(first);
      if (supersededBy > 0n) {
        this.#byFirst.set(opId, { ...refused, parked: false, waits: false, supersededBy });
        continue;
      }
      const again = this.#again(first, refused);
      this.#coordinator.log.push(again);
      this.#byFirst.set(opId, { ...refused, parked: false, waits: false, releasedAs: again.opId });
    }
  }

  /** What came again and was acknowledged is settled. */
  acknowledged(opId: bigint): void {
    for (const [first, { releasedAs }] of [...this.#byFirst]) {
      if (releasedAs > 0n && releasedAs <= opId) {
        this.#byFirst.delete(first);
      }
    }
  }

  /** Whether nothing is to be given again. */
  get isSettled(): boolean {
    return [...this.#byFirst.values()].every(({ waits, parked }) => !waits && !parked);
  }

  /** What was given again in the history that is lost, or superseded there, waits once more. */
  forked(): void {
    const head = BigInt(this.#coordinator.head);
    this.#byFirst = new Map(
      [...this.#byFirst]
        .filter(([first]) => first <= head)
        .map(([first, refused]) => {
          if (refused.supersededBy > 0n && refused.supersededBy <= head) {
            return [first, refused];
          }
          const last = refused.last < head ? refused.last : head;
          return [first, { ...refused, last, parked: false, waits: true, releasedAs: 0n, supersededBy: 0n }];
        }),
    );
  }

  #outcome(nack: Nack): NackReply_Outcome {
    const operation = this.#coordinator.at(Number(nack.opId));
    const first = operation.origin?.opId ?? operation.opId;
    const known = this.#byFirst.get(first);
    const released = known?.releasedAs ?? 0n;
    const lost = released > 0n && released <= this.#coordinator.startOpId;
    if (known !== undefined && nack.opId <= known.last && !lost) {
      return outcomeOf(known);
    }
    const supersededBy = this.#supersededBy(this.#coordinator.at(Number(first)));
    if (supersededBy > 0n) {
      const last = nack.opId;
      this.#byFirst.set(first, { last, attempts: 0, parked: false, waits: false, releasedAs: 0n, supersededBy });
      return NackReply_Outcome.SUPERSEDED;
    }
    const tried = Math.max(operation.origin?.attempt ?? 0, known?.attempts ?? 0);
    const parked = 1 + tried >= PARKED_AT;
    const now = {
      last: nack.opId,
      attempts: 1 + tried,
      parked,
      waits: !parked,
      releasedAs: 0n,
      supersededBy: 0n,
    };
    this.#byFirst.set(first, now);
    return outcomeOf(now);
  }

  #again(first: Operation, { attempts }: Refused): Operation {
    assert.ok(!comesAgain(first));
    const opId = BigInt(this.#coordinator.head + 1);
    const { $typeName: _, target, ...fields } = first;
    const { operationClass, key, tombstone } = first;
    return create(OperationSchema, {
      ...fields,
      ...(target !== undefined && { target }),
      opId,
      groupFirst: opId,
      groupLast: opId,
      operationClass: OperationClass.EVENT,
      key: "",
      tombstone: false,
      origin: {
        opId: first.opId,
        attempt: attempts,
        operationClass,
        ...(target !== undefined && { target }),
        key,
        tombstone,
      },
    });
  }

  /** The newest operation on its key, if that is another one; else 0. */
  #supersededBy(first: Operation): bigint {
    const newest = isEvent(first) ? undefined : this.#coordinator.newestOf(first, this.#coordinator.head);
    return newest !== undefined && newest.opId > first.opId ? newest.opId : 0n;
  }
}

function outcomeOf({ supersededBy, parked }: Refused): NackReply_Outcome {
  if (supersededBy > 0n) {
    return NackReply_Outcome.SUPERSEDED;
  }
  return parked ? NackReply_Outcome.PARKED : NackReply_Outcome.RETRY;
}
