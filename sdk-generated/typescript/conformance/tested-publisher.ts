import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { Code } from "../gen/google/rpc/code_pb.js";
import { Topic as WireTopic } from "../gen/swarmlog/v1/operation_pb.js";
import {
  Connection,
  OutcomeUnknownError,
  Publication,
  Publisher,
  QueueFullError,
  Security,
  SwarmlogError,
  type GroupPosition,
} from "../src/index.js";
import { failureOf, refusalOf, telemetryOf, within } from "./forms.js";
import { randomness } from "./fraction-random.js";
import { FailureSchema, type Publish, type PublishOutcomeSchema, type StartPublisher } from "./gen/testee_pb.js";
import type { Suite } from "./suite.js";

type Outcome = NonNullable<MessageInitShape<typeof PublishOutcomeSchema>["outcome"]>;

/** A publisher that the suite publishes with. */
export class TestedPublisher {
  readonly #suite: Suite;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #answers = new Set<Promise<void>>();

  /** Throws if the SDK refuses the settings. */
  constructor(settings: StartPublisher, suite: Suite) {
    this.#suite = suite;
    this.#connection = new Connection(settings.target, {
      security: Security.plaintext(),
      random: randomness(settings.randomFraction),
    });
    this.#publisher = new Publisher(this.#connection, {
      swarm: settings.swarm,
      name: settings.name,
      ...(settings.maxQueuedGroups > 0 && { maxQueuedGroups: settings.maxQueuedGroups }),
      ...(settings.maxQueuedBytes > 0n && { maxQueuedBytes: Number(settings.maxQueuedBytes) }),
      ...telemetryOf(settings.traced),
    });
  }

  /** Hands a group over, and sends its outcome under the id once there is one. */
  publish(id: number, request: Publish): void {
    const publications = request.records.map((record) => new Publication(record, request.idempotencyKey));
    within(request.traceparent, () => {
      if (publications.some(({ record }) => record.topic === WireTopic.TELEMETRY)) {
        this.#measure(id, publications);
        return;
      }
      const told = this.#submit(publications).then((outcome) => {
        this.#answers.delete(told);
        this.#send(id, outcome);
      });
      this.#answers.add(told);
    });
  }

  /** Waits so long for answers; what has none is given up then, and has its outcome. */
  async close(waitMs: number): Promise<void> {
    await this.#publisher.close({ timeoutMs: waitMs });
    await Promise.all(this.#answers);
    this.#connection.close();
  }

  /** Nobody learns what becomes of telemetry that was taken. */
  #measure(id: number, publications: readonly Publication[]): void {
    const taken = publications.map((publication) => this.#publisher.telemetry(publication));
    this.#send(
      id,
      taken.every(Boolean) ? { case: "appended", value: {} } : { case: "queueFull", value: create(FailureSchema) },
    );
  }

  async #submit(publications: readonly Publication[]): Promise<Outcome> {
    try {
      return appended(await this.#publisher.publishGroup(publications));
    } catch (why) {
      return refused(why);
    }
  }

  #send(id: number, outcome: Outcome): void {
    this.#suite.send({ id, response: { case: "outcome", value: { outcome } } });
  }
}

function appended({ firstOpId, opId, duplicate }: GroupPosition): Outcome {
  return { case: "appended", value: { firstOpId, lastOpId: opId, duplicate } };
}

function refused(why: unknown): Outcome {
  if (why instanceof QueueFullError) {
    return { case: "queueFull", value: failureOf(why) };
  }
  if (why instanceof OutcomeUnknownError) {
    return { case: "unknown", value: failureOf(why) };
  }
  if (why instanceof SwarmlogError) {
    return { case: "failed", value: failureOf(why) };
  }
  if (why instanceof RangeError || why instanceof TypeError) {
    return { case: "failed", value: refusalOf(why) };
  }
  const message = `Expected an error of the SDK, but got ${String(why)}.`;
  return { case: "unknown", value: create(FailureSchema, { code: Code.INTERNAL, message }) };
}
