// Prints the names of the swarms of a coordinator: the least that shows that the generated client works.
// Takes the coordinator's address, such as localhost:7400.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { AdministrationService } from "../gen/swarmlog/v1/administration_pb.js";
import { session } from "../gen/swarmlog/v1/constants.js";

const target = process.argv[2];
if (target === undefined) {
  throw new Error("Expected HOST:PORT of a coordinator.");
}
const transport = createGrpcTransport({
  baseUrl: `http://${target}`,
  defaultTimeoutMs: session.handshakeTimeoutMs,
});
const answer = await createClient(AdministrationService, transport).listSwarms({});
for (const swarm of answer.swarms) {
  console.log(swarm.name);
}
