import { create, toBinary } from "@bufbuild/protobuf";

import {
  PublishRecordSchema,
  TelemetryRequestSchema,
  type PublishRecord,
  type TelemetryHello,
  type TelemetryRequest,
  type TelemetryResponse,
} from "../../gen/swarmlog/v1/publishing_pb.js";
import { Backoff } from "../backoff.js";
import type { StreamEvents } from "../client-stream.js";
import { monotonicNs } from "../clock.js";
import type { Connection } from "../connection.js";
import type { Failure } from "../failure.js";
import type { Logger } from "../logger.js";
import { Timer } from "../timer.js";
import { PublishStream } from "./publish-stream.js";
import { TelemetrySession, type Settled, type TelemetryOutput } from "./telemetry-session.js";

/**
 * What became of a publisher's telemetry, in records since it started: `offered` = `taken` + `shed` + `dropped` + what is on its
 * way.
 */
export interface TelemetryCounts {
  /** Given to the publisher. */
  readonly offered: number;
  /** Taken by the coordinator. */
  readonly taken: number;
  /** Dropped by the coordinator, which said so. */
  readonly shed: number;
  /** Dropped here: the queue was full, or the stream broke before the coordinator answered. */
  readonly dropped: number;
}

/** The input and output of a TelemetrySession: a stream, a timer, a bounded queue, its counts. */
export class TelemetryShell implements TelemetryOutput, StreamEvents<TelemetryRequest, TelemetryResponse> {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #session: TelemetrySession;
  readonly #stream: PublishStream<TelemetryRequest, TelemetryResponse>;
  readonly #timer = new Timer(() => {
    this.#session.timer();
    this.#stream.wake();
  });
  #counts: TelemetryCounts = { offered: 0, taken: 0, shed: 0, dropped: 0 };
  // Of what is queued or in flight.
  #bytes = 0;
  #whenSettled: (() => void)[] = [];

  constructor(
    connection: Connection,
    hello: TelemetryHello,
    { maxRecords, maxBytes, logger }: { maxRecords: number; maxBytes: number; logger: Logger },
  ) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
    this.#stream = new PublishStream<TelemetryRequest, TelemetryResponse>(
      connection,
      logger,
      (client) => (requests, call) => client.telemetry(requests, call),
    );
    this.#session = new TelemetrySession(hello, this, new Backoff(connection.random));
  }

  get counts(): TelemetryCounts {
    return this.#counts;
  }

  /** Queues a record; false if it was dropped at once. */
  offer(record: PublishRecord): boolean {
    const bytes = toBinary(PublishRecordSchema, record).length;
    const { offered, dropped } = this.#counts;
    if (this.#unsettled >= this.#maxRecords || this.#bytes + bytes > this.#maxBytes) {
      this.#counts = { ...this.#counts, offered: offered + 1, dropped: dropped + 1 };
      return false;
    }
    this.#counts = { ...this.#counts, offered: offered + 1 };
    this.#bytes += bytes;
    this.#session.offer(record, bytes);
    this.#stream.wake();
    return this.#session.state !== "CLOSED";
  }

  /** Resolves when nothing is queued or in flight. */
  async untilSettled(): Promise<void> {
    if (this.#unsettled > 0) {
      await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
    }
  }

  /** Drops what is not answered, and ends the stream. */
  async close(): Promise<void> {
    this.#session.close();
    this.#timer.cancel();
    await this.#stream.over();
  }

  /** As StreamEvents says. */
  nextFrame(): TelemetryRequest | undefined {
    const batch = this.#session.poll();
    return batch === undefined ? undefined : create(TelemetryRequestSchema, { frame: { case: "batch", value: batch } });
  }

  /** As StreamEvents says. A frame of a later version answers nothing of ours. */
  frame({ frame }: TelemetryResponse): void {
    if (frame.case === "welcome") {
      this.#session.welcome(monotonicNs());
    } else if (frame.case === "ack") {
      this.#session.acked(frame.value);
    }
    this.#stream.wake();
  }

  /** As StreamEvents says. */
  ended(why: Failure): void {
    this.#stream.ended();
    this.#session.streamEnded(why, monotonicNs());
  }

  /** As TelemetryOutput says. */
  openStream(hello: TelemetryHello): void {
    const first = create(TelemetryRequestSchema, { frame: { case: "hello", value: hello } });
    if (!this.#stream.open(first, this)) {
      this.#session.close();
    }
  }

  /** As TelemetryOutput says. */
  endStream(): void {
    this.#stream.end();
  }

  /** As TelemetryOutput says. */
  settled({ taken, shed, dropped, bytes }: Settled): void {
    const before = this.#counts;
    this.#counts = {
      offered: before.offered,
      taken: before.taken + taken,
      shed: before.shed + shed,
      dropped: before.dropped + dropped,
    };
    this.#bytes -= bytes;
    if (this.#unsettled === 0) {
      const settled = this.#whenSettled;
      this.#whenSettled = [];
      settled.forEach((resolve) => resolve());
    }
  }

  /** As TelemetryOutput says. */
  startTimer(delayNs: number): void {
    this.#timer.start(delayNs);
  }

  get #unsettled(): number {
    const { offered, taken, shed, dropped } = this.#counts;
    return offered - taken - shed - dropped;
  }
}
