import assert from "node:assert/strict";

import { clone, create } from "@bufbuild/protobuf";

import {
  ProducerHelloSchema,
  ProducerWelcomeSchema,
  PublishAckSchema,
  PublishGroupSchema,
  PublishRefusalSchema,
  type ProducerHello,
  type ProducerWelcome,
  type PublishAck,
  type PublishGroup,
  type PublishRefusal,
} from "../gen/swarmlog/v1/publishing_pb.js";
import { Backoff } from "../src/backoff.js";
import { Failure } from "../src/failure.js";
import type { GroupPosition } from "../src/publication.js";
import { ProducerSession } from "../src/publishing/producer.js";
import type { ProducerOutput } from "../src/publishing/producer-output.js";
import { longest } from "./fixed-random.js";
import type { SeededRandom } from "./seeded-random.js";
import { failure, status } from "./statuses.js";

const STEPS = 120;
const SETTLING_STEPS = 2_000;
const KINDS = ["bad", "large", "good", "good", "good", "good"] as const;

type ToProducer = ProducerWelcome | PublishAck | PublishRefusal | Failure;

/** One stream: frames under way in both directions. */
class Wire {
  readonly toCoordinator: (ProducerHello | PublishGroup)[] = [];
  readonly toProducer: ToProducer[] = [];
  epoch = 0n;
}

/** What the contract promises of the coordinator, and no more. */
class Coordinator {
  readonly log: string[] = [];
  epochs = 0n;
  mayRefuse = true;
  /** Large groups are refused from now on, also those that had been appended. */
  lowered = false;
  readonly #random: SeededRandom;
  readonly #appendedAs = new Map<bigint, number>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  receive(wire: Wire): void {
    const frame = wire.toCoordinator.shift();
    if (frame !== undefined) {
      wire.toProducer.push(
        frame.$typeName === "swarmlog.v1.ProducerHello" ? this.#hello(wire, frame) : this.#publish(wire, frame),
      );
    }
  }

  #hello(wire: Wire, hello: ProducerHello): ToProducer {
    if (hello.producerEpoch === 0n) {
      this.epochs += 1n;
      this.#appendedAs.clear();
    } else if (hello.producerEpoch !== this.epochs) {
      return failure("PRODUCER_FENCED");
    }
    wire.epoch = this.epochs;
    return create(ProducerWelcomeSchema, {
      producerEpoch: this.epochs,
      nextNumber: BigInt(this.#appendedAs.size + 1),
      maxInFlightGroups: 4,
    });
  }

  #publish(wire: Wire, { number, idempotencyKey: token }: PublishGroup): ToProducer {
    if (this.mayRefuse && this.#random.below(12) === 0) {
      return refusal(number, "RATE_LIMITED");
    }
    if (token.startsWith("bad") || (this.lowered && token.startsWith("large"))) {
      return refusal(number, "PAYLOAD_TOO_LARGE");
    }
    if (wire.epoch !== this.epochs) {
      return refusal(number, "PRODUCER_FENCED");
    }
    const following = BigInt(this.#appendedAs.size + 1);
    if (number > following) {
      return refusal(number, "OUT_OF_SEQUENCE", { expected_number: String(following) });
    }
    const duplicate = number < following;
    if (!duplicate) {
      this.log.push(token);
      this.#appendedAs.set(number, this.log.length);
    }
    const opId = this.#appendedAs.get(number)!;
    assert.equal(this.log[opId - 1], token, `number ${number} of epoch ${this.epochs}`);
    return create(PublishAckSchema, { number, firstOpId: BigInt(opId), duplicate });
  }
}

function refusal(number: bigint, reason: string, metadata: Record<string, string> = {}): PublishRefusal {
  return create(PublishRefusalSchema, { number, status: status(reason, metadata) });
}

/**
 * A producer, its coordinator, and what became of what was offered. Streams break at any moment, frames of broken streams linger and
 * arrive later, some groups are always refused, others now and then, and some from a moment on, though they may have been appended
 * before.
 */
