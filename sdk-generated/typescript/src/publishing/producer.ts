import { create } from "@bufbuild/protobuf";

import { Code } from "../../gen/google/rpc/code_pb.js";
import { publisher } from "../../gen/swarmlog/v1/constants.js";
import { PositionSchema, type Position } from "../../gen/swarmlog/v1/position_pb.js";
import type {
  ProducerHello,
  ProducerWelcome,
  PublishAck,
  PublishGroup,
  PublishRefusal,
} from "../../gen/swarmlog/v1/publishing_pb.js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.js";
import type { Backoff } from "../backoff.js";
import { Failure } from "../failure.js";
import { PublishBreaker } from "./breaker.js";
import { GroupNumbers } from "./numbers.js";
import { RetryPace, SendWindow } from "./pace.js";
import type { ProducerOutput } from "./producer-output.js";
import { Entry, PublishQueue } from "./queue.js";

const LINGERS = Failure.local(
  Code.UNKNOWN,
  "Expected an answer, but the stream broke, and whether a group before it was appended is unknown",
);
const CLOSED = Failure.local(Code.CANCELLED, "Expected the publisher to be open, but it was closed");

/** Where a producer stands. */
export type ProducerState = "IDLE" | "CONNECTING" | "OPEN" | "RECOVERING" | "PAUSED" | "WAITING" | "CLOSED";

/**
 * A producer in one log.
 *
 * Numbers publish groups, keeps a window of them in flight, and sends again what was not answered. Pure: no input or output,
 * no clock. T is what the caller knows a group by.
 *
 * Order and exactly once: groups are answered in the order they were sent, and a group keeps its number for as long as some
 * attempt of it may still reach the log: after a broken stream it is sent again under the same number in the same producer
 * epoch, and what had been appended gets its first answer.
 *
 * Refusals: a refused group leaves a gap, so the coordinator refuses all that are in flight behind it with OUT_OF_SEQUENCE.
 * The producer therefore stops sending, collects the answers of what is in flight, and then goes on:
 *
 * - A refusal worth another try: after the time that RetryPace says everything is sent again under its own number, at first
 *   one group alone (SendWindow).
 * - A refusal for good: its number N was not used up. The groups behind it have all been refused on this stream, so none of
 *   them is in the log; they are numbered again from N.
 * - The same, but the stream broke before all of them were answered: an attempt may linger on the way, and would take effect
 *   under its old number once the gap is filled. So the gap is never filled: a new producer epoch fences the old one, and they
 *   are numbered from its start.
 * - A refusal for good of what was left unanswered on a broken stream, because a limit was lowered meanwhile: the earlier
 *   attempt may have been appended, so the outcome is unknown. If the stream that is open began behind its number, it was,
 *   and the others go on. Else those behind it that are refused for it go on in a new epoch; those that linger and were not
 *   answered may have been appended with it, and their outcome is unknown, too. That is exact unless the limit is raised again
 *   while frames of the broken stream are on their way.
 *
 * Breaker: a PublishBreaker counts what becomes of attempts. It adds no waits to those above; while it is open they are of the
 * longer kind, and at their end one group is tried.
 *
 * Transitions; any other input leaves the state as it is:
 *
 * | in | on | to | doing |
 * |---|---|---|---|
 * | IDLE | offer | CONNECTING | open stream with ProducerHello |
 * | CONNECTING | welcome | OPEN | send from the first unanswered |
 * | OPEN | refusal, others in flight | RECOVERING | send nothing |
 * | RECOVERING | last answer, no delay asked | OPEN | number again, send |
 * | OPEN, RECOVERING | last answer, delay asked | PAUSED | timer |
 * | OPEN, RECOVERING | last answer, number again, attempts linger | CONNECTING | end stream, open one with a new epoch |
 * | OPEN, RECOVERING | the same, delay asked | WAITING | end stream, timer, new epoch |
 * | PAUSED | timer | OPEN | send |
 * | CONNECTING, OPEN, RECOVERING, PAUSED | retryable end of stream | WAITING | timer |
 * | WAITING | timer | CONNECTING | open stream with ProducerHello |
 * | OPEN, RECOVERING | fenced | WAITING | fail what may be in the log, timer, new epoch |
 * | any but CLOSED | terminal end of stream | IDLE | fail all; the next offer starts anew |
 * | any but CLOSED | close | CLOSED | fail all, end stream |
 */
