// What the agent's session decides, word for word what the Java SDK does.
import { test } from "node:test";

import { AgentPlayer } from "./agent-player.js";
import { names, TransitionTable } from "./transcript.js";

const STATES = ["WAITING", "CONNECTING", "CATCHING_UP", "LIVE", "DRAINING", "CLOSED", "FAILED"];

for (const name of names("agent")) {
  test(`should follow the transcript ${name}`, () => {
    new AgentPlayer().play(name);
  });
}

test("should walk the whole table of transitions", () => {
  // given
  const table = new TransitionTable("session/agent-session.ts", STATES);
  const player = new AgentPlayer(table.walk);
  // when
  for (const name of names("agent")) {
    player.play(name);
  }
  // then
  table.check();
});