export class History implements ProducerOutput<string> {
  readonly coordinator: Coordinator;
  readonly unknown = new Set<string>();
  duplicates = 0;
  readonly #random: SeededRandom;
  readonly #session = new ProducerSession<string>(create(ProducerHelloSchema), this, new Backoff(longest), 8);
  readonly #offered: string[] = [];
  readonly #appendedAt = new Map<string, number>();
  readonly #refused = new Set<string>();
  readonly #lingering: Wire[] = [];
  #wire: Wire | undefined;
  #timer = false;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.coordinator = new Coordinator(random);
  }

  run(): void {
    for (let i = 0; i < STEPS; i++) {
      this.coordinator.lowered ||= this.#random.below(60) === 0;
      this.#step(true);
    }
    this.coordinator.mayRefuse = false;
    for (let i = 0; i < SETTLING_STEPS && this.#settled < this.#offered.length; i++) {
      this.#step(false);
    }
  }

  check(): void {
    const { log } = this.coordinator;
    assert.equal(this.#settled, this.#offered.length);
    const there = new Set(log);
    assert.equal(there.size, log.length, "something was appended twice");
    assert.deepEqual(
      log,
      this.#offered.filter((token) => there.has(token)),
    );
    for (const [token, opId] of this.#appendedAt) {
      assert.equal(log[opId - 1], token);
    }
    for (const token of this.#refused) {
      assert.ok(!token.startsWith("good"), `${token} was refused`);
      assert.ok(!there.has(token), `${token} was refused, and appended`);
    }
  }

  get #settled(): number {
    return this.#appendedAt.size + this.#refused.size + this.unknown.size;
  }

  #step(faults: boolean): void {
    const choice = this.#random.below(10);
    const wire = this.#wire;
    if (faults && choice <= 1) {
      const token = `${KINDS[this.#random.below(KINDS.length)]!}${this.#offered.length}`;
      this.#offered.push(token);
      this.#session.offer(token, create(PublishGroupSchema, { idempotencyKey: token }), token.length);
    } else if (faults && choice === 2 && this.#random.below(3) === 0 && wire !== undefined) {
      this.endStream();
      this.#session.streamEnded(failure("UNAVAILABLE"), 0);
    } else if (choice <= 4 && this.#timer) {
      this.#timer = false;
      this.#session.timer();
    } else if (choice === 5 && this.#lingering.length > 0) {
      this.coordinator.receive(this.#lingering[this.#random.below(this.#lingering.length)]!);
    } else if (choice <= 7 && wire !== undefined && wire.toCoordinator.length > 0) {
      this.coordinator.receive(wire);
    } else if (wire !== undefined && wire.toProducer.length > 0) {
      this.#receive(wire.toProducer.shift()!);
    }
    this.#write();
  }

  #write(): void {
    while (this.#wire !== undefined) {
      const group = this.#session.poll();
      if (group === undefined) {
        return;
      }
      this.#wire.toCoordinator.push(clone(PublishGroupSchema, group));
    }
  }

  #receive(frame: ToProducer): void {
    if (frame instanceof Failure) {
      this.#wire = undefined;
      this.#session.streamEnded(frame, 0);
      return;
    }
    switch (frame.$typeName) {
      case "swarmlog.v1.ProducerWelcome":
        this.#session.welcome(frame, 0);
        break;
      case "swarmlog.v1.PublishAck":
        this.duplicates += frame.duplicate ? 1 : 0;
        this.#session.acked(frame, 0);
        break;
      case "swarmlog.v1.PublishRefusal":
        this.#session.refused(frame, 0);
        break;
    }
  }

  openStream(hello: ProducerHello): void {
    this.#wire = new Wire();
    this.#wire.toCoordinator.push(hello);
  }

  endStream(): void {
    if (this.#wire !== undefined) {
      this.#lingering.push(this.#wire);
      this.#wire = undefined;
    }
  }

  appended(token: string, where: GroupPosition): void {
    assert.ok(!this.#appendedAt.has(token));
    this.#appendedAt.set(token, Number(where.firstOpId));
  }

  failed(token: string): void {
    assert.ok(!this.#refused.has(token));
    this.#refused.add(token);
  }

  outcomeUnknown(token: string): void {
    assert.ok(!this.unknown.has(token));
    this.unknown.add(token);
  }

  acknowledgedLost(groups: number): void {
    assert.fail(`Expected all to be kept, but lost ${groups}`);
  }

  startTimer(): void {
    this.#timer = true;
  }

  sent(): void {
    // It is seen on the wire.
  }

  breakerChanged(): void {
    // The transcripts look at it.
  }

  waits(): void {
    // As above.
  }

  resumed(): void {
    // As above.
  }
}
