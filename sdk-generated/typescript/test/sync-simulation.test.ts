// Random histories of an agent that resumes by the minimal delta.
//
// The log grows, events expire, streams break at any moment, also while a handler has a batch, the agent crashes before, in the
// middle of and after its effects, its view changes, it falls behind, and now and then history forks or the agent's state is
// damaged. A coordinator that looks for drift finds it by the sums that the agent reports, and repairs it: operations that were
// lost or changed on the way to the agent, keys that were changed in its store, and what was changed in the user's own state behind
// the agent's back. Sums that differ where nothing was damaged are an error. In the end it holds what a naive fold of the log holds;
// and no exact sync brings anything in vain.
//
// SIMULATION_SEED=… reproduces one, SIMULATION_HISTORIES=… runs more.
import assert from "node:assert/strict";
import { test } from "node:test";

import { History, Seen, type Effects } from "./sync-history.js";

const HISTORIES = Number(process.env.SIMULATION_HISTORIES ?? "600");
const ONLY = process.env.SIMULATION_SEED;
const EFFECTS: readonly Effects[] = [
  "committed with the cursor",
  "before the cursor",
  "without key index",
  "with a state source",
];

for (const effects of EFFECTS) {
  test(`should hold what a fold of the log holds, with effects ${effects}`, () => {
    const seen = new Seen();
    const seeds = ONLY === undefined ? Array.from({ length: HISTORIES }, (_, i) => i + 1) : [Number(ONLY)];
    for (const seed of seeds) {
      try {
        const history = new History(seed, effects);
        history.run();
        history.check();
        seen.addAll(history.seen);
      } catch (cause) {
        throw new Error(`Reproduce with SIMULATION_SEED=${seed}, effects ${effects}`, { cause });
      }
    }
    if (ONLY === undefined) {
      checkCoverage(seen, effects);
    }
  });
}

test("should not pass where an entry is lost", () => {
  // given
  const history = new History(1, "committed with the cursor");
  history.run();
  history.check();
  // when
  const held = [...history.state.values()].find((ofScope) => ofScope.size > 0);
  held?.clear();
  // then
  assert.throws(() => history.check());
});

/** What is not met with is not tested. */
function checkCoverage(seen: Seen, effects: Effects): void {
  const expected = ["DELTA", "SNAPSHOT", "CURRENT", "inexact", "fell behind", "fork"];
  expected.push("parted", "parted at a fork", "went on in another epoch");
  expected.push("repaired events", "cut while it drifted", "compared");
  if (effects !== "without key index") {
    expected.push("query", "repaired keys", "changed on the way");
  }
  if (effects === "before the cursor" || effects === "with a state source") {
    expected.push("REFUSED", "PARKED", "lost reply", "lacks keys after a crash");
  }
  for (const what of expected) {
    assert.ok(seen.count(what) > 0, `Expected to see: ${what}`);
  }
  assert.ok(seen.count("crash") > HISTORIES);
  assert.ok(seen.count("healed") > HISTORIES / 20);
  assert.ok(seen.count("sums agree") > HISTORIES);
}
