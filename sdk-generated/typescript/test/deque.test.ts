import assert from "node:assert/strict";
import { test } from "node:test";

import { Deque } from "../src/deque.js";
import { SeededRandom } from "./seeded-random.js";

test("should do what an array does", () => {
  const random = new SeededRandom();
  const deque = new Deque<number>();
  const array: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const message = `step ${i}, reproduce with SEED=${random.seed}`;
    // It grows and shrinks, through its capacity and back to nothing.
    const grows = Math.floor(i / 500) % 2 === 0;
    switch (random.below(grows ? 4 : 6)) {
      case 0:
      case 1:
        deque.push(i);
        array.push(i);
        break;
      case 2:
        deque.unshift(i);
        array.unshift(i);
        break;
      case 3:
      case 4:
        assert.equal(deque.shift(), array.shift(), message);
        break;
      default:
        assert.equal(deque.pop(), array.pop(), message);
    }
    assert.equal(deque.size, array.length, message);
    assert.equal(deque.first, array[0], message);
    if (i % 100 === 0) {
      assert.deepEqual([...deque], array, message);
    }
  }
  deque.clear();
  assert.deepEqual([deque.size, deque.shift(), deque.pop()], [0, undefined, undefined]);
});