export class ProducerSession<T> {
  readonly #identity: ProducerHello;
  readonly #output: ProducerOutput<T>;
  readonly #maxInFlight: number;
  readonly #pace: RetryPace;
  readonly #breaker: PublishBreaker;
  readonly #numbers = new GroupNumbers();
  readonly #window = new SendWindow();
  readonly #queue = new PublishQueue<T>();
  // Where the group is that was appended last.
  #newest: Position = create(PositionSchema);
  #state: ProducerState = "IDLE";
  // Of a group, serialized; 0 for whatever the coordinator takes.
  #maxGroupBytes = 0;
  // How long to wait once all in flight are answered.
  #delayNs = 0;
  // What is waited for, or will be. Set if there is a delay, or while PAUSED or WAITING.
  #delayedBy: Failure | undefined;
  // While PAUSED or WAITING, when that is over.
  #resumeAtNs = 0;

  /**
   * A producer that connects when something is offered. `identity` is its Hello, without an epoch; `maxInFlight` bounds the
   * groups sent and not answered, if the coordinator does not allow fewer.
   */
  constructor(
    identity: ProducerHello,
    output: ProducerOutput<T>,
    backoff: Backoff,
    maxInFlight: number = publisher.maxInFlightGroups,
  ) {
    this.#identity = identity;
    this.#output = output;
    this.#maxInFlight = maxInFlight;
    this.#pace = new RetryPace(backoff);
    this.#breaker = new PublishBreaker(output);
  }

  get state(): ProducerState {
    return this.#state;
  }

  /** Takes a group that has so many bytes serialized; its number is filled in when it is sent. */
  offer(token: T, group: PublishGroup, bytes: number): void {
    if (this.#state === "CLOSED") {
      this.#output.failed(token, CLOSED);
      return;
    }
    this.#queue.offer(new Entry(token, group, bytes));
    if (this.#state === "IDLE") {
      this.#connect();
    }
  }

  /**
   * The next group to be written, or undefined. To be called while the stream takes more, after every other call. The group is
   * to be written before the next call: it is numbered in place.
   */
  poll(): PublishGroup | undefined {
    this.#failOversized();
    const entry = this.#queue.nextUnsent;
    if (
      this.#state !== "OPEN" ||
      entry === undefined ||
      !this.#window.hasRoom(this.#queue.inFlight) ||
      this.#numbers.isBehindGap(entry.number) ||
      this.#isOversized(entry)
    ) {
      return undefined;
    }
    this.#queue.send();
    if (entry.number === 0n) {
      entry.number = this.#numbers.take();
    }
    this.#output.sent(entry.token);
    entry.group.number = entry.number;
    return entry.group;
  }

  /** Takes the answer to Hello. */
  welcome(welcome: ProducerWelcome, nowNs: number): void {
    if (this.#state !== "CONNECTING") {
      return;
    }
    this.#pace.welcomed(nowNs);
    this.#maxGroupBytes = welcome.limits?.maxGroupBytes ?? 0;
    this.#window.open(Math.min(this.#maxInFlight, welcome.maxInFlightGroups));
    if (this.#queue.isEmpty) {
      this.#breaker.answered();
    } else if (this.#breaker.state === "half-open") {
      this.#window.shrink();
    }
    this.#tellLost(welcome.nextNumber);
    const firstUnanswered = this.#queue.nextUnsent?.number ?? 0n;
    if (!this.#numbers.opened(welcome.producerEpoch, welcome.nextNumber, firstUnanswered)) {
      // None of what we hold is in its history.
      this.#startNewEpoch(nowNs);
      return;
    }
    this.#state = "OPEN";
  }

