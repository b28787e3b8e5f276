// What lies in a swarm's log, and its limits, for tests.
import { createClient } from "@connectrpc/connect";

import { AdministrationService } from "../gen/swarmlog/v1/administration_pb.js";
import { ObservationService } from "../gen/swarmlog/v1/observation_pb.js";
import { Topic, type Operation } from "../gen/swarmlog/v1/operation_pb.js";
import { Log } from "../gen/swarmlog/v1/position_pb.js";
import { Connection } from "../src/connection.js";

/** All operations of the main log, from its beginning to its head. */
export async function operationsOf(target: string, swarm: string): Promise<Operation[]> {
  await using connection = new Connection(target);
  const client = createClient(ObservationService, connection.transport);
  const found: Operation[] = [];
  for await (const { frame } of client.tail({
    swarm,
    log: Log.MAIN,
    start: { case: "afterOpId", value: 0n },
    stopAtHead: true,
  })) {
    found.push(...(frame.case === "delivery" ? frame.value.operations : []));
  }
  return found;
}

/** The payloads of the main log, as text, in order. */
export async function textsOf(target: string, swarm: string): Promise<string[]> {
  const found = await operationsOf(target, swarm);
  return found.map(({ payload }) => Buffer.from(payload?.data ?? []).toString());
}

/** Limits what each agent may publish to commands; creates the swarm. */
export async function limit(
  target: string,
  swarm: string,
  to: { operationsPerSecond?: number; operationsBurst?: number; bytesPerSecond?: number; bytesBurst?: number },
): Promise<void> {
  await using connection = new Connection(target);
  const client = createClient(AdministrationService, connection.transport);
  await client.createSwarm({ name: swarm });
  const limits = Object.fromEntries(Object.entries(to).map(([name, value]) => [name, BigInt(value)]));
  await client.setRateLimits({ swarm, rateLimits: { agent: [{ topic: Topic.COMMANDS, limit: limits }] } });
}
