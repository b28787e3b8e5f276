// Publishers against a real coordinator.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Durability } from "../gen/swarmlog/v1/publishing_pb.js";
import {
  event,
  keyed,
  measurement,
  OutcomeUnknownError,
  Publisher,
  QueueFullError,
  RetryableError,
  TerminalError,
  type GroupPosition,
  type Publication,
  type PublisherOptions,
  type PublisherState,
} from "../src/index.js";
import { Coordinator } from "../src/testing/index.js";
import { until } from "./awaited.js";
import { aSwarm, sharedCoordinator } from "./coordinators.js";
import { limit, operationsOf, textsOf } from "./log.js";
import { RecordedLines } from "./recorded-lines.js";

// A port that nobody listens on.
const NOBODY = "127.0.0.1:1";
const PATIENCE_MS = 60_000;

function command(text: string): Publication {
  return event("commands", text, { type: "test.Text" });
}

function tokens(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `m${i}`);
}

function opIds(where: readonly GroupPosition[]): bigint[] {
  return where.map(({ opId }) => opId);
}

function upTo(count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt(i + 1));
}

async function submitAll(
  publisher: Publisher,
  publications: readonly Publication[],
): Promise<Promise<GroupPosition>[]> {
  const answers: Promise<GroupPosition>[] = [];
  for (const publication of publications) {
    answers.push((await publisher.submit(publication)).answer);
  }
  return answers;
}