  /** Takes the answer that a group is in the log. */
  acked(ack: PublishAck, nowNs: number): void {
    const entry = this.#takeAnswered(ack.number, nowNs);
    if (entry === undefined) {
      return;
    }
    this.#numbers.appended(ack.number);
    this.#pace.appended(nowNs);
    this.#window.grow();
    this.#breaker.answered();
    const last = ack.last ?? create(PositionSchema);
    this.#newest = last;
    const { firstOpId, durability, duplicate } = ack;
    this.#output.appended(entry.token, { firstOpId, last, opId: last.opId, durability, duplicate });
    this.#settle(nowNs);
  }

  /** Takes the answer that an attempt appended nothing. */
  refused(refusal: PublishRefusal, nowNs: number): void {
    const entry = this.#takeAnswered(refusal.number, nowNs);
    if (entry === undefined) {
      return;
    }
    const why = Failure.ofStatus(refusal.status ?? create(StatusSchema));
    if (why.reason === "PRODUCER_FENCED") {
      this.#queue.giveBack(entry);
      this.#fenced(why, nowNs);
      return;
    }
    if (why.reason === "OUT_OF_SEQUENCE") {
      this.#queue.giveBack(entry);
      entry.refusedBehindGap = this.#numbers.isBehindGap(entry.number);
      if (this.#state === "OPEN" && !this.#noteExpected(why, entry.number)) {
        this.#output.endStream();
        this.#disconnect(why, nowNs);
        return;
      }
      this.#state = "RECOVERING";
    } else if (why.retryable) {
      this.#refusedForAWhile(entry, why, nowNs);
    } else {
      this.#breaker.answered();
      this.#refusedForGood(entry, why);
    }
    this.#settle(nowNs);
  }

  /** Notes that the stream ended, or could not be opened. */
  streamEnded(why: Failure, nowNs: number): void {
    if (this.#state === "CLOSED" || this.#state === "IDLE" || this.#state === "WAITING") {
      return;
    }
    if (why.retryable) {
      this.#disconnect(why, nowNs);
    } else if (why.reason === "EPOCH_MISMATCH" && this.#state === "CONNECTING" && this.#numbers.epoch !== 0n) {
      // It has lost that there is such an epoch, and all that was appended in it.
      this.#tellLost(1n);
      this.#startNewEpoch(nowNs);
    } else if (why.reason === "PRODUCER_FENCED") {
      this.#queue.lingerInFlight();
      this.#fenced(why, nowNs);
    } else {
      this.#failAll(why);
    }
  }

  /** Goes on: the time of `startTimer` is over. */
  timer(): void {
    if (this.#state !== "WAITING" && this.#state !== "PAUSED") {
      return;
    }
    this.#output.resumed();
    if (this.#breaker.isOpen) {
      this.#breaker.probe();
      this.#window.shrink();
    }
    if (this.#state === "WAITING") {
      this.#connect();
    } else {
      this.#state = "OPEN";
    }
  }

  /** Fails what is left. */
  close(): void {
    if (this.#state === "CLOSED") {
      return;
    }
    const streaming = this.#state !== "IDLE" && this.#state !== "WAITING";
    this.#state = "CLOSED";
    if (streaming) {
      this.#output.endStream();
    }
    this.#giveUpAll(CLOSED);
  }

