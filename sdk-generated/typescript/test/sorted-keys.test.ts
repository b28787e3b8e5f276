// Keys in the order of their UTF-8 bytes, held against sorting all of them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { compareKeys } from "../src/session/held-key.js";
import { SortedKeys, sortedWithin } from "../src/session/sorted-keys.js";
import { SeededRandom } from "./seeded-random.js";
import { compareUtf8, inside } from "./simulated-coordinator.js";

const LETTERS = ["a", "b", "\u00e9", "\u07ff", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f600}", "\u{10ffff}"];

test("should hold the keys that were added, in order", () => {
  const random = new SeededRandom();
  for (let round = 0; round < 10; round++) {
    // given
    const first = Array.from({ length: random.below(1_500) }, () => key(random));
    const naive = new Set(first);
    const sorted = new SortedKeys(naive);
    // when
    for (let i = 0; i < 3_000; i++) {
      const one = key(random);
      if (naive.delete(one)) {
        sorted.delete(one);
      } else {
        naive.add(one);
        sorted.add(one);
      }
    }
    // then
    for (let i = 0; i < 30; i++) {
      const after = i === 0 ? "" : key(random);
      const through = random.percent(30) ? "" : key(random);
      const expected = [...naive].filter((each) => inside(each, { after, through })).sort(compareUtf8);
      assert.deepEqual(sorted.within(after, through), expected, `SEED=${random.seed}`);
      assert.deepEqual(sortedWithin(naive, after, through), expected, `SEED=${random.seed}`);
    }
  }
});

test("should compare keys as their UTF-8 is compared", () => {
  const random = new SeededRandom();
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [key(random), key(random)];
    assert.equal(Math.sign(compareKeys(a, b)), compareUtf8(a, b), `SEED=${random.seed}: '${a}' and '${b}'`);
  }
});

function key(random: SeededRandom): string {
  return Array.from({ length: 1 + random.below(5) }, () => LETTERS[random.below(LETTERS.length)]!).join("");
}
