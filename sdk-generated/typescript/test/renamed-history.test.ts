// Agents whose history goes on under the name of another epoch while a handler has a step.
import assert from "node:assert/strict";
import { test } from "node:test";

import { AgentPlayer } from "./agent-player.js";

// What is committed is still of the epoch that ended. The next plan must not take it for known what the agent holds of the keys:
// one that has its old value again by then would be left out.
test("should say that it is not known what a handler has made of an epoch that has begun", () => {
  // given
  const agent = new AgentPlayer();
  agent.take("agent main main@4", "start", "plan main@4/2 DELTA target=6 scopes=A fork=main@4");
  agent.take("delivery main 4 main@5/2 5:A:k:b");
  // when
  const said = agent.take("ended UNAVAILABLE", "timer RECONNECT");
  // then
  assert.equal(said.at(-1), "open control, resume [main@4/2, in delta 4..4..5 inexact]");
});

// What the delta left out for operations that are lost would be taken for applied.
test("should connect once more if the end of a delta is lost that a handler has begun", () => {
  // given
  const agent = new AgentPlayer();
  agent.take("agent main main@4", "start", "plan main@4 DELTA target=9 scopes=A", "delivery main 4 main@5 5:A");
  agent.take("ended UNAVAILABLE", "timer RECONNECT", "plan main@4/2 DELTA target=8 scopes=A fork=main@8");
  // when
  const said = agent.take("applied main");
  // then
  assert.match(said.join("\n"), /which is lost behind 8/);
  assert.equal(agent.take("timer RECONNECT").at(-1), "open control, resume [main@5, in delta 4..5..9, holds A]");
  assert.ok(agent.take("plan main@5/2 SNAPSHOT target=8 scopes=A pages=A fork=main@8").includes("open lane main"));
});
