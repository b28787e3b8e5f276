import { create } from "@bufbuild/protobuf";

import { TargetSchema, type Target } from "../gen/swarmlog/v1/operation_pb.js";
import { requireName } from "./arguments.js";

/** Every agent of the swarm. */
export function allAgents(): Target {
  return create(TargetSchema, { target: { case: "all", value: {} } });
}

/** One agent, by its name. */
export function agent(name: string): Target {
  return create(TargetSchema, {
    target: { case: "agent", value: requireName("an agent", name) },
  });
}

/** Every agent that holds the role. */
export function role(name: string): Target {
  return create(TargetSchema, { target: { case: "role", value: requireName("a role", name) } });
}
