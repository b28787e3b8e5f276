import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff, LAST_CEILING_NS, STABLE_NS } from "../src/backoff.js";
import { RetryBudget } from "../src/retry-budget.js";
import { NS_PER_MS, NS_PER_SECOND } from "../src/units.js";
import { longest } from "./fixed-random.js";
import { SeededRandom } from "./seeded-random.js";

test("should double its ceiling up to thirty seconds", () => {
  const backoff = new Backoff(longest);
  for (const ms of [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600]) {
    assert.equal(backoff.nextDelayNs(0), ms * NS_PER_MS);
  }
  for (let i = 0; i < 100; i++) {
    assert.equal(backoff.nextDelayNs(0), 30 * NS_PER_SECOND);
  }
});

test("should begin later after a loss", () => {
  const backoff = new Backoff(longest);
  assert.equal(backoff.delayAfterLossNs(0, 5 * NS_PER_MS), 805 * NS_PER_MS);
  assert.equal(backoff.delayAfterLossNs(0), 1_600 * NS_PER_MS);
});

test("should spread over all of the interval, or its upper half where it is to wait long", () => {
  const random = new SeededRandom(1);
  const delays = Array.from({ length: 1_000 }, () => new Backoff(random).nextDelayNs(0, 2 * NS_PER_SECOND));
  assert.ok(Math.min(...delays) >= 2 * NS_PER_SECOND);
  assert.ok(Math.max(...delays) <= 2_100 * NS_PER_MS);
  for (const tenth of [delays.filter((ns) => ns < 2_010 * NS_PER_MS), delays.filter((ns) => ns > 2_090 * NS_PER_MS)]) {
    assert.ok(tenth.length >= 60 && tenth.length <= 140, `${tenth.length} of 1000`);
  }
  for (let i = 0; i < 1_000; i++) {
    const backoff = new Backoff(random);
    backoff.nextDelayNs(0);
    const delayNs = backoff.longDelayNs(0, 2 * NS_PER_SECOND);
    assert.ok(delayNs >= 2_100 * NS_PER_MS && delayNs <= 2_200 * NS_PER_MS);
  }
});

test("should wait as long as it is told, and a tenth more at most", () => {
  const backoff = new Backoff(longest);
  const dayNs = 86_400 * NS_PER_SECOND;
  assert.equal(backoff.toldDelayNs(2 * NS_PER_SECOND), 2_200 * NS_PER_MS);
  assert.equal(backoff.toldDelayNs(NS_PER_MS), 11 * NS_PER_MS);
  assert.equal(backoff.toldDelayNs(dayNs), dayNs + 30 * NS_PER_SECOND);
  assert.equal(backoff.anyDelayNs(), LAST_CEILING_NS);
  // and nothing is doubled by that
  assert.equal(backoff.nextDelayNs(0), 100 * NS_PER_MS);
});

test("should start again only after a stable period", () => {
  const backoff = new Backoff(longest);
  backoff.nextDelayNs(0);
  backoff.nextDelayNs(0);
  backoff.succeeded(0);
  backoff.succeeded(STABLE_NS - 1);
  assert.equal(backoff.nextDelayNs(STABLE_NS - 1), 400 * NS_PER_MS);
  backoff.succeeded(0);
  assert.equal(backoff.nextDelayNs(STABLE_NS), 100 * NS_PER_MS);
});

test("should allow a tenth of what succeeded, half of it to handlers, and save up no more than a bound", () => {
  const producers = RetryBudget.ofProducers();
  const handlers = RetryBudget.ofHandlers();
  assert.deepEqual([taken(producers), taken(handlers)], [10, 10]);
  producers.succeeded(55);
  assert.equal(taken(producers), 5);
  producers.succeeded(2 ** 31);
  handlers.succeeded(2 ** 31);
  assert.deepEqual([taken(producers), taken(handlers)], [100, 20]);
});

function taken(budget: RetryBudget): number {
  let count = 0;
  while (budget.take()) {
    count += 1;
  }
  return count;
}
