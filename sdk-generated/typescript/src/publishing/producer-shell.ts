import { create } from "@bufbuild/protobuf";

import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import {
  PublishStreamRequestSchema,
  type ProducerHello,
  type PublishGroup,
  type PublishStreamRequest,
  type PublishStreamResponse,
} from "../../gen/swarmlog/v1/publishing_pb.js";
import { Backoff } from "../backoff.js";
import type { StreamEvents } from "../client-stream.js";
import { monotonicNs } from "../clock.js";
import type { Connection } from "../connection.js";
import type { SwarmlogError } from "../errors.js";
import type { Failure } from "../failure.js";
import type { Logger } from "../logger.js";
import type { GroupPosition } from "../publication.js";
import { Timer } from "../timer.js";
import type { QueueBound } from "./bound.js";
import type { Breaker } from "./breaker.js";
import { ProducerSession } from "./producer.js";
import type { ProducerOutput } from "./producer-output.js";
import { PublishStream } from "./publish-stream.js";
import type { PublishSpan } from "./span.js";
import type { PublisherMonitor } from "./state.js";

/** A published group that is not answered. */
export interface Pending {
  readonly bytes: number;
  readonly span: PublishSpan;
  /** Settle the promise of its answer. */
  readonly resolve: (where: GroupPosition) => void;
  readonly reject: (why: SwarmlogError) => void;
}

/** The input and output of a ProducerSession: a stream, a timer, and promises. */
export class ProducerShell
  implements ProducerOutput<Pending>, StreamEvents<PublishStreamRequest, PublishStreamResponse>
{
  readonly #bound: QueueBound;
  readonly #monitor: PublisherMonitor;
  readonly #session: ProducerSession<Pending>;
  readonly #stream: PublishStream<PublishStreamRequest, PublishStreamResponse>;
  readonly #timer = new Timer(() => {
    this.#session.timer();
    this.#stream.wake();
  });

  /** Publishes over a connection; `hello` is without an epoch. */
  constructor(
    connection: Connection,
    hello: ProducerHello,
    { bound, monitor, logger }: { bound: QueueBound; monitor: PublisherMonitor; logger: Logger },
  ) {
    this.#bound = bound;
    this.#monitor = monitor;
    this.#stream = new PublishStream<PublishStreamRequest, PublishStreamResponse>(
      connection,
      logger,
      (client) => (requests, call) => client.publishStream(requests, call),
    );
    this.#session = new ProducerSession(hello, this, new Backoff(connection.random));
  }

  /** Publishes a group that has its room in the bound. */
  publish(group: PublishGroup, pending: Pending): void {
    this.#session.offer(pending, group, pending.bytes);
    this.#stream.wake();
  }

  /** Fails what is not answered, and ends the stream. */
  async close(): Promise<void> {
    this.#session.close();
    this.#timer.cancel();
    await this.#stream.over();
  }

  /** As StreamEvents says. */
  nextFrame(): PublishStreamRequest | undefined {
    const group = this.#session.poll();
    return group === undefined
      ? undefined
      : create(PublishStreamRequestSchema, { frame: { case: "group", value: group } });
  }

  /** As StreamEvents says. A frame of a later version answers nothing of ours. */
  frame({ frame }: PublishStreamResponse): void {
    const nowNs = monotonicNs();
    switch (frame.case) {
      case "welcome":
        this.#session.welcome(frame.value, nowNs);
        break;
      case "ack":
        this.#session.acked(frame.value, nowNs);
        break;
      case "refusal":
        this.#session.refused(frame.value, nowNs);
        break;
      default:
        break;
    }
    this.#stream.wake();
  }

  /** As StreamEvents says. */
  ended(why: Failure): void {
    this.#stream.ended();
    this.#session.streamEnded(why, monotonicNs());
  }

  /** As ProducerOutput says. */
  openStream(hello: ProducerHello): void {
    const first = create(PublishStreamRequestSchema, { frame: { case: "hello", value: hello } });
    if (!this.#stream.open(first, this)) {
      this.#session.close();
    }
  }

  /** As ProducerOutput says. */
  endStream(): void {
    this.#stream.end();
  }

  /** As ProducerOutput says. */
  sent(token: Pending): void {
    token.span.sent();
  }

  /** As ProducerOutput says. */
  appended(token: Pending, where: GroupPosition): void {
    this.#answered(token);
    token.span.appended(where);
    token.resolve(where);
  }

  /** As ProducerOutput says. */
  failed(token: Pending, why: Failure): void {
    this.#fail(token, why.toError());
  }

  /** As ProducerOutput says. */
  outcomeUnknown(token: Pending, why: Failure): void {
    this.#fail(token, why.toOutcomeUnknown());
  }

  /** As ProducerOutput says. */
  acknowledgedLost(groups: number, newest: Position): void {
    this.#monitor.lost(groups, newest);
  }

  /** As ProducerOutput says. */
  startTimer(delayNs: number): void {
    this.#timer.start(delayNs);
  }

  /** As BreakerListener says. */
  breakerChanged(changed: Breaker, why: Failure | undefined, forNs: number): void {
    this.#monitor.breakerChanged(changed, why, forNs);
  }

  /** As ProducerOutput says. */
  waits(why: Failure, forNs: number): void {
    this.#monitor.waits(why, forNs);
  }

  /** As ProducerOutput says. */
  resumed(): void {
    this.#monitor.resumed();
  }

  #fail(token: Pending, why: SwarmlogError): void {
    this.#answered(token);
    token.span.failed(why);
    token.reject(why);
  }

  #answered(token: Pending): void {
    this.#bound.release(token.bytes);
    this.#monitor.answered();
  }
}
