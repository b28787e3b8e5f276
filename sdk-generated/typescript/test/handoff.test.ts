// What a loop is handed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Handoff } from "../src/handling/handoff.js";

const nothing = () => Promise.resolve();

test("should answer all who ask at the same time, in order", async () => {
  // given
  const loop = new Handoff<string>(nothing, nothing);
  // when
  const asked = Promise.all([loop.next(), loop.next(), loop.next()]);
  void loop.hand("a");
  void loop.hand("b");
  loop.end();
  // then
  assert.deepEqual(
    (await asked).map(({ value }) => value),
    ["a", "b", undefined],
  );
});

test("should have nothing more for those who ask after it was left, also before it began", async () => {
  // given
  const loop = new Handoff<string>(() => Promise.reject(new Error("started")), nothing);
  // when
  await loop.return();
  // then
  assert.deepEqual(await loop.next(), { done: true, value: undefined });
});
