// Saves one cursor after the other in the directory that is named, and says each that is saved, until it is killed.
import { create } from "@bufbuild/protobuf";

import { Log as WireLog, PositionSchema } from "../gen/swarmlog/v1/position_pb.js";
import { FileCursorStore } from "../src/file-store.js";
import { HeldKey } from "../src/session/held-key.js";
import { Scope } from "../src/session/scope.js";

const directory = process.argv[2];
if (directory !== undefined) {
  const store = new FileCursorStore(directory, { minRewriteBytes: 500 });
  const cursor = (await store.load()).ownedBy("s", "a");
  for (let opId = (cursor.position("main")?.opId ?? 0n) + 1n; ; opId++) {
    const position = create(PositionSchema, { log: WireLog.MAIN, epoch: 7n, incarnation: 9n, opId });
    const digest = new Uint8Array(16).fill(Number(opId) % 251 || 1);
    await store.save(cursor.withPosition(position), [new HeldKey(new Scope("commands"), "k", digest)]);
    console.log(opId.toString());
  }
}
