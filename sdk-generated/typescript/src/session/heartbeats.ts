// The heartbeats of an agent's sessions, and what they tell of the coordinator's clock.
import { create } from "@bufbuild/protobuf";

import { session } from "../../gen/swarmlog/v1/constants.js";
import { HeartbeatSchema, type Heartbeat, type HeartbeatReply } from "../../gen/swarmlog/v1/session_pb.js";
import { NS_PER_MS } from "../units.js";

/**
 * How far the coordinator's clock is ahead of the agent's, by the heartbeat with the least delay of the last eight (the
 * clock filter of NTP, RFC 5905 section 10).
 */
export interface ClockOffset {
  /** To add to the agent's clock to read the coordinator's, in nanoseconds; negative if that is behind. */
  readonly offsetNs: bigint;
  /** Half the round trip of that heartbeat, in nanoseconds: the true offset lies within, either way. */
  readonly uncertaintyNs: bigint;
}

interface Sample {
  readonly delayNs: bigint;
  readonly offsetNs: bigint;
}

/**
 * The clock filter of NTP (RFC 5905 section 10): of the last eight heartbeats the one with the least delay says the offset,
 * because what delays a heartbeat also falsifies it.
 */
export class ClockFilter {
  // The oldest one is overwritten.
  readonly #samples: Sample[] = [];
  #count = 0;

  /** Adds a heartbeat by its four times, in nanoseconds since 1970 by the clock of who noted them. */
  sample(agentSentNs: bigint, receivedNs: bigint, sentNs: bigint, agentReceivedNs: bigint): void {
    const delayNs = agentReceivedNs - agentSentNs - (sentNs - receivedNs);
    if (delayNs < 0n) {
      return; // One of the clocks was set in between.
    }
    // Towards zero, as every SDK rounds.
    const offsetNs = (receivedNs - agentSentNs + (sentNs - agentReceivedNs)) / 2n;
    this.#samples[this.#count % session.clockSamples] = { delayNs, offsetNs };
    this.#count++;
  }

  /** The offset; undefined before there is a sample. */
  offset(): ClockOffset | undefined {
    const [first, ...others] = this.#samples;
    if (first === undefined) {
      return undefined;
    }
    const best = others.reduce((least, each) => (each.delayNs < least.delayNs ? each : least), first);
    return { offsetNs: best.offsetNs, uncertaintyNs: best.delayNs / 2n };
  }
}

/** The heartbeats of an agent's sessions, and what they tell of the coordinator's clock. */
export class Heartbeats {
  readonly #clock = new ClockFilter();
  #intervalNs = 0;
  #number = 0n;
  #unanswered = 0;

  /** How often one is sent. */
  get intervalNs(): number {
    return this.#intervalNs;
  }

  /** A session begins. */
  begin(intervalMs: number): void {
    this.#intervalNs = (intervalMs > 0 ? intervalMs : session.heartbeatIntervalMs) * NS_PER_MS;
    this.#unanswered = 0;
  }

  /** Whether so many in a row were not answered that the connection must be dead. */
  get areUnanswered(): boolean {
    return this.#unanswered >= session.maxUnansweredHeartbeats;
  }

  /** The next one, which is sent now: its number, and what is known of the clock. */
  next(): Heartbeat {
    this.#unanswered++;
    this.#number++;
    const clock = this.#clock.offset();
    return create(HeartbeatSchema, {
      number: this.#number,
      ...(clock !== undefined && {
        clockOffsetNano: clock.offsetNs,
        clockUncertaintyNano: clock.uncertaintyNs,
      }),
    });
  }

  /** One was answered. */
  answered(reply: HeartbeatReply, nowUnixNs: bigint): void {
    this.#unanswered = 0;
    this.#clock.sample(reply.agentSentUnixNano, reply.receivedUnixNano, reply.sentUnixNano, nowUnixNs);
  }

  /** How far the coordinator's clock is ahead; undefined before a heartbeat was answered. */
  get clockOffset(): ClockOffset | undefined {
    return this.#clock.offset();
  }
}
