import { Log as WireLog } from "../gen/swarmlog/v1/position_pb.js";
import { Topic as WireTopic } from "../gen/swarmlog/v1/operation_pb.js";

/** A log of a swarm; each is a lane of its own in every session. */
export type Log = "main" | "control" | "telemetry";

/** What an operation is about; each topic lies in one log. */
export type Topic = "control" | "commands" | "reconciliation" | "alerts" | "telemetry";

const LOGS: Readonly<Record<Log, WireLog>> = {
  main: WireLog.MAIN,
  control: WireLog.CONTROL,
  telemetry: WireLog.TELEMETRY,
};

const TOPICS: Readonly<Record<Topic, WireTopic>> = {
  control: WireTopic.CONTROL,
  commands: WireTopic.COMMANDS,
  reconciliation: WireTopic.RECONCILIATION,
  alerts: WireTopic.ALERTS,
  telemetry: WireTopic.TELEMETRY,
};

const LOG_OF: Readonly<Record<Topic, Log>> = {
  control: "control",
  commands: "main",
  reconciliation: "main",
  alerts: "main",
  telemetry: "telemetry",
};

/** All logs. */
export const logs: readonly Log[] = Object.keys(LOGS) as Log[];

/** All topics, in the order of their numbers. */
export const topics: readonly Topic[] = Object.keys(TOPICS) as Topic[];

/** As messages have it. */
export function wireLog(log: Log): WireLog {
  return LOGS[log];
}

/** As messages have it. */
export function wireTopic(topic: Topic): WireTopic {
  return TOPICS[topic];
}

/** The log a topic lies in. */
export function logOf(topic: Topic): Log {
  return LOG_OF[topic];
}

/** The log of a message's number; RangeError if it is none of the three. */
export function logNamed(value: number): Log {
  const found = logs.find((log) => Number(LOGS[log]) === value);
  if (found === undefined) {
    throw new RangeError(`Expected one of the three logs, but got ${String(value)}: name the log.`);
  }
  return found;
}

/** The topic of a message's number; RangeError if it is none of the five. */
export function topicNamed(value: number): Topic {
  const found = topics.find((topic) => Number(TOPICS[topic]) === value);
  if (found === undefined) {
    throw new RangeError(`Expected one of the five topics, but got ${String(value)}: name the topic.`);
  }
  return found;
}

/** As people read it: `commands`; the number of one that is not known. */
export function topicLabel(value: number): string {
  return topics.find((topic) => Number(TOPICS[topic]) === value) ?? String(value);
}
