// What an agent sees, by topics.
import { create } from "@bufbuild/protobuf";

import { ViewSchema, ViewScopeSchema, type View } from "../gen/swarmlog/v1/resume_pb.js";
import { topics as allTopics, wireTopic, type Topic } from "./names.js";

/** All but telemetry. */
export const durableTopics: readonly Topic[] = allTopics.filter((topic) => topic !== "telemetry");

/** Of each topic what is for all agents, for the agent itself, and for the roles it has. */
export function viewOf(topics: readonly Topic[], hasRoles: boolean): View {
  const view = create(ViewSchema);
  for (const each of allTopics.filter((known) => topics.includes(known))) {
    const topic = wireTopic(each);
    view.scopes.push(create(ViewScopeSchema, { topic, audience: { case: "all", value: {} } }));
    view.scopes.push(create(ViewScopeSchema, { topic, audience: { case: "self", value: {} } }));
    if (hasRoles) {
      view.scopes.push(create(ViewScopeSchema, { topic, audience: { case: "roles", value: {} } }));
    }
  }
  return view;
}
