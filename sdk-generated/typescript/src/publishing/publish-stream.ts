import { createClient, type Client } from "@connectrpc/connect";

import { PublishService } from "../../gen/swarmlog/v1/publishing_pb.js";
import { ClientStream, type Call, type StreamEvents } from "../client-stream.js";
import type { Connection } from "../connection.js";
import type { Logger } from "../logger.js";

/** The stream that a publisher's state machine has open, and those before it that are not over yet. */
export class PublishStream<Q, R> {
  readonly #connection: Connection;
  readonly #logger: Logger;
  readonly #call: (client: Client<typeof PublishService>) => Call<Q, R>;
  readonly #notOver = new Set<Promise<void>>();
  #open: ClientStream<Q, R> | undefined;

  /** `call` is the method that is called anew for each stream. */
  constructor(connection: Connection, logger: Logger, call: (client: Client<typeof PublishService>) => Call<Q, R>) {
    this.#connection = connection;
    this.#logger = logger;
    this.#call = call;
  }

  /** Opens one with its first frame; false if the connection was closed before its publisher: nothing can be sent any more. */
  open(first: Q, events: StreamEvents<Q, R>): boolean {
    if (this.#connection.closed) {
      return false;
    }
    const call = this.#call(createClient(PublishService, this.#connection.transport));
    const stream = new ClientStream(call, first, events, { target: this.#connection.target, logger: this.#logger });
    this.#open = stream;
    const over = stream.closed().then(() => {
      this.#notOver.delete(over);
    });
    this.#notOver.add(over);
    return true;
  }

  /** Says that there may be frames to be written. */
  wake(): void {
    this.#open?.wake();
  }

  /** Notes that it ended by itself. */
  ended(): void {
    this.#open = undefined;
  }

  /** Ends it so that what was sent arrives. */
  end(): void {
    this.#open?.endGently();
    this.#open = undefined;
  }

  /** Resolves when all of them are over. */
  async over(): Promise<void> {
    await Promise.all(this.#notOver);
  }
}
