import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";

import { create, toBinary } from "@bufbuild/protobuf";

import { Code } from "../../gen/google/rpc/code_pb.js";
import { publisher as bounds } from "../../gen/swarmlog/v1/constants.js";
import {
  ProducerHelloSchema,
  PublishGroupSchema,
  TelemetryHelloSchema,
  type PublishGroup,
} from "../../gen/swarmlog/v1/publishing_pb.js";
import { requireMs, requireName, requireOneOf, requireOptions, shown } from "../arguments.js";
import { monotonicNs } from "../clock.js";
import { Connection } from "../connection.js";
import { QueueFullError, type RetryableError } from "../errors.js";
import { Failure } from "../failure.js";
import { guarded, type Logger } from "../logger.js";
import { wireLog, type Log } from "../names.js";
import { requirePublication, type GroupPosition, type Publication } from "../publication.js";
import type { Security } from "../security.js";
import type { Telemetry } from "../telemetry.js";
import { Instruments } from "../tracing.js";
import { NS_PER_MS } from "../units.js";
import { QueueBound, requireBound } from "./bound.js";
import { ProducerShell } from "./producer-shell.js";
import { PublisherLog, seconds } from "./program-log.js";
import { PublishSpan, stamp } from "./span.js";
import { PublisherMonitor, type PublisherListener, type PublisherState } from "./state.js";
import { TelemetryShell, type TelemetryCounts } from "./telemetry-shell.js";

const CLOSE_TIMEOUT_MS = 10_000;
// What Node's timers can do.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const LOGS = ["main", "control"] as const;
const GIVEN_UP = Failure.local(Code.CANCELLED, "Expected to wait for room in the queue, but the caller gave up");
const CLOSED = Failure.local(Code.CANCELLED, "Expected the publisher to be open, but it was closed");

/**
 * What happens when a publisher's queue is full.
 *
 * - `fail`: QueueFullError at once; nothing was sent. The default.
 * - `wait`: the caller waits for room, in the order of the calls.
 */
export type Overflow = "fail" | "wait";

interface OfLog {
  readonly bound: QueueBound;
  readonly monitor: PublisherMonitor;
  readonly producer: ProducerShell;
}

/** How a publisher is set up. */
export interface PublisherOptions extends Telemetry {
  /** What it publishes to. */
  readonly swarm: string;
  /** Its own name, which operations carry. */
  readonly name: string;
  /** Of the connection that it makes itself; see `ConnectionOptions`. */
  readonly security?: Security;
  /** How many groups may wait for their answer, sent or not, per log; telemetry has a queue of its own of the same size. */
  readonly maxQueuedGroups?: number;
  /** How many bytes may wait so; a single group may be larger. */
  readonly maxQueuedBytes?: number;
  readonly overflow?: Overflow;
  /**
   * Is told how it fares; a function is told as `publisherChanged` is. Must not block; what it throws, or its promise rejects with,
   * is logged.
   */
  readonly listener?: PublisherListener | ((state: PublisherState) => unknown);
  readonly logger?: Logger;
}

/** What goes with a call of `publish`. */
export interface PublishOptions {
  /**
   * Who aborts while waiting for room takes nothing; while waiting for the answer, takes nothing back: the operation was
   * published. Either way the promise rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
}

/** A group that was taken into the queue. */
export interface Submitted {
  /** Its answer, as `publishGroup` gives it; may be ignored. */
  readonly answer: Promise<GroupPosition>;
}

/**
 * Publishes to a swarm: pipelined, in order per log, each publication once while it lives.
 *
 * Requests are numbered, and sent again under the same number after a broken stream until they are answered, so a reconnect or
 * a coordinator's restart neither loses nor doubles one. A publication that is to survive the publisher's own crash needs an
 * idempotency key and someone who publishes it again.
 *
 * A coordinator that takes nothing, five times in a row, is left alone for a while; then one group is tried. Meanwhile
 * publications wait in the queue, and Overflow holds when it is full. `state` and the listener tell.
 *
 * What can be tried again is tried again first, for ever. A publication fails with TerminalError if the coordinator refused it
 * for good (the others are not affected), and with RetryableError if the queue was full or the publisher was closed: then it is
 * not in the log. Where it may be there all the same it fails with OutcomeUnknownError.
 *
 * Connects when something is published, and keeps the process alive from then on until it is closed.
 */
export class Publisher implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #ownsConnection: boolean;
  readonly #swarm: string;
  readonly #overflow: Overflow;
  readonly #listener: PublisherListener | undefined;
  readonly #logger: Logger;
  readonly #instruments: Instruments;
  readonly #logs = new Map<Log, OfLog>();
  readonly #telemetry: TelemetryShell;
  #closing: Promise<void> | undefined;

