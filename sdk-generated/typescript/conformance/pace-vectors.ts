// Vectors of when and how much: delays, budgets, windows.
import { fromBinary } from "@bufbuild/protobuf";

import { StatusSchema } from "../gen/google/rpc/status_pb.js";
import { Backoff } from "../src/backoff.js";
import { Failure } from "../src/failure.js";
import { SendWindow } from "../src/publishing/pace.js";
import { RetryBudget } from "../src/retry-budget.js";
import { HandlerBreaker } from "../src/session/handler-breaker.js";
import { randomness } from "./fraction-random.js";

interface BackoffStep {
  readonly do: "worked" | "reset" | "delay" | "delayAfterLoss" | "longDelay" | "anyDelay";
  readonly atNs?: number;
  readonly toldNs?: number;
}

/** Delays. */
export function backoff(vector: { fraction: number; steps: readonly BackoffStep[] }): number[] {
  const tested = backoffOf(vector.fraction);
  return vector.steps.flatMap(({ do: what, atNs = 0, toldNs }) => {
    switch (what) {
      case "worked":
        tested.succeeded(atNs);
        return [];
      case "reset":
        tested.reset();
        return [];
      case "delay":
        return [tested.nextDelayNs(atNs, toldNs)];
      case "delayAfterLoss":
        return [tested.delayAfterLossNs(atNs, toldNs)];
      case "longDelay":
        return [tested.longDelayNs(atNs, toldNs)];
      case "anyDelay":
        return [tested.anyDelayNs()];
    }
  });
}

/** What a publisher was told. */
export function toldDelay(vector: { fraction: number; statusHex: string }): { delayNs: number | null } {
  const toldNs = Failure.ofStatus(fromBinary(StatusSchema, Buffer.from(vector.statusHex, "hex"))).waitToldNs;
  return { delayNs: toldNs === undefined ? null : backoffOf(vector.fraction).toldDelayNs(toldNs) };
}

/** How many tries are granted. */
export function retryBudget(vector: {
  of: "handler" | "publisher";
  steps: readonly { succeeded?: number; take?: number }[];
}): number[] {
  const budget = vector.of === "handler" ? RetryBudget.ofHandlers() : RetryBudget.ofProducers();
  return vector.steps.flatMap(({ succeeded, take = 0 }) => {
    if (succeeded !== undefined) {
      budget.succeeded(succeeded);
      return [];
    }
    return [Array.from({ length: take }, () => budget.take()).filter(Boolean).length];
  });
}

interface BreakerStep {
  readonly do: "applied" | "failed" | "probe" | "wait";
  readonly count?: number;
}

/** When it is open, and for how long. */
export function handlerBreaker(vector: { fraction: number; steps: readonly BreakerStep[] }): (boolean | number)[] {
  const breaker = new HandlerBreaker(backoffOf(vector.fraction));
  return vector.steps.map(({ do: what, count = 0 }) => {
    switch (what) {
      case "applied":
        breaker.applied(count);
        break;
      case "failed":
        for (let i = 0; i < count; i++) {
          breaker.failed();
        }
        break;
      case "probe":
        breaker.probe();
        break;
      case "wait":
        return breaker.waitNs();
    }
    return breaker.isOpen;
  });
}

/** How many groups may be in flight. */
export function sendWindow(vector: {
  steps: readonly { do: "open" | "shrink" | "grow"; groups?: number }[];
}): number[] {
  const window = new SendWindow();
  return vector.steps.map(({ do: what, groups = 0 }) => {
    switch (what) {
      case "open":
        window.open(groups);
        break;
      case "shrink":
        window.shrink();
        break;
      case "grow":
        window.grow();
        break;
    }
    let inFlight = 0;
    while (window.hasRoom(inFlight)) {
      inFlight += 1;
    }
    return inFlight;
  });
}

function backoffOf(fraction: number): Backoff {
  return new Backoff(randomness(fraction));
}
