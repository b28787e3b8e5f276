// What an agent writes to the log of its program.
import assert from "node:assert/strict";
import { test } from "node:test";

import { create } from "@bufbuild/protobuf";

import { Code } from "../gen/google/rpc/code_pb.js";
import { NackReply_Outcome, NackReplySchema } from "../gen/swarmlog/v1/parking_pb.js";
import { Log, PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { AgentLog } from "../src/agent-log.js";
import { Failure } from "../src/failure.js";
import { HandlerLog } from "../src/handling/handler-log.js";
import type { Logger } from "../src/index.js";
import { NS_PER_SECOND } from "../src/units.js";
import { failure } from "./statuses.js";

class Lines implements Logger {
  readonly lines: string[] = [];
  readonly info = (line: string): void => this.#add("info", line);
  readonly warn = (line: string): void => this.#add("warn", line);
  readonly error = (line: string): void => this.#add("error", line);

  #add(level: string, line: string): void {
    this.lines.push(`${level}: ${line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, "TIME")}`);
  }
}

test("should say once a minute that it is not connected, and then that it is again", () => {
  // given
  const lines = new Lines();
  let nowNs = 0;
  const log = new AgentLog("s", "a", "db:7400", lines, () => nowNs);
  const away = Failure.local(Code.UNAVAILABLE, "it is away");
  // when
  log.connected();
  log.disconnected(away, NS_PER_SECOND);
  log.disconnected(away, NS_PER_SECOND);
  nowNs = 61 * NS_PER_SECOND;
  log.disconnected(away, 2 * NS_PER_SECOND);
  log.connected();
  log.connected();
  // then
  assert.deepEqual(lines.lines, [
    "warn: Not connected to db:7400, next try at TIME, in 1.0 s: agent 'a' of swarm 's': UNAVAILABLE: it is away",
    "warn: Not connected to db:7400, next try at TIME, in 2.0 s: agent 'a' of swarm 's': UNAVAILABLE: it is away " +
      "(and 1 times before, which were not logged)",
    "info: Connected again to db:7400: agent 'a' of swarm 's'",
  ]);
});

test("should be silent where the coordinator asked it to come again", () => {
  const lines = new Lines();
  const log = new AgentLog("s", "a", "db:7400", lines, () => 0);
  log.draining();
  log.disconnected(Failure.local(Code.UNAVAILABLE, "it drains"), 0);
  log.connected();
  assert.deepEqual(lines.lines, []);
});

test("should say that it is not served, that it stopped, what is parked and what is left alone", () => {
  // given
  const lines = new Lines();
  const log = new AgentLog("s", "a", "db:7400", lines, () => 0);
  const parked = create(NackReplySchema, { log: Log.MAIN, opId: 7n, outcome: NackReply_Outcome.PARKED });
  // when
  log.disconnected(failure("BREAKER_OPEN"), 5 * NS_PER_SECOND);
  log.refused(failure("SESSION_SUPERSEDED"));
  log.handlerHeld("main", 5 * NS_PER_SECOND);
  log.nackAnswered(parked);
  log.nackAnswered(parked);
  log.nackAnswered(create(NackReplySchema, { log: Log.MAIN, opId: 8n, outcome: NackReply_Outcome.RETRY }));
  // then
  const starts = [
    "warn: Not served by db:7400 until TIME, in 5.0 s: agent 'a' of swarm 's': BREAKER_OPEN: ",
    "warn: Stopped for good: agent 'a' of swarm 's': SESSION_SUPERSEDED: ",
    "warn: Handler of main of agent 'a' of swarm 's' fails at nearly everything: left alone for 5.0 s, ",
    "warn: Parked: operation 7 of main, which agent 'a' of swarm 's' could not apply; see ./swarmlog parked list s",
  ];
  assert.equal(lines.lines.length, starts.length);
  starts.forEach((start, i) => assert.ok(lines.lines[i]?.startsWith(start), lines.lines[i]));
});

test("should say what it applied that is lost, up to where the log has it", () => {
  // given
  const lines = new Lines();
  const log = new AgentLog("s", "a", "db:7400", lines, () => 0);
  const applied = create(PositionSchema, { log: Log.MAIN, opId: 11n });
  // when
  log.parted(applied, create(PositionSchema, { log: Log.MAIN, opId: 8n }));
  log.parted(applied, undefined);
  // then
  const stood = "warn: Applied what the coordinator has lost: agent 'a' of swarm 's' stood at operation 11 of main";
  const rest = "what the rest did has to be looked at";
  assert.deepEqual(lines.lines, [
    `${stood}, of which the log has those up to 8: ${rest}`,
    `${stood}, which is of another history of the log: ${rest}`,
  ]);
});

test("should say of each cause what failed and what follows, once a minute, and always that it stops", () => {
  // given
  const lines = new Lines();
  const log = new HandlerLog("s", "a", "main", lines);
  const failed = { opId: 7n, tried: 1, nack: undefined, cause: new Error("no disk") };
  // when
  log.failed({ ...failed, decision: "retry" });
  log.failed({ ...failed, decision: "retry" });
  log.failed({ ...failed, decision: "skip" });
  log.failed({ ...failed, decision: "stop" });
  log.failed({ ...failed, decision: "stop" });
  // then
  const start = "warn: Handler of main of agent 'a' of swarm 's' failed at operation 7, attempt 1: ";
  assert.deepEqual(lines.lines, [
    `${start}retry, tried again within 30 s, and the lane waits for it`,
    `${start}skip, forgotten`,
    `${start}stop, the agent stops`,
    `${start}stop, the agent stops`,
  ]);
});
