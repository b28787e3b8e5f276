// What `check` runs with the packed package in an empty folder: an agent applies what its publisher publishes, with its cursor on disk.
import { Agent, event, FileCursorStore, Operation, type CursorStore } from "swarmlog";
import { Topic } from "swarmlog/gen/swarmlog/v1/operation_pb.js";
import { Coordinator } from "swarmlog/testing";

const target = process.env.TARGET ?? "";
const coordinator = target === "" ? await Coordinator.start() : Coordinator.at(target);
const cursorStore: CursorStore = new FileCursorStore("cursor");
const agent = new Agent(coordinator.target, { swarm: `installed-${process.pid}`, name: "agent", cursorStore });
const applied = new Promise<Operation>((resolve) => {
  agent.on("commands", "smoke.Text", resolve);
});
await agent.start();
const { opId } = await agent.publisher.publish(event("commands", "a", { type: "smoke.Text" }));
const operation = await applied;
await agent.close();
await coordinator.close();
const position: bigint | undefined = (await new FileCursorStore("cursor").load()).position("main")?.opId;
if (
  operation.opId !== opId ||
  operation.message.topic !== Topic.COMMANDS ||
  operation.text !== "a" ||
  position !== opId
) {
  throw new Error(
    `Expected operation ${opId} to be applied and noted, but got ${operation.toString()} and ${position}.`,
  );
}