describe("a publisher", () => {
  const coordinator = sharedCoordinator();

  function publisherTo(swarm: string, options: Partial<PublisherOptions> = {}): Publisher {
    return new Publisher(coordinator().target, { swarm, name: "p", logger: new RecordedLines(), ...options });
  }

  test("should answer where a publication lies", async () => {
    await using publisher = publisherTo(aSwarm());
    // when
    const first = await publisher.publish(command("a"));
    const second = await publisher.publish(command("b"));
    const control = await publisher.publish(event("control", new Uint8Array(), { type: "t" }));
    // then
    assert.deepEqual(opIds([first, second, control]), [1n, 2n, 1n]);
    assert.deepEqual([first.firstOpId, first.duplicate], [1n, false]);
    // A coordinator in memory, as the tests start it, promises less than one on a disk.
    assert.ok([Durability.OS, Durability.ALWAYS].includes(first.durability));
    assert.equal(publisher.pending, 0);
  });

  test("should append a group whole, and pipeline in the order of submitting", async () => {
    const swarm = aSwarm();
    await using publisher = publisherTo(swarm);
    // when
    const where = await publisher.publishGroup([command("a"), command("b"), command("c")]);
    // then
    assert.deepEqual([where.firstOpId, where.opId], [1n, 3n]);
    const found = await operationsOf(coordinator().target, swarm);
    assert.deepEqual(
      found.map(({ groupFirst, groupLast }) => [groupFirst, groupLast]),
      [1, 2, 3].map(() => [1n, 3n]),
    );
    assert.ok(found.every(({ publishTimeUnixNano }) => publishTimeUnixNano > 0n));
    // when
    const answers = await submitAll(publisher, tokens(3_000).map(command));
    assert.equal(publisher.pending, 3_000);
    // then
    assert.deepEqual(opIds(await Promise.all(answers)), upTo(3_003).slice(3));
    assert.deepEqual((await textsOf(coordinator().target, swarm)).slice(3), tokens(3_000));
  });

  test("should refuse what makes no group", async () => {
    await using publisher = publisherTo(aSwarm());
    await assert.rejects(publisher.publishGroup([]), /at least one publication/);
    await assert.rejects(publisher.publish(measurement(1, { type: "t" })), /telemetry by telemetry\(\)/);
    await assert.rejects(
      publisher.publishGroup([command("a"), event("control", "b", { type: "t" })]),
      /main and control: publish them apart/,
    );
    await assert.rejects(publisher.publish([command("a")] as never), /publish several by publishGroup/);
    await assert.rejects(publisher.publishGroup(command("a") as never), /write \[one, other\]/);
    assert.throws(() => publisher.telemetry(command("a")), /use publish/);
    assert.throws(() => new Publisher("localhost:1", undefined as never), /Expected options, but got undefined/);
    assert.throws(() => publisherTo("s", { logger: "debug" as never }), /Expected a logger/);
    assert.throws(() => publisher.state("telemetry" as never), /one of "main", "control"/);
    assert.throws(() => publisherTo(" "), /the name of a swarm, but got nothing/);
    assert.throws(() => publisherTo("s", { overflow: "never" as never }), /one of "fail", "wait", but got "never"/);
  });

  test("should fail one refused publication and keep the others in order", async () => {
    const swarm = aSwarm();
    await using publisher = publisherTo(swarm);
    const tooLong = keyed("reconciliation", "k".repeat(100_000), "v", { type: "t" });
    // when
    const answers = await submitAll(publisher, [command("a"), tooLong, command("b"), tooLong, command("c")]);
    const became = await Promise.allSettled(answers);
    // then
    assert.deepEqual(
      became.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    );
    const refused = (became[1] as PromiseRejectedResult).reason as TerminalError;
    assert.ok(refused instanceof TerminalError);
    assert.ok(["INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE"].includes(refused.reason));
    assert.deepEqual(await textsOf(coordinator().target, swarm), ["a", "b", "c"]);
  });

  test("should get the first answer under an idempotency key", async () => {
    const swarm = aSwarm();
    await using publisher = publisherTo(swarm);
    const publication = command("a").withIdempotencyKey("once");
    const first = await publisher.publish(publication);
    // when another publisher publishes it again
    await using other = publisherTo(swarm, { name: "q" });
    const second = await other.publish(publication);
    // then
    assert.deepEqual([second.duplicate, second.opId], [true, first.opId]);
  });

  test("should wait for room in the order of the calls, but not for who gives up", async () => {
    const swarm = aSwarm();
    await using publisher = publisherTo(swarm, { maxQueuedGroups: 3, overflow: "wait" });
    // when
    const givesUp = new AbortController();
    const published = tokens(100).map((token) => publisher.publish(command(token)));
    const never = publisher.publish(command("never"), { signal: givesUp.signal });
    givesUp.abort(new Error("enough"));
    // then
    await assert.rejects(never, /enough/);
    await Promise.all(published);
    assert.deepEqual(await textsOf(coordinator().target, swarm), tokens(100));
    await assert.rejects(publisher.publish(command("late"), { signal: givesUp.signal }), /enough/);
  });

  test("should take nothing back from who gives up once it is in the queue", async () => {
    const swarm = aSwarm();
    await using publisher = publisherTo(swarm);
    const givesUp = new AbortController();
    const published = publisher.publish(command("a"), { signal: givesUp.signal });
    await until(() => publisher.pending === 1, "it to be in the queue");
    // when
    givesUp.abort(new Error("enough"));
    // then
    await assert.rejects(published, /enough/);
    await publisher.publish(command("b"));
    assert.deepEqual(await textsOf(coordinator().target, swarm), ["a", "b"]);
  });

  test("should bound the queue in bytes", async () => {
    const publisher = new Publisher(NOBODY, { swarm: "s", name: "p", maxQueuedBytes: 1_000 });
    // when one is larger than the bound it is taken, for else it never were
    const { answer } = await publisher.submit(command("x".repeat(2_000)));
    await assert.rejects(publisher.submit(command("a")), QueueFullError);
    await publisher.close({ timeoutMs: 0 });
    // then
    await assert.rejects(answer, { name: "RetryableError", message: /it was closed/ });
    await assert.rejects(publisher.publish(command("late")), /it was closed/);
    await publisher.close();
  });

  test("should say what became of what it sent when it is closed", async () => {
    // given a stream that is held by a rate limit, once its burst of ten is used up
    const swarm = aSwarm();
    await limit(coordinator().target, swarm, { operationsPerSecond: 1, operationsBurst: 10 });
    const publisher = publisherTo(swarm);
    const answers = await submitAll(publisher, tokens(20).map(command));
    await answers[9];
    // when
    await publisher.close({ timeoutMs: 0 });
    // then
    const last = (await Promise.allSettled(answers))[19] as PromiseRejectedResult;
    assert.ok(last.reason instanceof OutcomeUnknownError);
    assert.match(last.reason.message, /look in the log whether it was appended/);
  });

  test("should wait as it is told where it is refused", async () => {
    const swarm = aSwarm();
    await limit(coordinator().target, swarm, { operationsPerSecond: 20, operationsBurst: 2 });
    await using publisher = publisherTo(swarm);
    // when
    await Promise.all(await submitAll(publisher, tokens(40).map(command)));
    // then
    assert.deepEqual(await textsOf(coordinator().target, swarm), tokens(40));
    // and what could never pass is refused at once
    await assert.rejects(publisher.publishGroup(tokens(3).map(command)), { reason: "PAYLOAD_TOO_LARGE" });
  });

  test("should tell once that it is refused for a rate limit", async () => {
    // given a limit that makes a group wait longer than the coordinator holds a stream
    const swarm = aSwarm();
    await limit(coordinator().target, swarm, { operationsPerSecond: 1, operationsBurst: 10 });
    const states: PublisherState[] = [];
    const logger = new RecordedLines();
    const publisher = publisherTo(swarm, { logger, listener: (state) => states.push(state) });
    const group = tokens(10).map(command);
    await publisher.publishGroup(group);
    // when
    const { answer } = await publisher.submit(group);
    await until(() => states.length > 0, "to be told", PATIENCE_MS);
    const state = publisher.state();
    await publisher.close({ timeoutMs: 0 });
    // then
    await assert.rejects(answer, RetryableError);
    assert.deepEqual([state.why?.reason, state.breaker], ["RATE_LIMITED", "closed"]);
    assert.ok(state.until instanceof Date);
    assert.equal(logger.warnings.length, 1);
    assert.match(
      logger.warnings[0]!,
      /^Limited by .*, while 1 groups wait: publisher 'p' of swarm '.*', in main: RATE_LIM/,
    );
  });

  test("should write no more than the coordinator reads", async () => {
    // given a coordinator that holds the stream for a limit in bytes, once the burst is used up
    const swarm = aSwarm();
    await limit(coordinator().target, swarm, { bytesPerSecond: 100_000, bytesBurst: 300_000 });
    const publisher = publisherTo(swarm);
    const groups = 200;
    // when much more is published than the limit and the windows on the way take
    const answers = await submitAll(
      publisher,
      tokens(groups).map(() => command("x".repeat(100_000))),
    );
    await Promise.all(answers.slice(0, 4));
    await publisher.close({ timeoutMs: 0 });
    // then the rest waited in the queue, and is known not to be in the log
    const became = await Promise.allSettled(answers);
    const unsent = became.filter((one) => one.status === "rejected" && one.reason instanceof RetryableError);
    assert.ok(unsent.length > groups / 2, `${unsent.length} of ${groups} were not written`);
  });

  test("should count what becomes of telemetry", async () => {
    const publisher = publisherTo(aSwarm());
    const taken = Array.from({ length: 1_000 }, (_, i) => publisher.telemetry(measurement(i, { type: "t" })));
    await publisher.close();
    assert.ok(taken.every(Boolean));
    assert.deepEqual(publisher.telemetryCounts(), { offered: 1_000, taken: 1_000, shed: 0, dropped: 0 });
    // and where it finds no room
    const nowhere = new Publisher(NOBODY, { swarm: "s", name: "p", maxQueuedGroups: 2 });
    const offered = [1, 2, 3].map((i) => nowhere.telemetry(measurement(i, { type: "t" })));
    await nowhere.close({ timeoutMs: 0 });
    assert.deepEqual(offered, [true, true, false]);
    assert.deepEqual(nowhere.telemetryCounts(), { offered: 3, taken: 0, shed: 0, dropped: 3 });
  });
});

