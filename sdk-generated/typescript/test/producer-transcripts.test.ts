import assert from "node:assert/strict";
import { test } from "node:test";

import { create, toBinary } from "@bufbuild/protobuf";

import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import {
  Durability,
  ProducerHelloSchema,
  ProducerWelcomeSchema,
  PublishAckSchema,
  PublishGroupSchema,
  PublishRefusalSchema,
  type ProducerHello,
} from "../gen/swarmlog/v1/publishing_pb.js";
import { Backoff } from "../src/backoff.js";
import type { Failure } from "../src/failure.js";
import type { GroupPosition } from "../src/publication.js";
import type { Breaker } from "../src/publishing/breaker.js";
import { ProducerSession, type ProducerState } from "../src/publishing/producer.js";
import type { ProducerOutput } from "../src/publishing/producer-output.js";
import { NS_PER_MS, NS_PER_SECOND } from "../src/units.js";
import { longest } from "./fixed-random.js";
import { failure, status } from "./statuses.js";
import { names, play, TransitionTable, type Input } from "./transcript.js";

const STATES: readonly ProducerState[] = ["IDLE", "CONNECTING", "OPEN", "RECOVERING", "PAUSED", "WAITING", "CLOSED"];

/** A producer that says what it does. */
class Player implements ProducerOutput<string> {
  readonly #outputs: string[] = [];
  readonly #walk: (before: string, after: string) => void;
  readonly #session = new ProducerSession<string>(create(ProducerHelloSchema), this, new Backoff(longest), 100);
  #nowNs = 0;
  #room = Infinity;

  constructor(walk: (before: string, after: string) => void = () => undefined) {
    this.#walk = walk;
  }

  play(name: string): void {
    play("producer", name, this.#outputs, (input) => {
      const before = this.#session.state;
      this.#take(input);
      this.#write();
      this.#outputs.push(`is ${this.#session.state}`);
      this.#walk(before, this.#session.state);
    });
  }

  #write(): void {
    for (; this.#room > 0; this.#room--) {
      const sent = this.#session.poll();
      if (sent === undefined) {
        return;
      }
      this.#outputs.push(`send ${new TextDecoder().decode(sent.records[0]?.payload?.data)} as ${sent.number}`);
    }
  }

  #take(input: Input): void {
    switch (input.verb) {
      case "offer":
        input.words.forEach((word) => {
          const data = new TextEncoder().encode(word);
          const group = create(PublishGroupSchema, { records: [{ payload: { data } }] });
          this.#session.offer(word, group, toBinary(PublishGroupSchema, group).length);
        });
        break;
      case "room":
        this.#room = input.number(0);
        break;
      case "clock":
        this.#nowNs += Number(/^(\d+)S$/i.exec(input.word(0))?.[1]) * NS_PER_SECOND;
        break;
      case "welcome":
        this.#welcome(input);
        break;
      case "ack":
        this.#ack(input);
        break;
      case "refuse":
        this.#refuse(input);
        break;
      case "ended":
        this.#session.streamEnded(failure(input.word(0), input.setting("retryMs", 0)), this.#nowNs);
        break;
      case "timer":
        this.#session.timer();
        break;
      case "close":
        this.#session.close();
        break;
      default:
        assert.fail(`Expected a verb of producers, but got ${input.verb}`);
    }
  }

  #welcome(input: Input): void {
    const welcome = create(ProducerWelcomeSchema, {
      producerEpoch: BigInt(input.setting("epoch", 1)),
      nextNumber: BigInt(input.setting("next", 1)),
      maxInFlightGroups: input.setting("window", 10),
      limits: { maxGroupBytes: input.setting("groupBytes", 0) },
    });
    this.#session.welcome(welcome, this.#nowNs);
  }

  #ack(input: Input): void {
    const opId = BigInt(input.setting("op", 0));
    const ack = create(PublishAckSchema, {
      number: BigInt(input.number(0)),
      firstOpId: opId,
      last: { opId },
      durability: Durability.ALWAYS,
      duplicate: input.words.includes("duplicate"),
    });
    this.#session.acked(ack, this.#nowNs);
  }

  #refuse(input: Input): void {
    const expected = input.settings.get("expected");
    const metadata = expected === undefined ? {} : { expected_number: expected };
    const refusal = create(PublishRefusalSchema, {
      number: BigInt(input.number(0)),
      status: status(input.word(1), metadata, input.setting("retryMs", 0)),
    });
    this.#session.refused(refusal, this.#nowNs);
  }

  openStream(hello: ProducerHello): void {
    this.#outputs.push(`open stream, epoch ${hello.producerEpoch}`);
  }

  endStream(): void {
    this.#outputs.push("end stream");
  }

  sent(): void {
    // Transcripts say what is written.
  }

  appended(token: string, where: GroupPosition): void {
    this.#outputs.push(`${token} appended at ${where.firstOpId}${where.duplicate ? ", again" : ""}`);
  }

  failed(token: string, why: Failure): void {
    this.#outputs.push(`${token} failed: ${why.describe()}`);
  }

  outcomeUnknown(token: string, why: Failure): void {
    this.#outputs.push(`${token} unknown: ${why.describe()}`);
  }

  acknowledgedLost(groups: number, newest: Position): void {
    this.#outputs.push(`lost ${groups}, the newest at ${newest.opId}`);
  }

  breakerChanged(changed: Breaker, why: Failure | undefined, forNs: number): void {
    const state = changed.toUpperCase().replace("-", "_");
    const wait = forNs > 0 ? ` for ${Math.floor(forNs / NS_PER_MS)} ms` : "";
    this.#outputs.push(`breaker is ${state}${wait}${why === undefined ? "" : `: ${why.reason}`}`);
  }

  waits(): void {
    // Transcripts say what is waited for by the timer.
  }

  resumed(): void {
    // As above.
  }

  startTimer(delayNs: number): void {
    this.#outputs.push(`timer in ${Math.floor(delayNs / NS_PER_MS)} ms`);
  }
}

for (const name of names("producer")) {
  test(`should follow the transcript ${name}`, () => {
    new Player().play(name);
  });
}

test("should walk the whole table of transitions", () => {
  // given
  const table = new TransitionTable("publishing/producer.ts", STATES);
  // when
  for (const name of names("producer")) {
    new Player(table.walk).play(name);
  }
  // then
  table.check();
});
