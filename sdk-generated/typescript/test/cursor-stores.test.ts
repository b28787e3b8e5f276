import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { createInterface } from "node:readline";
import { describe, test, type TestContext } from "node:test";

import { create } from "@bufbuild/protobuf";

import { Log as WireLog, PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { AgentCursor, CursorStoreError, type CursorStore } from "../src/cursor.js";
import { DirectoryLock } from "../src/directory-lock.js";
import { FileCursorStore } from "../src/file-store.js";
import { MemoryCursorStore } from "../src/memory-store.js";
import { HeldKey } from "../src/session/held-key.js";
import { Scope } from "../src/session/scope.js";
import { temporaryDirectory } from "./temporary.js";

const A = new Scope("commands");
const B = new Scope("reconciliation", "", "scout");

function cursorAt(opId: number): AgentCursor {
  const position = create(PositionSchema, { log: WireLog.MAIN, epoch: 7n, incarnation: 9n, opId: BigInt(opId) });
  return AgentCursor.empty.ownedBy("s", "a").withPosition(position);
}

function held(scope: Scope, key: string, number: number): HeldKey {
  return new HeldKey(scope, key, new Uint8Array(16).fill(number));
}

function gone(scope: Scope, key: string): HeldKey {
  return new HeldKey(scope, key, new Uint8Array());
}

async function keysOf(store: CursorStore): Promise<Map<string, number>> {
  const keys = [...(await store.heldKeys())];
  return new Map(keys.map(({ scope, key, valueDigest }) => [`${scope.toString()} ${key}`, valueDigest[0] ?? 0]));
}

const STORES: Record<string, (t: TestContext) => Promise<() => CursorStore>> = {
  memory: () => {
    const store = new MemoryCursorStore();
    return Promise.resolve(() => store);
  },
  file: async (t) => {
    const directory = await temporaryDirectory(t);
    return () => new FileCursorStore(`${directory}/made/by/it`, { minRewriteBytes: 2_000 });
  },
};

for (const [kind, made] of Object.entries(STORES)) {
  describe(`a store of the kind ${kind}`, () => {
    test("should load what was saved last", async (t) => {
      // given
      const open = await made(t);
      const store = open();
      assert.ok((await store.load()).equals(AgentCursor.empty));
      assert.equal((await keysOf(store)).size, 0);
      const expected = new Map<string, number>();
      // when
      for (let i = 1; i < 200; i++) {
        const changed = [held(A, `k${i % 7}`, i), held(B, "\u{1F600}", i)];
        expected.set(`commands for all k${i % 7}`, i).set("reconciliation for role 'scout' \u{1F600}", i);
        if (i % 5 === 0) {
          changed.push(gone(A, "k3"));
          expected.delete("commands for all k3");
        }
        await store.save(cursorAt(i), changed);
      }
      await store.close();
      // then
      const again = open();
      const loaded = await again.load();
      assert.ok(loaded.equals(cursorAt(199)), loaded.toString());
      assert.deepEqual(await keysOf(again), expected);
      await again.close();
    });
  });
}

async function saved(directory: string, count = 3): Promise<string> {
  const store = new FileCursorStore(directory);
  await store.load();
  for (let i = 1; i <= count; i++) {
    await store.save(cursorAt(i), [held(A, "k", i)]);
  }
  await store.close();
  return `${directory}/cursor`;
}

describe("a cursor file", () => {
  test("should be open once", async (t) => {
    // given
    const directory = await temporaryDirectory(t);
    const first = new FileCursorStore(directory);
    await first.load();
    // when, then
    await assert.rejects(async () => new FileCursorStore(directory).load(), /another agent has it open/);
    await first.close();
    const second = new FileCursorStore(directory);
    assert.ok((await second.load()).equals(AgentCursor.empty));
    await second.close();
    await assert.rejects(async () => second.save(cursorAt(1), []), /closed/);
  });

  test("should pass over a torn tail", async (t) => {
    const directory = await temporaryDirectory(t);
    const before = (await fs.readFile(await saved(`${directory}/two`, 2))).length;
    const file = await saved(`${directory}/three`);
    const whole = await fs.readFile(file);
    for (let length = before; length < whole.length; length++) {
      // given a write that stopped anywhere in the last record
      await fs.writeFile(file, whole.subarray(0, length));
      // when
      const store = new FileCursorStore(`${directory}/three`);
      const loaded = await store.load();
      // then
      assert.ok(loaded.equals(cursorAt(2)));
      assert.deepEqual([...(await keysOf(store)).values()], [2]);
      await store.close();
    }
  });

  test("should refuse what is damaged", async (t) => {
    const directory = await temporaryDirectory(t);
    const file = await saved(directory);
    const whole = await fs.readFile(file);
    for (const at of [2, 6, 30]) {
      // given
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await fs.writeFile(file, changed);
      // when, then
      await assert.rejects(async () => new FileCursorStore(directory).load(), {
        name: "CursorStoreError",
        message: /restore|directory of its own|newer one/,
      });
    }
    await fs.writeFile(file, "SWL");
    await assert.rejects(async () => new FileCursorStore(directory).load(), /shorter/);
    await fs.writeFile(file, whole);
    const store = new FileCursorStore(directory);
    assert.ok((await store.load()).equals(cursorAt(3)));
    await store.close();
  });

  test("should be read by what Python's SDK writes, and the other way round", async (t) => {
    // given what FileCursorStore of Python wrote
    const directory = await temporaryDirectory(t);
    const python = Buffer.from(PYTHON_HEX, "hex");
    await fs.writeFile(`${directory}/cursor`, python);
    // when
    const store = new FileCursorStore(directory);
    const loaded = await store.load();
    // then
    assert.ok(loaded.equals(cursorAt(5)), loaded.toString());
    assert.deepEqual(await keysOf(store), new Map([["commands for all k", 5]]));
    await store.close();
    assert.deepEqual(await fs.readFile(`${directory}/cursor`), python);
  });

  test("should say what is wrong with a directory", async (t) => {
    const directory = await temporaryDirectory(t);
    await fs.writeFile(`${directory}/file`, "");
    await assert.rejects(async () => new FileCursorStore(`${directory}/file`).load(), CursorStoreError);
  });

  test("should survive SIGKILL", async (t) => {
    const directory = await temporaryDirectory(t);
    let said = 0;
    for (let run = 1; run <= 5; run++) {
      // given
      const process = spawn(globalThis.process.execPath, [SAVES, directory], { stdio: ["ignore", "pipe", "inherit"] });
      const lines = createInterface({ input: process.stdout });
      let left = 20 * run;
      for await (const line of lines) {
        said = Number(line);
        left -= 1;
        if (left === 0) {
          break;
        }
      }
      // when
      process.kill("SIGKILL");
      await once(process, "exit");
      // then
      const store = new FileCursorStore(directory);
      const opId = Number((await store.load()).position("main")?.opId);
      assert.ok(opId >= said, `${opId} is stored, but ${said} was said to be`);
      const [key] = await store.heldKeys();
      assert.equal(key?.valueDigest[0], opId % 251 || 1);
      await store.close();
    }
  });
});

describe("a lock on a directory", () => {
  test("should be taken by one at most", async (t) => {
    const directory = await temporaryDirectory(t);
    for (let round = 0; round < 50; round++) {
      // given
      const locks = Array.from({ length: 8 }, () => new DirectoryLock(directory));
      // when
      const taken = await Promise.all(locks.map((lock) => lock.take()));
      // then
      assert.ok(taken.filter(Boolean).length <= 1, `round ${round}: ${taken.join()}`);
      await Promise.all(locks.map((lock) => lock.release()));
      const alone = new DirectoryLock(directory);
      assert.ok(await alone.take());
      await alone.release();
    }
    assert.deepEqual(await fs.readdir(directory), []);
  });

  test("should work under a path that is longer than the address of a socket", async (t) => {
    const directory = `${await temporaryDirectory(t)}/${"long/".repeat(40)}`;
    await fs.mkdir(directory, { recursive: true });
    // given
    const first = new DirectoryLock(directory);
    const second = new DirectoryLock(directory);
    // when, then
    assert.ok(await first.take());
    assert.ok(!(await second.take()));
    await first.release();
    assert.ok(await second.take());
    await second.release();
  });
});

test("should refuse the cursor of another", () => {
  assert.throws(() => cursorAt(1).ownedBy("s", "b"), /that of agent 'a' in swarm 's'/);
  assert.throws(() => AgentCursor.fromBytes(Uint8Array.of(0xff)), /do not parse/);
  assert.ok(AgentCursor.fromBytes(cursorAt(5).toBytes()).equals(cursorAt(5)));
});

const SAVES = new URL("saves-for-ever.js", import.meta.url).pathname;
const PYTHON_HEX =
  "53574c5000000001000000444492678d000000202201732a01614a180a160909000000000000001107000000000000001802280500000006080212020a00000000016b1005050505050505050505050505050505";
