// What a publisher tells of itself, and the bound of its queue.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { create } from "@bufbuild/protobuf";

import { PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { QueueBound, requireBound } from "../src/publishing/bound.js";
import { PublisherLog } from "../src/publishing/program-log.js";
import { PublisherMonitor, type PublisherState } from "../src/publishing/state.js";
import { MAX_CAUSES, placeOf, QUIET_NS, RepeatedFailures } from "../src/repeated-failures.js";
import { NS_PER_SECOND } from "../src/units.js";
import { RecordedLines } from "./recorded-lines.js";
import { failure } from "./statuses.js";

const NOW = Date.UTC(2026, 0, 1);
const WAIT_NS = 2 * NS_PER_SECOND;
const nothing = () => undefined;

/** A monitor, and what it tells. */
class Watched {
  readonly told: PublisherState[] = [];
  readonly lost: unknown[][] = [];
  readonly lines = new RecordedLines();
  readonly bound = new QueueBound(10, 1_000, () => 0);
  readonly monitor = new PublisherMonitor(
    "main",
    this.bound,
    new PublisherLog(this.lines, { swarm: "s", publisher: "p", log: "main", target: "db:7400" }, () => 0),
    (call) =>
      call({
        publisherChanged: (state) => this.told.push(state),
        publishedLost: (...lost) => this.lost.push(lost),
      }),
    () => NOW,
  );

  publish(groups: number): void {
    for (let i = 0; i < groups; i++) {
      assert.ok(this.bound.tryAcquire(1, nothing));
    }
  }

  answer(): void {
    this.bound.release(1);
    this.monitor.answered();
  }
}

test("should tell once that a rate limit is felt, and once that it is no more", () => {
  // given
  const watched = new Watched();
  const { monitor } = watched;
  watched.publish(3);
  // when it is refused, and again after one was taken
  monitor.waits(failure("RATE_LIMITED", 2_000), WAIT_NS);
  const waiting = monitor.state();
  monitor.resumed();
  watched.answer();
  const sending = monitor.state();
  watched.publish(1);
  monitor.waits(failure("RATE_LIMITED", 2_000), WAIT_NS);
  monitor.resumed();
  watched.answer();
  watched.answer();
  // then
  assert.equal(waiting.breaker, "closed");
  assert.equal(waiting.until?.getTime(), NOW + 2_000);
  assert.equal(waiting.why?.reason, "RATE_LIMITED");
  assert.equal(sending.until, undefined);
  assert.equal(sending.why?.reason, "RATE_LIMITED");
  assert.equal(watched.told.length, 1);
  // when the last of those that waited is answered, while another came
  watched.publish(1);
  watched.answer();
  // then
  assert.deepEqual(
    watched.told.map(({ why }) => why?.reason),
    ["RATE_LIMITED", undefined],
  );
  assert.equal(watched.told[1]?.queuedGroups, 1);
  assert.equal(watched.lines.warnings.length, 1);
  assert.match(
    watched.lines.warnings[0]!,
    /^Limited by db:7400, while 3 groups wait: publisher 'p' of swarm 's', in main: RATE_LIMITED: /,
  );
});

test("should show what it waits for, and tell nobody", () => {
  const { monitor, told } = new Watched();
  monitor.waits(failure("OVERLOADED"), WAIT_NS);
  const state = monitor.state();
  monitor.resumed();
  assert.deepEqual([state.why?.reason, state.until?.getTime()], ["OVERLOADED", NOW + 2_000]);
  assert.equal(monitor.state().why, undefined);
  assert.deepEqual(told, []);
});

test("should log that it sends nothing, and that it does again", () => {
  // given
  const watched = new Watched();
  watched.publish(2);
  // when
  for (let i = 0; i < 3; i++) {
    watched.monitor.breakerChanged("open", failure("UNAVAILABLE"), WAIT_NS);
  }
  watched.monitor.breakerChanged("closed", undefined, 0);
  watched.monitor.breakerChanged("closed", undefined, 0);
  // then
  assert.deepEqual(watched.lines.warnings, [
    "Sends nothing to db:7400 until 2026-01-01T00:00:02.000Z, for 2.0 s, while 2 groups wait: publisher 'p' of swarm 's', " +
      "in main: UNAVAILABLE: the call ended without a message",
  ]);
  assert.deepEqual(watched.lines.infos, ["Sends again to db:7400: publisher 'p' of swarm 's', in main"]);
  assert.equal(watched.told.length, 5);
});

test("should tell and log what is in the log no more", () => {
  // given
  const { monitor, lost, told, lines } = new Watched();
  const newest = create(PositionSchema, { opId: 7n });
  // when
  monitor.lost(3, newest);
  // then
  assert.deepEqual(lost, [["main", 3, newest]]);
  assert.deepEqual(told, []);
  assert.deepEqual(lines.warnings, [
    "Published what db:7400 has lost: publisher 'p' of swarm 's', in main: the newest 3 groups that were acknowledged, up to " +
      "operation 7, are not in the log any more, and are not published again",
  ]);
});

test("should log each cause once a minute, and count the others", () => {
  const failures = new RepeatedFailures();
  assert.equal(failures.count("a", 0), 0);
  assert.equal(failures.count("a", QUIET_NS - 1), undefined);
  assert.equal(failures.count("b", QUIET_NS - 1), 0);
  assert.equal(failures.count("a", QUIET_NS), 1);
  // and does not grow for ever
  for (let i = 0; i < 2 * MAX_CAUSES; i++) {
    assert.equal(failures.count(`${i}`, QUIET_NS), 0);
  }
  assert.equal(failures.count("a", QUIET_NS), 0);
});

test("should tell failures apart by what was thrown and where", () => {
  const thrown = () => new RangeError("x");
  assert.equal(placeOf(thrown()), placeOf(thrown()));
  assert.notEqual(placeOf(thrown()), placeOf(new RangeError("x")));
  assert.equal(placeOf("a"), placeOf("b"));
});

describe("the bound of a queue", () => {
  test("should be one of something", () => {
    assert.throws(() => requireBound(0, 1), /room in groups as a whole number of at least 1, but got 0/);
    assert.throws(() => requireBound(1, 1.5), /room in bytes/);
  });

  test("should take one that is larger when nothing else is there", () => {
    const bound = new QueueBound(10, 10, () => 0);
    assert.ok(bound.tryAcquire(100, nothing));
    assert.ok(!bound.tryAcquire(1, nothing));
    bound.release(100);
    assert.ok(bound.tryAcquire(5, nothing));
    assert.ok(!bound.tryAcquire(6, nothing));
    assert.ok(bound.tryAcquire(5, nothing));
  });

  test("should give room in the order of asking, also where one gives up", async () => {
    // given
    const bound = new QueueBound(10, 10, () => 0);
    assert.ok(bound.tryAcquire(10, nothing));
    const taken: string[] = [];
    const givesUp = new AbortController();
    const large = bound.acquire(9, () => taken.push("large"), givesUp.signal);
    const small = bound.acquire(1, () => taken.push("small"));
    const late = bound.acquire(10, () => taken.push("late"));
    // when the first gives up
    givesUp.abort(new Error("enough"));
    await assert.rejects(large, /enough/);
    bound.release(10);
    // then
    assert.ok(await small);
    assert.deepEqual(taken, ["small"]);
    // when
    const emptied = bound.untilEmpty();
    bound.close();
    // then
    assert.equal(await late, false);
    assert.equal(await bound.acquire(1, () => taken.push("never")), false);
    bound.release(1);
    await emptied;
    assert.deepEqual(taken, ["small"]);
  });
});