  /** A publisher to `target`, "host:port", or over a connection that it leaves open. */
  constructor(target: string | Connection, options: PublisherOptions) {
    requireOptions(options, 'new Publisher("localhost:7400", { swarm: "SWARM", name: "NAME" })');
    const { maxQueuedGroups = bounds.maxQueuedGroups, maxQueuedBytes = bounds.maxQueuedBytes } = options;
    requireBound(maxQueuedGroups, maxQueuedBytes);
    this.#swarm = requireName("a swarm", options.swarm);
    const publisher = requireName("a publisher", options.name);
    this.#overflow = requireOneOf("an overflow", options.overflow ?? "fail", ["fail", "wait"]);
    this.#listener = typeof options.listener === "function" ? { publisherChanged: options.listener } : options.listener;
    this.#logger = guarded(options.logger);
    this.#connection = connectionOf(target, options.security);
    this.#ownsConnection = this.#connection !== target;
    this.#instruments = new Instruments(this.#swarm, publisher, options, this.#logger);
    const producerId = randomUUID();
    for (const log of LOGS) {
      const bound = new QueueBound(maxQueuedGroups, maxQueuedBytes, monotonicNs);
      const of = { swarm: this.#swarm, publisher, log, target: this.#connection.target };
      const programLog = new PublisherLog(this.#logger, of, monotonicNs);
      const monitor = new PublisherMonitor(log, bound, programLog, (call) => this.#tell(call));
      const hello = create(ProducerHelloSchema, { swarm: this.#swarm, publisher, producerId, log: wireLog(log) });
      const producer = new ProducerShell(this.#connection, hello, { bound, monitor, logger: this.#logger });
      this.#logs.set(log, { bound, monitor, producer });
    }
    this.#telemetry = new TelemetryShell(
      this.#connection,
      create(TelemetryHelloSchema, { swarm: this.#swarm, publisher }),
      { maxRecords: maxQueuedGroups, maxBytes: maxQueuedBytes, logger: this.#logger },
    );
  }

  /**
   * Publishes one operation of `main` or `control`; resolves when it is in the log and durable. Rejects with SwarmlogError if it
   * is not, or nobody knows; with RangeError if it is telemetry.
   */
  async publish(publication: Publication, options: PublishOptions = {}): Promise<GroupPosition> {
    return await this.publishGroup([requirePublication(publication)], options);
  }

  /**
   * Publishes operations of one log as a group, as `publish` does one.
   *
   * It is appended whole or not at all, delivered in one frame, handled in one call. At least one operation, together within
   * `Limits`; if any has an idempotency key, the first such key counts for the group. RangeError if there is none, or they belong
   * to different logs.
   */
  async publishGroup(publications: readonly Publication[], options: PublishOptions = {}): Promise<GroupPosition> {
    if (!Array.isArray(publications)) {
      throw new TypeError(`Expected an array of publications, but got ${shown(publications)}: write [one, other].`);
    }
    const { answer } = await this.submit(publications, options);
    return await unlessAborted(answer, options.signal);
  }

  /**
   * Takes a group into the queue, and answers with the promise of its answer: for many in a row, as the next may be submitted
   * before the last is answered. Answers come in the order of submitting, per log. Rejects with QueueFullError if there is no
   * room, or waits for some, as Overflow says; else as `publishGroup`.
   */
  async submit(publications: Publication | readonly Publication[], options: PublishOptions = {}): Promise<Submitted> {
    const group = Array.isArray(publications)
      ? (publications as readonly Publication[])
      : [publications as Publication];
    const log = logOfAll(group);
    const { signal } = options;
    signal?.throwIfAborted();
    if (signal instanceof AbortSignal) {
      // One signal may end the waiting for thousands: that is no leak.
      setMaxListeners(0, signal);
    }
    const span = new PublishSpan(this.#instruments, group);
    const message = groupOf(group, span);
    const bytes = toBinary(PublishGroupSchema, message).length;
    const { producer, bound } = this.#of(log);
    const answer = deferred<GroupPosition>();
    // Who ignores it must not be ended for that.
    answer.promise.catch(() => undefined);
    const take = () => producer.publish(message, { bytes, span, ...answer });
    const taken = await this.#takeRoom(bound, { bytes, take, span }, signal);
    if (!taken) {
      const noRoom = bound.closed ? CLOSED.toRetryable() : this.#noRoom(log);
      span.failed(noRoom);
      throw noRoom;
    }
    return { answer: answer.promise };
  }

  /**
   * Hands one record of telemetry over; never waits. What becomes of it shows in `telemetryCounts` only. False if it was dropped
   * at once because the queue is full or the publisher closed; RangeError if it is not telemetry.
   */
  telemetry(measurement: Publication): boolean {
    if (requirePublication(measurement).log !== "telemetry") {
      throw new RangeError(
        `Expected a publication on the topic telemetry, but got one on ${measurement.topic}: use publish.`,
      );
    }
    this.#instruments.sent(measurement.topic);
    const record = measurement.stamped();
    stamp(record);
    return this.#telemetry.offer(record);
  }

  /** What became of the telemetry so far. */
  telemetryCounts(): TelemetryCounts {
    return this.#telemetry.counts;
  }

  /** Groups that wait for their answer, sent or not, over all logs; without telemetry. */
  get pending(): number {
    return LOGS.reduce((groups, log) => groups + this.#of(log).bound.groups, 0);
  }

  /** How it fares now with a log: whether it sends, why not and until when, how much waits, and for how long. */
  state(log: "main" | "control" = "main"): PublisherState {
    return this.#of(requireOneOf("a log that is published to", log, LOGS)).monitor.state();
  }

  /**
   * Takes nothing more, waits at most so long (10 s if absent) for answers, fails what is left, ends the streams. Closing again
   * waits for the first to be done.
   */
  async close({ timeoutMs = CLOSE_TIMEOUT_MS }: { timeoutMs?: number } = {}): Promise<void> {
    requireMs("a timeout", timeoutMs, 0);
    this.#closing ??= this.#close(timeoutMs);
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    const of = LOGS.map((log) => this.#of(log));
    of.forEach(({ bound }) => bound.close());
    const everything = Promise.all([...of.map(({ bound }) => bound.untilEmpty()), this.#telemetry.untilSettled()]);
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMEOUT_MS));
    });
    await Promise.race([everything, tooLong]);
    clearTimeout(timer);
    await Promise.all([this.#telemetry.close(), ...of.map(({ producer }) => producer.close())]);
    if (this.#ownsConnection) {
      this.#connection.close();
    }
  }

  async #takeRoom(
    bound: QueueBound,
    { bytes, take, span }: { bytes: number; take: () => void; span: PublishSpan },
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (this.#overflow === "fail") {
      return bound.tryAcquire(bytes, take);
    }
    try {
      return await bound.acquire(bytes, take, signal);
    } catch (aborted) {
      span.failed(GIVEN_UP.toRetryable());
      throw aborted;
    }
  }

  #of(log: Log): OfLog {
    const of = this.#logs.get(log);
    if (of === undefined) {
      throw new Error(`Expected the log main or control, but got ${log}.`);
    }
    return of;
  }

  #tell(call: (listener: PublisherListener) => unknown): void {
    const listener = this.#listener;
    if (listener !== undefined) {
      setImmediate(() => void this.#callListener(listener, call));
    }
  }

  async #callListener(listener: PublisherListener, call: (listener: PublisherListener) => unknown): Promise<void> {
    try {
      await call(listener);
    } catch (thrown) {
      this.#logger.error("Expected the listener of a publisher to return, but it threw", thrown);
    }
  }

  #noRoom(log: Log): RetryableError {
    const state = this.#of(log).monitor.state();
    const why =
      state.why === undefined
        ? `none was refused (a rate limit holds the stream first: ./swarmlog limits ${this.#swarm})`
        : `the last refusal is (${state.why.message})`;
    return new QueueFullError(
      Failure.local(
        Code.RESOURCE_EXHAUSTED,
        `Expected room in the publisher's queue, but ${state.queuedGroups} groups wait for their answer, the oldest for ` +
          `${seconds(state.oldestWaitedMs * NS_PER_MS)}, ${why}: publish slower, or allow more by maxQueuedGroups and ` +
          'maxQueuedBytes, or have publish wait by overflow: "wait"',
      ),
    );
  }
}

function connectionOf(target: string | Connection, security: Security | undefined): Connection {
  if (!(target instanceof Connection)) {
    return new Connection(target, security === undefined ? {} : { security });
  }
  if (security !== undefined) {
    throw new TypeError(
      "Expected security to be set where the connection is made, but the publisher was given a connection.",
    );
  }
  return target;
}

function groupOf(publications: readonly Publication[], span: PublishSpan): PublishGroup {
  const records = publications.map((publication) => {
    const record = publication.stamped();
    span.stamp(record);
    return record;
  });
  const idempotencyKey = publications.find((publication) => publication.idempotencyKey !== "")?.idempotencyKey ?? "";
  return create(PublishGroupSchema, { records, idempotencyKey });
}

/** The one log of all of them, which is not telemetry. */
function logOfAll(publications: readonly Publication[]): Log {
  const logs = publications.map((publication) => requirePublication(publication).log);
  const [log] = logs;
  if (log === undefined) {
    throw new RangeError("Expected at least one publication, but got none.");
  }
  const other = logs.find((one) => one !== log || one === "telemetry");
  if (other !== undefined) {
    throw new RangeError(
      `Expected publications of one log, main or control, but got ${log} and ${other}: publish them apart, and telemetry ` +
        "by telemetry().",
    );
  }
  return log;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (why: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (why: Error) => void;
  const promise = new Promise<T>((settled, failed) => {
    resolve = settled;
    reject = failed;
  });
  return { promise, resolve, reject };
}

async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return await answer;
  }
  const aborted = deferred<never>();
  const onAbort = () => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([answer, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
