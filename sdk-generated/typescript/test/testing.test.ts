import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { afterEach, beforeEach, describe, test, type TestContext } from "node:test";

import { Coordinator, CoordinatorError, findCommand, NoCoordinatorError } from "../src/testing/index.js";
import { temporaryDirectory } from "./temporary.js";

async function program(path: string, script: string): Promise<string> {
  await fs.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await fs.writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

describe("on a machine without a swarmlog, and with a Java,", () => {
  const before = { ...process.env };

  beforeEach(() => {
    delete process.env.SWARMLOG_HOME;
    delete process.env.JAVA_HOME;
  });

  afterEach(() => {
    process.env = { ...before };
  });

  async function bare(t: TestContext): Promise<string> {
    const directory = await temporaryDirectory(t);
    await program(`${directory}/bin/java`, "exit 0");
    process.env.PATH = `${directory}/bin`;
    return directory;
  }

  test("should prefer a distribution to the PATH to the checkout", async (t) => {
    const root = await bare(t);
    assert.throws(() => findCommand(root), /set SWARMLOG_HOME to an unpacked distribution/);
    // given
    const checkout = await program(`${root}/checkout/swarmlog`, "exit 0");
    await fs.writeFile(`${root}/checkout/pom.xml`, "");
    assert.equal(findCommand(`${root}/checkout/inside/of/it`), checkout);
    const onThePath = await program(`${root}/bin/swarmlog`, "exit 0");
    assert.equal(findCommand(`${root}/checkout`), onThePath);
    const distribution = await program(`${root}/dist/bin/swarmlog`, "exit 0");
    process.env.SWARMLOG_HOME = `${root}/dist`;
    assert.equal(findCommand(`${root}/checkout`), distribution);
    process.env.SWARMLOG_HOME = `${root}/nowhere`;
    assert.throws(() => findCommand(root), CoordinatorError);
  });

  test("should say that there is no Java", async (t) => {
    const root = await bare(t);
    await program(`${root}/bin/swarmlog`, "exit 0");
    assert.ok(findCommand(root));
    process.env.JAVA_HOME = `${root}/nowhere`;
    assert.throws(() => findCommand(root), /JAVA_HOME \(.*\) has none: install Java 17/);
    delete process.env.JAVA_HOME;
    await fs.rm(`${root}/bin/java`);
    assert.throws(() => findCommand(root), NoCoordinatorError);
  });
});

test("should say why it did not start", async (t) => {
  const directory = await temporaryDirectory(t);
  const broken = await program(`${directory}/broken`, "echo 'port 7 is taken' >&2; exit 16");
  const odd = await program(`${directory}/odd`, "echo 'Hello'; exec sleep 60");
  // when, then
  await assert.rejects(Coordinator.start({ command: broken }), /it ended with 16. The end of .*\nport 7 is taken/);
  await assert.rejects(Coordinator.start({ command: odd }), /it wrote "Hello"/);
  await assert.rejects(Coordinator.start({ command: `${directory}/none` }), CoordinatorError);
});

test("should leave one that was given alone", async () => {
  await using coordinator = Coordinator.at("db:7400");
  assert.equal(coordinator.target, "db:7400");
  assert.ok(coordinator.isRunning);
  await assert.rejects(coordinator.stop(), /db:7400 was given by its address/);
});

test("should start whatever the environment says, come back with port and data, and leave nothing", async () => {
  process.env.SWARMLOG_SHARDS = "no such thing";
  try {
    // given
    const coordinator = await Coordinator.start();
    const { target, dataDirectory } = coordinator;
    // when
    await coordinator.restart();
    // then
    assert.equal(coordinator.target, target);
    assert.ok((await fs.stat(dataDirectory)).isDirectory());
    await coordinator.stop();
    assert.ok(!coordinator.isRunning);
    await coordinator.kill();
    await coordinator.close();
    await assert.rejects(fs.stat(dataDirectory), /ENOENT/);
  } finally {
    delete process.env.SWARMLOG_SHARDS;
  }
});
