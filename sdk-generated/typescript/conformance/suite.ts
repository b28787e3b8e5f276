// The conformance suite, at the other end of the pipes.
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";

import {
  RequestSchema,
  ResponseSchema,
  type Handle,
  type HandlerFailure,
  type HandleReply,
  type Request,
} from "./gen/testee_pb.js";

/** The largest message an SDK takes, and as much again for what is around it. */
const MAX_BYTES = 128 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** What a handler throws when the suite wants it to fail. */
export class NotHandledError extends Error {
  override readonly name = "NotHandledError";
  /** What the failure policy is to decide. */
  readonly decision: HandlerFailure["decision"];

  constructor(failure: HandlerFailure) {
    super(failure.message);
    this.decision = failure.decision;
  }
}

interface Waiting {
  readonly applied: () => void;
  readonly failed: (why: NotHandledError) => void;
}

/** The suite: it is told things, and it is the user's code that handlers call. */
export class Suite {
  readonly #out: NodeJS.WritableStream;
  #lastHandle = 0;
  // As many as there are handlers at work: one per agent and lane.
  readonly #waiting = new Map<number, Waiting>();

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  /** Sends a response; never waits. */
  send(response: MessageInitShape<typeof ResponseSchema>): void {
    const content = toBinary(ResponseSchema, create(ResponseSchema, response));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(content.length);
    this.#out.write(Buffer.concat([length, content]));
  }

  /** A request is done. */
  done(id: number): void {
    this.send({ id, response: { case: "done", value: {} } });
  }

  /** A request could not be done. */
  problem(id: number, why: unknown): void {
    const message = why instanceof Error ? why.message : String(why);
    this.send({ id, response: { case: "problem", value: { message } } });
  }

  /** The SDK cannot do that. */
  unsupported(id: number, message: string): void {
    this.send({ id, response: { case: "unsupported", value: { message } } });
  }

  /** Has the suite handle operations. Rejects with NotHandledError if it wants the handler to fail. */
  async handle(call: Handle): Promise<void> {
    this.#lastHandle += 1;
    const id = this.#lastHandle;
    await new Promise<void>((applied, failed) => {
      this.#waiting.set(id, { applied, failed });
      this.send({ id, response: { case: "handle", value: call } });
    });
  }

  /** The suite has answered. Throws if no handler waits for that, or it says nothing. */
  reply(id: number, { reply }: HandleReply): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      throw new Error(`Expected a reply to a handler that waits, but got one to call ${id}.`);
    }
    this.#waiting.delete(id);
    switch (reply.case) {
      case "applied":
        waiting.applied();
        break;
      case "failed":
        waiting.failed(new NotHandledError(reply.value));
        break;
      default:
        throw new Error(`Expected a reply of applied or failed to call ${id}.`);
    }
  }
}

/** The requests of a stream until it ends. */
export async function* requestsOf(source: AsyncIterable<Buffer>): AsyncGenerator<Request> {
  let read: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    while (read.length >= LENGTH_BYTES) {
      const length = read.readUInt32BE();
      if (length > MAX_BYTES) {
        throw new Error(`Expected up to ${MAX_BYTES} bytes, but the length is ${length}.`);
      }
      const end = LENGTH_BYTES + length;
      if (read.length < end) {
        break;
      }
      const request = fromBinary(RequestSchema, read.subarray(LENGTH_BYTES, end));
      read = read.subarray(end);
      yield request;
    }
  }
}