  #tellLost(expected: bigint): void {
    const lost = this.#numbers.takeLost(expected);
    if (lost > 0n) {
      this.#output.acknowledgedLost(Number(lost), this.#newest);
    }
  }

  /**
   * Fails what the coordinator could not even read: it would end the stream instead of answering, and the group be sent again
   * for ever, with all others behind it. Waits for what is in flight, so that the answers keep their order.
   */
  #failOversized(): void {
    while (this.#state === "OPEN" && this.#queue.inFlight === 0) {
      const entry = this.#queue.nextUnsent;
      if (entry === undefined || !this.#isOversized(entry)) {
        return;
      }
      this.#queue.takeNextUnsent();
      const message = `Expected a group of at most ${this.#maxGroupBytes} bytes, but it has ${entry.bytes}.`;
      this.#output.failed(entry.token, Failure.localRefusal("PAYLOAD_TOO_LARGE", message));
    }
  }

  #isOversized(entry: Entry<T>): boolean {
    return entry.number === 0n && this.#maxGroupBytes > 0 && entry.bytes > this.#maxGroupBytes;
  }

  #connect(): void {
    this.#state = "CONNECTING";
    if (this.#isEverythingBehindGap()) {
      this.#renumber();
    }
    this.#output.openStream({ ...this.#identity, producerEpoch: this.#numbers.epoch });
  }

  /** The entry the answer is for. Undefined if it is for none, which is a broken contract and ends the stream. */
  #takeAnswered(number: bigint, nowNs: number): Entry<T> | undefined {
    if (this.#state !== "OPEN" && this.#state !== "RECOVERING") {
      return undefined;
    }
    const expected = this.#queue.oldestInFlight?.number;
    if (expected === number) {
      return this.#queue.takeOldestInFlight();
    }
    this.#output.endStream();
    const message = `Expected the answer to group ${expected ?? 0n}, but got that to group ${number}`;
    this.#disconnect(Failure.local(Code.INTERNAL, message), nowNs);
    return undefined;
  }

  #refusedForAWhile(entry: Entry<T>, why: Failure, nowNs: number): void {
    this.#queue.giveBack(entry);
    this.#breaker.failed(why);
    const waitNs = this.#pace.afterRefusalNs(why, nowNs, this.#breaker.isOpen);
    if (this.#delayedBy === undefined || waitNs > this.#delayNs) {
      this.#delayedBy = why;
    }
    this.#delayNs = Math.max(this.#delayNs, waitNs);
    this.#window.shrink();
    this.#state = "RECOVERING";
  }

  #refusedForGood(entry: Entry<T>, why: Failure): void {
    const answeredBefore = why.reason === "REQUEST_TOO_OLD" || why.reason === "REQUEST_CONFLICT";
    if (!answeredBefore && !this.#numbers.isUsedUp(entry.number)) {
      this.#numbers.free(entry.number, entry.lingers);
      this.#state = "RECOVERING";
    }
    if (why.reason === "REQUEST_TOO_OLD") {
      this.#output.outcomeUnknown(entry.token, why);
    } else if (why.reason === "REQUEST_CONFLICT") {
      this.#output.failed(entry.token, why);
    } else {
      this.#giveUp(entry, why);
    }
  }

  /** Of one that lingers the last attempt failed, but one before may have been appended. */
  #giveUp(entry: Entry<T>, why: Failure): void {
    if (entry.lingers) {
      this.#output.outcomeUnknown(entry.token, why);
    } else {
      this.#output.failed(entry.token, why);
    }
  }

  #giveUpAll(why: Failure): void {
    this.#queue.lingerInFlight();
    for (const entry of this.#queue.drain()) {
      this.#giveUp(entry, why);
    }
  }

  /** Believes, of an OUT_OF_SEQUENCE nobody here can explain, the number, if it makes sense. */
  #noteExpected(why: Failure, number: bigint): boolean {
    const said = why.metadata.expected_number ?? "";
    const expected = /^\d+$/.test(said) ? BigInt(said) : 0n;
    if (expected <= 0n || expected >= number || this.#numbers.isUsedUp(expected)) {
      return false;
    }
    this.#numbers.free(expected, false);
    return true;
  }

  /** Goes on once everything in flight has been answered. */
  #settle(nowNs: number): void {
    if (this.#queue.inFlight > 0 || (this.#state === "OPEN" && !this.#numbers.hasGap)) {
      return;
    }
    this.#queue.rewind();
    this.#state = "OPEN";
    if (this.#isEverythingBehindGap()) {
      if (this.#mustFence()) {
        this.#startNewEpoch(nowNs);
        return;
      }
      this.#renumber();
    }
    if (this.#delayNs > 0) {
      this.#waitIn("PAUSED", this.#delayNs, nowNs);
    }
  }

  #isEverythingBehindGap(): boolean {
    return this.#numbers.isBehindGap(this.#queue.nextUnsent?.number ?? 0n);
  }

  #mustFence(): boolean {
    return this.#numbers.gapLingers || this.#queue.anyLingers();
  }

  /** Numbers what lies behind the gap from the gap on, or in a new epoch where an old attempt could fill it. */
  #renumber(): void {
    if (this.#mustFence()) {
      this.#beginEpoch();
    } else {
      this.#numbers.goOnAtGap();
      this.#queue.forgetNumbers();
    }
  }

  /**
   * Fences all earlier attempts. What was not seen to lie behind the gap may have been appended with the group that left it,
   * and would be there twice.
   */
  #beginEpoch(): void {
    if (this.#numbers.gapLingers) {
      for (const entry of this.#queue.takeLingering()) {
        this.#output.outcomeUnknown(entry.token, LINGERS);
      }
    }
    this.#numbers.beginEpoch();
    this.#queue.forgetNumbers();
  }

  /** Only where nothing unanswered can be in the log, but for what #beginEpoch takes out. */
  #startNewEpoch(nowNs: number): void {
    this.#beginEpoch();
    this.#output.endStream();
    if (this.#delayNs > 0) {
      this.#waitIn("WAITING", this.#delayNs, nowNs);
    } else {
      this.#connect();
    }
  }

  #disconnect(why: Failure, nowNs: number): void {
    this.#queue.lingerInFlight();
    this.#queue.rewind();
    const lost = this.#state !== "CONNECTING";
    const askedNs = this.#state === "PAUSED" ? this.#resumeAtNs - nowNs : this.#delayNs;
    // That a stream ends on which nothing waits costs nobody anything.
    if (why.retryable && !(lost && this.#queue.isEmpty)) {
      this.#breaker.failed(why);
    }
    const comeBackNs = this.#pace.afterEndNs(why, nowNs, { lost, isOpen: this.#breaker.isOpen });
    if (this.#delayedBy === undefined || comeBackNs > askedNs) {
      this.#delayedBy = why;
    }
    this.#waitIn("WAITING", Math.max(askedNs, comeBackNs), nowNs);
  }

  /** Sends nothing for so long. */
  #waitIn(waiting: "PAUSED" | "WAITING", forNs: number, nowNs: number): void {
    this.#state = waiting;
    this.#delayNs = 0;
    this.#resumeAtNs = nowNs + forNs;
    this.#output.startTimer(forNs);
    if (this.#delayedBy !== undefined) {
      this.#output.waits(this.#delayedBy, forNs);
    }
    this.#breaker.waits(forNs);
  }

  /**
   * Goes on in a new epoch, with what cannot be in the log.
   *
   * The producer ID is ours alone, so what fences us is our own: a Hello of an earlier stream that lingered on its way. What
   * has attempts that linger may or may not be in the log; the rest is not.
   */
  #fenced(why: Failure, nowNs: number): void {
    this.#output.endStream();
    const entries = this.#queue.drain();
    this.#numbers.beginEpoch();
    for (const entry of entries) {
      if (entry.lingers) {
        this.#output.outcomeUnknown(entry.token, why);
      } else {
        entry.number = 0n;
        this.#queue.offer(entry);
      }
    }
    this.#disconnect(why, nowNs);
  }

  #failAll(why: Failure): void {
    this.#state = "IDLE";
    this.#output.endStream();
    this.#numbers.beginEpoch();
    this.#delayNs = 0;
    this.#output.resumed();
    this.#breaker.answered();
    this.#giveUpAll(why);
  }
}
