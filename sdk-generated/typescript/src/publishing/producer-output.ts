import type { Position } from "../../gen/swarmlog/v1/position_pb.js";
import type { ProducerHello } from "../../gen/swarmlog/v1/publishing_pb.js";
import type { Failure } from "../failure.js";
import type { GroupPosition } from "../publication.js";
import type { BreakerListener } from "./breaker.js";

/** What a producer wants done. None of it blocks, and none calls back. T is what the caller knows a group by. */
export interface ProducerOutput<T> extends BreakerListener {
  /** Open a stream and send Hello. */
  openStream(hello: ProducerHello): void;
  /** End the stream; nothing of it may come in any more. */
  endStream(): void;
  /** The group is about to be written, not necessarily for the first time. */
  sent(token: T): void;
  /** The group is in the log. */
  appended(token: T, where: GroupPosition): void;
  /** The group is not in the log, and will not be. */
  failed(token: T, why: Failure): void;
  /** The group was sent, and whether it is in the log is not known. */
  outcomeUnknown(token: T, why: Failure): void;
  /** The newest groups that were appended are in the log no more; `newest` is where the newest of them was. */
  acknowledgedLost(groups: number, newest: Position): void;
  /** Nothing is sent for so long, because of this; until `resumed`, or anew. */
  waits(why: Failure, forNs: number): void;
  /** What was waited for is over. */
  resumed(): void;
  /** Call `timer` after this; replaces an earlier one. */
  startTimer(delayNs: number): void;
}
