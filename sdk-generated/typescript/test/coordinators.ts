import { randomUUID } from "node:crypto";
import { after, before } from "node:test";

import { Coordinator } from "../src/testing/index.js";

/** One coordinator for the tests of a file, that at TARGET if it is set; keep them apart by `aSwarm`. */
export function sharedCoordinator(): () => Coordinator {
  let shared: Coordinator | undefined;
  before(async () => {
    const target = process.env.TARGET ?? "";
    shared = target === "" ? await Coordinator.start({ settings: { "in-memory": true } }) : Coordinator.at(target);
  });
  after(async () => {
    await shared?.close();
  });
  return () => {
    if (shared === undefined) {
      throw new Error("Expected to be called within a test.");
    }
    return shared;
  };
}

/** A swarm that no other test uses. */
export function aSwarm(): string {
  return `test-${randomUUID().slice(0, 12)}`;
}
