import assert from "node:assert/strict";
import { test } from "node:test";

import { SeededRandom } from "./seeded-random.js";
import { History } from "./simulated-producer.js";

// SIMULATION_SEED reproduces one history, SIMULATION_HISTORIES says how many there are.
const HISTORIES = Number(process.env.SIMULATION_HISTORIES ?? 2_000);
const ONLY = process.env.SIMULATION_SEED;

test("should append each group once and in order whatever breaks", () => {
  // given
  const seeds = ONLY === undefined ? Array.from({ length: HISTORIES }, (_, i) => i + 1) : [Number(ONLY)];
  let resent = 0;
  let renewed = 0;
  let appendedUnknown = 0;
  let lostUnknown = 0;
  for (const seed of seeds) {
    const history = new History(new SeededRandom(seed));
    try {
      // when
      history.run();
      // then
      history.check();
    } catch (cause) {
      throw new Error(`Reproduce with SIMULATION_SEED=${seed}`, { cause });
    }
    const there = history.coordinator.log.filter((token) => history.unknown.has(token)).length;
    resent += history.duplicates;
    renewed += history.coordinator.epochs > 1n ? 1 : 0;
    appendedUnknown += there > 0 ? 1 : 0;
    lostUnknown += there < history.unknown.size ? 1 : 0;
  }
  // A simulation in which nothing goes wrong proves nothing.
  if (ONLY === undefined) {
    assert.ok(resent > HISTORIES / 20, `${resent} were sent again`);
    assert.ok(renewed > HISTORIES / 20, `${renewed} had a new epoch`);
    assert.ok(appendedUnknown > HISTORIES / 200, `${appendedUnknown} had what was appended, and not known to be`);
    assert.ok(lostUnknown > HISTORIES / 200, `${lostUnknown} had what was not appended, and not known to be`);
  }
});
