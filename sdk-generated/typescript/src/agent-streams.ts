// The streams of an agent's session, and what waits to be written to each.
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";

import {
  AttachSchema,
  ControlRequestSchema,
  DataRequestSchema,
  SessionService,
  type Ack,
  type Attach,
  type ControlRequest,
  type ControlResponse,
  type DataRequest,
  type DataResponse,
  type Hello,
} from "../gen/swarmlog/v1/session_pb.js";
import type { DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import { ClientStream } from "./client-stream.js";
import type { Connection } from "./connection.js";
import type { Failure } from "./failure.js";
import type { Logger } from "./logger.js";
import { wireLog, type Log } from "./names.js";
import type { TraceText } from "./trace-context.js";

/** What comes of a stream. */
export interface StreamListener<R> {
  frame(frame: R): void;
  ended(why: Failure): void;
}

/** Control, and what waits to be written to it: a heartbeat now and then, a Nack per lane. */
export class ControlStream {
  readonly #waiting: ControlRequest[] = [];
  readonly #stream: ClientStream<ControlRequest, ControlResponse>;

  constructor(connection: Connection, hello: Hello, listener: StreamListener<ControlResponse>, logger: Logger) {
    this.#stream = new ClientStream(
      // Where the connection was closed before its agent, the call fails.
      (requests, options) => createClient(SessionService, connection.transport).control(requests, options),
      create(ControlRequestSchema, { frame: { case: "hello", value: hello } }),
      {
        nextFrame: () => this.#waiting.shift(),
        frame: (frame) => listener.frame(frame),
        ended: (why) => listener.ended(why),
      },
      { target: connection.target, drains: true, logger },
    );
  }

  send(frame: ControlRequest["frame"]): void {
    this.#waiting.push(create(ControlRequestSchema, { frame }));
    this.#stream.wake();
  }

  end(gently: boolean): void {
    end(this.#stream, gently);
  }

  /** As ClientStream says. */
  async closed(): Promise<void> {
    await this.#stream.closed();
  }
}

/**
 * A lane's stream, and what waits to be written to it. An ack that says nothing but a position takes the place of one that waits:
 * acks are cumulative. The others are few: sums come at intervals, answers one for each query.
 */
export class LaneStream {
  readonly #waiting: DataRequest[] = [];
  readonly #stream: ClientStream<DataRequest, DataResponse>;

  constructor(connection: Connection, attach: Attach, listener: StreamListener<DataResponse>, logger: Logger) {
    this.#stream = new ClientStream(
      (requests, options) => createClient(SessionService, connection.transport).data(requests, options),
      create(DataRequestSchema, { frame: { case: "attach", value: attach } }),
      {
        nextFrame: () => this.#waiting.shift(),
        frame: (frame) => listener.frame(frame),
        ended: (why) => listener.ended(why),
      },
      { target: connection.target, paced: true, drains: true, logger },
    );
  }

  /** Asks for one more frame. */
  request(): void {
    this.#stream.request();
  }

  sendAck(ack: Ack): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && isPlain(last) && ack.sums.length === 0) {
      this.#waiting.pop();
    }
    this.#send({ case: "ack", value: ack });
  }

  sendDigests(report: DigestReport): void {
    this.#send({ case: "digestReport", value: report });
  }

  end(gently: boolean): void {
    end(this.#stream, gently);
  }

  /** As ClientStream says. */
  async closed(): Promise<void> {
    await this.#stream.closed();
  }

  #send(frame: DataRequest["frame"]): void {
    this.#waiting.push(create(DataRequestSchema, { frame }));
    this.#stream.wake();
  }
}

/** Attaches a lane of a session; with the trace of its sync, if that is recorded. */
export function attachOf(sessionId: string, log: Log, trace: TraceText | undefined): Attach {
  return create(AttachSchema, { sessionId, log: wireLog(log), ...trace });
}

function isPlain({ frame }: DataRequest): boolean {
  return frame.case === "ack" && frame.value.sums.length === 0;
}

function end(stream: { end(): void; endGently(): void }, gently: boolean): void {
  if (gently) {
    stream.endGently();
  } else {
    stream.end();
  }
}