test("should send again what a killed coordinator did not answer, and say why nothing goes", async () => {
  // given
  await using coordinator = await Coordinator.start();
  const swarm = aSwarm();
  const states: PublisherState[] = [];
  const logger = new RecordedLines();
  const options = {
    swarm,
    name: "p",
    maxQueuedGroups: 200,
    logger,
    listener: (state: PublisherState) => states.push(state),
  };
  let answered = 0;
  {
    await using publisher = new Publisher(coordinator.target, { ...options, overflow: "wait" });
    // when it is killed under load, and comes back
    const published = tokens(4_000).map(async (token) => {
      const { opId } = await publisher.publish(command(token));
      answered += 1;
      return opId;
    });
    await until(() => answered >= 300, "some answers", PATIENCE_MS);
    await coordinator.kill();
    await coordinator.start();
    // then nothing is lost, doubled or reordered
    assert.deepEqual(await Promise.all(published), upTo(4_000));
  }
  assert.deepEqual(await textsOf(coordinator.target, swarm), tokens(4_000));
  // when it is away
  await coordinator.kill();
  states.length = 0;
  await using publisher = new Publisher(coordinator.target, { ...options, maxQueuedGroups: 2 });
  const answers = await submitAll(publisher, [command("a"), command("b")]);
  await assert.rejects(publisher.publish(command("c")), {
    name: "QueueFullError",
    message: /2 groups wait for their answer, .* allow more by maxQueuedGroups/,
  });
  // then it has failed five times in a row
  await until(() => states.some(({ breaker }) => breaker === "open"), "the breaker to open", PATIENCE_MS);
  const state = publisher.state();
  assert.equal(state.queuedGroups, 2);
  assert.ok(state.queuedBytes > 0 && state.oldestWaitedMs > 0);
  assert.match(state.why?.message ?? "", new RegExp(`Expected to reach the coordinator at ${coordinator.target}`));
  // when
  await coordinator.start();
  // then
  assert.deepEqual(opIds(await Promise.all(answers)), [4_001n, 4_002n]);
  await until(() => states.at(-1)?.breaker === "closed", "to be told that it sends again");
});

test("should take one signal for many without a warning", async () => {
  // given
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  const { signal } = new AbortController();
  const publisher = new Publisher(NOBODY, { swarm: aSwarm(), name: "p", overflow: "wait", maxQueuedGroups: 5 });
  // when
  const answers = tokens(30).map((text) => publisher.publish(command(text), { signal }));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", warned);
  // then
  await Promise.all([publisher.close({ timeoutMs: 0 }), ...answers.map((answer) => assert.rejects(answer))]);
  assert.deepEqual(warnings, []);
});
