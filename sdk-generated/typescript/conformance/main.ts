// The TypeScript SDK as the conformance suite drives it, see testee.proto. Serves the suite until standard input ends, and exits
// with 0.
import { Console } from "node:console";

import { version } from "../src/version.js";
import { Feature, type Request, type StartAgent, type Vector } from "./gen/testee_pb.js";
import { requestsOf, Suite } from "./suite.js";
import { TestedAgent } from "./tested-agent.js";
import { TestedPublisher } from "./tested-publisher.js";
import { compute } from "./vectors.js";

const FEATURES = [
  Feature.CURSOR_ON_DISK,
  Feature.TRANSACTION,
  Feature.BATCHES,
  Feature.SYNC,
  Feature.DRIFT,
  Feature.NACK,
  Feature.TELEMETRY,
  Feature.PUBLISHER,
  Feature.TRACING,
];

/** Does what the suite asks for. One request at a time begins; what may wait goes on beside. */
class Testee {
  readonly #suite: Suite;
  // By the number that the suite gave it.
  readonly #agents = new Map<number, TestedAgent>();
  #publisher: TestedPublisher | undefined;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  /** Does what is asked for; the suite is told what goes wrong. */
  take({ id, request }: Request): void {
    try {
      this.#take(id, request);
    } catch (why) {
      this.#suite.problem(id, why);
    }
  }

  #take(id: number, request: Request["request"]): void {
    switch (request.case) {
      case "describe":
        this.#describe(id);
        break;
      case "startAgent":
        this.#answer(id, this.#startAgent(request.value));
        break;
      case "stopAgent": {
        const stopped = this.#agents.get(request.value.agent);
        if (stopped === undefined) {
          throw new Error(`Expected an agent to be started, but there is no ${request.value.agent}.`);
        }
        this.#agents.delete(request.value.agent);
        this.#answer(id, stopped.close());
        break;
      }
      case "handleReply":
        this.#suite.reply(id, request.value);
        break;
      case "startPublisher":
        if (this.#publisher !== undefined) {
          throw new Error("Expected one publisher at a time, but one is started.");
        }
        this.#publisher = new TestedPublisher(request.value, this.#suite);
        this.#suite.done(id);
        break;
      case "publish":
        // In the order of the requests, so here.
        this.#started().publish(id, request.value);
        break;
      case "stopPublisher": {
        const stopped = this.#started();
        this.#publisher = undefined;
        this.#answer(id, stopped.close(request.value.waitMs));
        break;
      }
      case "vector":
        this.#compute(id, request.value);
        break;
      default:
        this.#suite.unsupported(id, `Expected a request that this testee knows, but got none.`);
    }
  }

  /** Answers when it is done; other requests go on meanwhile. */
  #answer(id: number, doing: Promise<void>): void {
    doing.then(
      () => this.#suite.done(id),
      (why: unknown) => this.#suite.problem(id, why),
    );
  }

  async #startAgent(settings: StartAgent): Promise<void> {
    if (this.#agents.has(settings.agent)) {
      throw new Error(`Expected a new agent, but ${settings.agent} is started.`);
    }
    const agent = new TestedAgent(settings, this.#suite);
    this.#agents.set(settings.agent, agent);
    try {
      await agent.start();
    } catch (why) {
      this.#agents.delete(settings.agent);
      throw why;
    }
  }

  #describe(id: number): void {
    const description = { language: "typescript", sdk: `swarmlog-typescript ${version}`, features: FEATURES };
    this.#suite.send({ id, response: { case: "description", value: description } });
  }

  #started(): TestedPublisher {
    if (this.#publisher === undefined) {
      throw new Error("Expected a publisher to be started, but there is none.");
    }
    return this.#publisher;
  }

  #compute(id: number, { kind, inputJson }: Vector): void {
    const outputJson = compute(kind, inputJson);
    if (outputJson === undefined) {
      this.#suite.unsupported(id, `Expected a known kind of vector, but got ${kind}.`);
    } else {
      this.#suite.send({ id, response: { case: "vector", value: { outputJson } } });
    }
  }
}

// Whatever anybody prints must not come between the messages.
globalThis.console = new Console(process.stderr);
// Nobody reads any more.
process.stdout.on("error", () => process.exit(1));

const testee = new Testee(new Suite(process.stdout));
for await (const request of requestsOf(process.stdin)) {
  testee.take(request);
}
// Agents that the suite has not stopped end as by a crash.
process.stdout.end(() => process.exit(0));
