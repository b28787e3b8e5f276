import { create } from "@bufbuild/protobuf";

import { publisher } from "../../gen/swarmlog/v1/constants.js";
import {
  TelemetryBatchSchema,
  type PublishRecord,
  type TelemetryAck,
  type TelemetryBatch,
  type TelemetryHello,
} from "../../gen/swarmlog/v1/publishing_pb.js";
import type { Backoff } from "../backoff.js";
import { Deque } from "../deque.js";
import type { Failure } from "../failure.js";

/** Where a publisher's telemetry stands. */
export type TelemetryState = "IDLE" | "CONNECTING" | "OPEN" | "WAITING" | "CLOSED";

/** What became of records: taken and shed by the coordinator, or dropped here. `bytes` are of all of them. */
export interface Settled {
  readonly taken: number;
  readonly shed: number;
  readonly dropped: number;
  readonly bytes: number;
}

/** What the session wants done. None of it blocks. */
export interface TelemetryOutput {
  /** Open a stream and send Hello. */
  openStream(hello: TelemetryHello): void;
  /** End the stream; nothing of it may come in any more. */
  endStream(): void;
  /** Count these records. */
  settled(records: Settled): void;
  /** Call `timer` after this. */
  startTimer(delayNs: number): void;
}

interface Sent {
  readonly number: bigint;
  readonly records: number;
  readonly bytes: number;
}

/**
 * A publisher's telemetry: cut into batches, a few of them in flight, never sent twice. What a broken stream leaves unanswered
 * counts as dropped. Pure: no input or output, no clock.
 *
 * Transitions; any other input leaves the state as it is:
 *
 * | in | on | to | doing |
 * |---|---|---|---|
 * | IDLE | offer | CONNECTING | open stream with TelemetryHello |
 * | CONNECTING | welcome | OPEN | send |
 * | CONNECTING, OPEN | end of stream | WAITING | drop what is in flight, timer |
 * | WAITING | timer | CONNECTING | open stream with TelemetryHello |
 * | any | close | CLOSED | drop all, end stream |
 */
export class TelemetrySession {
  readonly #identity: TelemetryHello;
  readonly #output: TelemetryOutput;
  readonly #backoff: Backoff;
  readonly #unsent = new Deque<{ readonly record: PublishRecord; readonly bytes: number }>();
  readonly #awaiting = new Deque<Sent>();
  #state: TelemetryState = "IDLE";
  #lastNumber = 0n;

  constructor(identity: TelemetryHello, output: TelemetryOutput, backoff: Backoff) {
    this.#identity = identity;
    this.#output = output;
    this.#backoff = backoff;
  }

  get state(): TelemetryState {
    return this.#state;
  }

  /** Takes a record that has so many bytes serialized. */
  offer(record: PublishRecord, bytes: number): void {
    if (this.#state === "CLOSED") {
      this.#dropped(1, bytes);
      return;
    }
    this.#unsent.push({ record, bytes });
    if (this.#state === "IDLE") {
      this.#connect();
    }
  }

  /** The next batch to be written, or undefined. To be called while the stream takes more, after every other call. */
  poll(): TelemetryBatch | undefined {
    if (
      this.#state !== "OPEN" ||
      this.#unsent.size === 0 ||
      this.#awaiting.size >= publisher.maxTelemetryBatchesInFlight
    ) {
      return undefined;
    }
    this.#lastNumber += 1n;
    const records: PublishRecord[] = [];
    let bytes = 0;
    for (
      let next = this.#unsent.first;
      next !== undefined && records.length < publisher.maxTelemetryBatchRecords;
      next = this.#unsent.first
    ) {
      if (records.length > 0 && bytes + next.bytes > publisher.maxTelemetryBatchBytes) {
        break;
      }
      this.#unsent.shift();
      records.push(next.record);
      bytes += next.bytes;
    }
    this.#awaiting.push({ number: this.#lastNumber, records: records.length, bytes });
    return create(TelemetryBatchSchema, { number: this.#lastNumber, records });
  }

  /** Takes the answer to Hello. */
  welcome(nowNs: number): void {
    if (this.#state === "CONNECTING") {
      this.#backoff.succeeded(nowNs);
      this.#state = "OPEN";
    }
  }

  /** Takes the answer to a batch. Answers come in order; a batch that was passed over got none, so it counts as dropped. */
  acked(ack: TelemetryAck): void {
    for (
      let sent = this.#awaiting.first;
      sent !== undefined && sent.number <= ack.number;
      sent = this.#awaiting.first
    ) {
      this.#awaiting.shift();
      if (sent.number === ack.number) {
        const { records, bytes } = sent;
        const shed = Math.min(ack.shedCount, records);
        this.#output.settled({ taken: records - shed, shed, dropped: 0, bytes });
      } else {
        this.#dropped(sent.records, sent.bytes);
      }
    }
  }

  /** Notes that the stream ended, or could not be opened. Telemetry goes on trying whatever the reason was. */
  streamEnded(why: Failure, nowNs: number): void {
    if (this.#state !== "CONNECTING" && this.#state !== "OPEN") {
      return;
    }
    this.#dropInFlight();
    const lost = this.#state === "OPEN";
    this.#state = "WAITING";
    this.#output.startTimer(
      lost
        ? this.#backoff.delayAfterLossNs(nowNs, why.retryAfterNs)
        : this.#backoff.nextDelayNs(nowNs, why.retryAfterNs),
    );
  }

  /** Goes on: the time of `startTimer` is over. */
  timer(): void {
    if (this.#state === "WAITING") {
      if (this.#unsent.size > 0) {
        this.#connect();
      } else {
        this.#state = "IDLE";
      }
    }
  }

  /** Drops what is left. */
  close(): void {
    if (this.#state === "CLOSED") {
      return;
    }
    this.#state = "CLOSED";
    this.#output.endStream();
    this.#dropInFlight();
    for (const { bytes } of this.#unsent) {
      this.#dropped(1, bytes);
    }
    this.#unsent.clear();
  }

  #connect(): void {
    this.#state = "CONNECTING";
    this.#output.openStream(this.#identity);
  }

  #dropInFlight(): void {
    for (const { records, bytes } of this.#awaiting) {
      this.#dropped(records, bytes);
    }
    this.#awaiting.clear();
  }

  #dropped(records: number, bytes: number): void {
    this.#output.settled({ taken: 0, shed: 0, dropped: records, bytes });
  }
}
