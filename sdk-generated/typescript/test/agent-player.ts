// Plays the transcripts of agents.
import { create } from "@bufbuild/protobuf";

import {
  CaughtUpSchema,
  DeliverySchema,
  FellBehindSchema,
  SnapshotPageSchema,
  TelemetryDeliverySchema,
  type SnapshotPage,
} from "../gen/swarmlog/v1/delivery_pb.js";
import { DigestQuerySchema, RepairSchema, type DigestReport } from "../gen/swarmlog/v1/drift_pb.js";
import { OperationSchema, type Operation, type Payload } from "../gen/swarmlog/v1/operation_pb.js";
import {
  Nack_Reaction,
  NackReply_Outcome,
  NackReplySchema,
  NackSchema,
  type Nack,
  type NackReply,
} from "../gen/swarmlog/v1/parking_pb.js";
import { PositionSchema, type Position } from "../gen/swarmlog/v1/position_pb.js";
import { LogPlanSchema, Plan } from "../gen/swarmlog/v1/resume_pb.js";
import {
  Capability,
  ControlResponseSchema,
  DataResponseSchema,
  DrainSchema,
  HeartbeatReplySchema,
  HelloSchema,
  WelcomeSchema,
  type Ack,
  type ControlResponse,
  type DataResponse,
  type Heartbeat,
  type Hello,
} from "../gen/swarmlog/v1/session_pb.js";
import { SyncReceiptSchema } from "../gen/swarmlog/v1/sync_pb.js";
import { Backoff } from "../src/backoff.js";
import { AgentCursor } from "../src/cursor.js";
import { Failure } from "../src/failure.js";
import { MemoryCursorStore } from "../src/memory-store.js";
import { logNamed, wireLog, type Log } from "../src/names.js";
import { AgentSession } from "../src/session/agent-session.js";
import type { AgentState } from "../src/session/agent-state.js";
import { digestOf, valueDigest } from "../src/session/digests.js";
import type { ReadState } from "../src/session/held-state.js";
import { LaneLedger } from "../src/session/lane-ledger.js";
import { endOf, savedKeys, type LaneStep } from "../src/session/lane-step.js";
import { describeRepair, type RepairReport, type SyncReport } from "../src/session/reports.js";
import { scopeId, type Scope } from "../src/session/scope.js";
import type { SessionListener, SessionOutput } from "../src/session/session-output.js";
import type { TimerKey, TimerKind } from "../src/session/timer-key.js";
import { NS_PER_MS, NS_PER_SECOND } from "../src/units.js";
import { longest } from "./fixed-random.js";
import { NaiveFold, scopeMessage, scopeOf } from "./naive-fold.js";
import * as notation from "./notation.js";
import { failure, status } from "./statuses.js";
import { Input, play } from "./transcript.js";

// Ahead of the other clock, so that it can be told apart, and from 0.
const UNIX_NS = BigInt(NS_PER_SECOND);
const ORDER: readonly Log[] = ["control", "main", "telemetry"];

/**
 * An agent that says what it does. It is made by "agent LANES [POSITIONS]"; with "state=MS" what it holds is compared that
 * often, and "user A:x:a" changes it behind its back. What "restart" makes of it goes on from what was committed.
 */
export class AgentPlayer implements SessionOutput, SessionListener {
  readonly #outputs: string[] = [];
  readonly #walk: (before: string, after: string) => void;
  #lanes: Log[] = [];
  #cursor = AgentCursor.empty;
  #keys = new MemoryCursorStore();
  #user = new Map<string, Map<string, Payload>>();
  #readable = true;
  #stateIntervalNs: number | undefined;
  #state: AgentState = "waiting";
  #nowNs = 0;
  #steps = new Map<Log, LaneStep>();
  #refusedIds = new Set<bigint>();
  #ledgers = new Map<Log, LaneLedger>();
  #session!: AgentSession;
  readonly #inputs: Readonly<Record<string, (line: Input) => void>> = {
    agent: (line) => this.#agent(line),
    restart: () => this.#restart(),
    start: () => this.#session.start(),
    welcome: (line) => this.#welcome(line),
    plan: (line) => this.#plan(line),
    reply: (line) => this.#reply(line),
    page: (line) => this.#frame("snapshot", page(line)),
    receipt: (line) => this.#receipt(line),
    query: (line) => this.#query(line),
    repair: (line) => this.#repair(line),
    user: (line) => line.words.forEach((word) => this.#hold(notation.operation(`0:${word}`))),
    unreadable: () => (this.#readable = false),
    drain: (line) => this.#drain(line),
    delivery: (line) => this.#delivery(line),
    telemetry: (line) => this.#telemetry(line),
    caughtUp: (line) => this.#caughtUp(line),
    fellBehind: (line) => this.#fellBehind(line),
    applied: (line) => this.#applied(line),
    applyFailed: (line) => this.#session.applyFailed(line.word(0) as Log, this.#nowNs),
    refused: (line) => this.#refused(line),
    nackReply: (line) => this.#nackReply(line),
    handlerStopped: () => this.#session.handlerStopped(Failure.localTerminal("Expected more, but less")),
    ended: (line) => this.#session.streamEnded(failure(line.word(0), line.setting("retryMs", 0)), this.#nowNs),
    connectionLost: () => this.#session.connectionLost(this.#nowNs),
    timer: (line) => this.#timer(line),
    clock: (line) => (this.#nowNs += parseInt(line.word(0)) * NS_PER_SECOND),
    close: () => this.#session.close(this.#nowNs),
    abort: () => this.#session.abort(),
  };

  constructor(walk: (before: string, after: string) => void = () => undefined) {
    this.#walk = walk;
  }

  play(name: string): void {
    play("agent", name, this.#outputs, (line) => {
      this.#take(line);
    });
  }

  /** Takes inputs as transcripts have them; answers what comes of the last one. */
  take(...lines: string[]): readonly string[] {
    for (const line of lines) {
      this.#outputs.length = 0;
      this.#take(new Input(line));
    }
    return [...this.#outputs];
  }

  #take(line: Input): void {
    const input = this.#inputs[line.verb];
    if (input === undefined) {
      throw new RangeError(`Expected an input, but got '${line.verb}'`);
    }
    input(line);
  }

  // Inputs.

  #agent(line: Input): void {
    this.#lanes = line
      .word(0)
      .split(",")
      .map((lane) => lane as Log);
    this.#lanes.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
    this.#cursor = AgentCursor.empty;
    this.#keys = new MemoryCursorStore();
    this.#user = new Map();
    this.#readable = true;
    const stateMs = line.settings.get("state");
    this.#stateIntervalNs = stateMs === undefined ? undefined : Number(stateMs) * NS_PER_MS;
    for (const place of line.words.slice(1)) {
      this.#cursor = this.#cursor.withPosition(notation.position(place));
    }
    this.#restart();
  }

  #restart(): void {
    this.#state = "waiting";
    this.#nowNs = 0;
    this.#steps = new Map();
    this.#refusedIds = new Set();
    this.#ledgers = new Map(
      this.#lanes.map((log) => [log, new LaneLedger(this.#cursor.resume(log), true, this.#keys.heldKeys())]),
    );
    this.#session = new AgentSession({
      identity: create(HelloSchema),
      stored: new Map(this.#lanes.map((log) => [log, this.#cursor.resume(log)])),
      lacking: new Set(this.#lanes.filter((log) => this.#ledgers.get(log)?.lacksKeys === true)),
      output: this,
      listener: this,
      backoffs: () => new Backoff(longest),
      stateIntervalNs: this.#stateIntervalNs,
    });
  }

  #welcome(line: Input): void {
    const plans = line.words.map((word) => {
      if (word.startsWith("reject:")) {
        return { log: wireLog("main"), plan: Plan.REJECT, status: status(word.slice("reject:".length)) };
      }
      const start = notation.position(word);
      return { log: start.log, plan: Plan.DELTA, start };
    });
    this.#control(
      "welcome",
      create(WelcomeSchema, { sessionId: "session", heartbeatIntervalMs: 1_000, capabilities: nacks(line), plans }),
    );
  }

  #plan(line: Input): void {
    const start = notation.position(line.word(0));
    const target = create(PositionSchema, { ...plain(start), opId: BigInt(line.settings.get("target") ?? start.opId) });
    const fork = line.settings.get("fork");
    const drift = line.settings.has("drift") ? BigInt(Capability.DRIFT) : 0n;
    const plan = create(LogPlanSchema, {
      log: start.log,
      plan: Plan[line.word(1) as keyof typeof Plan],
      start,
      target,
      head: target,
      baseOpId: BigInt(line.settings.get("base") ?? start.opId),
      exact: !line.words.includes("inexact"),
      scopes: notation.scopes(line.settings.get("scopes") ?? "A").map(scopeMessage),
      compares: line.words.includes("compares"),
      snapshotScopes: notation.scopes(line.settings.get("pages") ?? "").map(scopeMessage),
      ...(fork !== undefined && { fork: notation.position(fork) }),
    });
    this.#control(
      "welcome",
      create(WelcomeSchema, {
        sessionId: "session",
        heartbeatIntervalMs: 1_000,
        capabilities: BigInt(Capability.SYNC) | nacks(line) | drift,
        limits: { driftCheckIntervalMs: BigInt(line.setting("drift", 0)) },
        plans: [plan],
      }),
    );
  }

  /** Of a heartbeat that took "delay" ms there and back, from a clock "ahead" ms. */
  #reply(line: Input): void {
    const delayNs = BigInt(line.setting("delay", 0) * NS_PER_MS);
    const sentNs = this.#unixNs - delayNs;
    const thereNs = sentNs + delayNs / 2n + BigInt(line.setting("ahead", 0) * NS_PER_MS);
    this.#control(
      "heartbeatReply",
      create(HeartbeatReplySchema, {
        agentSentUnixNano: sentNs,
        receivedUnixNano: thereNs,
        sentUnixNano: thereNs,
      }),
    );
  }

  /** The sums are those of the operations named. */
  #receipt(line: Input): void {
    const fold = new NaiveFold(line.words.slice(1).map(notation.operation));
    this.#frame(
      "receipt",
      create(SyncReceiptSchema, {
        target: notation.position(line.word(0)),
        sentCount: BigInt(line.setting("sent", 0)),
        snapshotCount: BigInt(line.setting("paged", 0)),
        sums: fold.scopes.map((scope) => fold.sums(scope)),
      }),
    );
  }

  #query(line: Input): void {
    this.#frame(
      "digestQuery",
      create(DigestQuerySchema, {
        queryId: BigInt(line.word(0)),
        scope: scopeMessage(notation.scope(line.word(1))),
        afterKey: line.settings.get("after") ?? "",
        throughKey: line.settings.get("through") ?? "",
        maxParts: line.setting("parts", 32),
      }),
    );
  }

  /** One page, if it has settings of keys; event sums of the events named. */
  #repair(line: Input): void {
    const repair = create(RepairSchema, { goodOpId: BigInt(line.setting("good", 0)) });
    if (line.settings.has("after")) {
      repair.pages.push(page(line));
    }
    if (line.settings.has("events")) {
      const events = (line.settings.get("events") ?? "").split(",");
      const fold = new NaiveFold(events.map((opId) => notation.operation(`${opId}:${line.word(1)}`)));
      repair.events = fold.sums(notation.scope(line.word(1)));
    }
    this.#frame("repair", repair);
  }

  #drain(line: Input): void {
    this.#control("drain", create(DrainSchema, { reason: "maintenance", reconnectAfterMs: Number(line.word(0)) }));
  }

  #delivery(line: Input): void {
    const [lane = "", fromOpId = "", to = "", ...operations] = line.words;
    const delivery = create(DeliverySchema, {
      fromOpId: BigInt(fromOpId),
      to: notation.position(to),
      operations: operations.map(notation.operation),
    });
    if (line.settings.has("skipped")) {
      const skipped = notation.operation(line.settings.get("skipped") ?? "");
      const { eventHash } = new NaiveFold([skipped]).sums(scopeOf(skipped));
      delivery.skipped = [
        { $typeName: "swarmlog.v1.Skipped", scope: scopeMessage(scopeOf(skipped)), count: 1n, eventHash },
      ];
    }
    this.#laneFrame(lane as Log, "delivery", delivery);
  }

  #telemetry(line: Input): void {
    this.#laneFrame(
      "telemetry",
      "telemetry",
      create(TelemetryDeliverySchema, {
        droppedCount: BigInt(line.setting("dropped", 0)),
        operations: line.words.map((word) => create(OperationSchema, { opId: BigInt(word) })),
      }),
    );
  }

  #caughtUp(line: Input): void {
    const position = notation.position(line.word(0));
    this.#laneFrame(logNamed(position.log), "caughtUp", create(CaughtUpSchema, { position }));
  }

  #fellBehind(line: Input): void {
    const head = notation.position(line.word(0));
    const position = notation.position(`main@${line.setting("from", 0)}`);
    this.#laneFrame(logNamed(head.log), "fellBehind", create(FellBehindSchema, { head, position }));
  }

  #applied(line: Input): void {
    const log = line.word(0) as Log;
    const ledger = this.#ledgers.get(log)!;
    const step = this.#steps.get(log)!;
    this.#steps.delete(log);
    const prepared = ledger.prepare(step, this.#read(ledger.compares(step)));
    const notHeld = new Set<number>();
    prepared.batch.messages.forEach((operation, i) => {
      if (this.#refusedIds.delete(operation.opId)) {
        notHeld.add(i);
      } else {
        this.#hold(operation);
      }
    });
    const done = ledger.applied(prepared, notHeld);
    if (log !== "telemetry") {
      this.#cursor = this.#cursor.withResume(done.after);
      this.#keys.save(this.#cursor, savedKeys(done));
    }
    if (done.after.scopes.length > 0 || done.after.interrupted.case === "snapshot") {
      const operations = notation.listed(done.batch.messages.map(notation.textOf));
      this.#say(`commit ${notation.resume(done.after)}, with ${operations}`);
    }
    this.#session.applied(log, done, this.#nowNs, this.#unixNs);
  }

  #refused(line: Input): void {
    const log = line.word(0) as Log;
    const opId = BigInt(line.word(1));
    this.#refusedIds.add(opId);
    const nack = create(NackSchema, { log: wireLog(log), opId, reaction: Nack_Reaction.RETRY });
    this.#session.refused(log, nack, line.setting("applied", 0), this.#nowNs);
  }

  #nackReply(line: Input): void {
    const [lane = "", opId = "", outcome = "", why] = line.words;
    this.#control(
      "nackReply",
      create(NackReplySchema, {
        log: wireLog(lane as Log),
        opId: BigInt(opId),
        outcome: NackReply_Outcome[outcome as keyof typeof NackReply_Outcome],
        ...(why !== undefined && { status: status(why, {}, line.setting("retryMs", 0)) }),
      }),
    );
  }

  #timer(line: Input): void {
    const kind = line.word(0).toLowerCase() as TimerKind;
    const lane = line.words[1] as Log | undefined;
    this.#session.timer(lane === undefined ? { kind } : { kind, lane }, this.#nowNs);
  }

  #control(name: Exclude<ControlResponse["frame"]["case"], undefined>, value: object): void {
    const frame = create(ControlResponseSchema, { frame: { case: name, value } as ControlResponse["frame"] });
    this.#session.controlFrame(frame, this.#nowNs, this.#unixNs);
  }

  #frame(name: Exclude<DataResponse["frame"]["case"], undefined>, value: object): void {
    this.#laneFrame("main", name, value);
  }

  #laneFrame(log: Log, name: Exclude<DataResponse["frame"]["case"], undefined>, value: object): void {
    const frame = create(DataResponseSchema, { frame: { case: name, value } as DataResponse["frame"] });
    this.#session.laneFrame(log, frame, this.#nowNs);
  }

  get #unixNs(): bigint {
    return UNIX_NS + BigInt(this.#nowNs);
  }

  #read(scopes: readonly Scope[]): Map<string, ReadState> {
    if (this.#stateIntervalNs === undefined) {
      return new Map();
    }
    const unread: ReadState = { kind: "unread", cause: new Error("Expected to be readable") };
    return new Map(
      scopes.map(({ id }) => {
        const values = [...(this.#user.get(id) ?? [])];
        const digests = new Map(values.map(([key, payload]) => [key, digestOf(valueDigest(payload))]));
        return [id, this.#readable ? { kind: "read", values: digests } : unread];
      }),
    );
  }

  #hold(operation: Operation): void {
    const id = scopeId(operation);
    const ofScope = this.#user.get(id) ?? new Map<string, Payload>();
    this.#user.set(id, ofScope);
    if (operation.tombstone) {
      ofScope.delete(operation.key);
    } else if (operation.payload !== undefined) {
      ofScope.set(operation.key, operation.payload);
    }
  }

  #say(what: string): void {
    this.#outputs.push(what);
  }

  // What the session wants done.

  openControl(hello: Hello): void {
    this.#say(`open control, resume ${notation.listed(hello.resume.map(notation.resume))}`);
  }

  openLane(_sessionId: string, log: Log): void {
    this.#say(`open lane ${log}`);
  }

  endStreams(gently: boolean): void {
    this.#say(gently ? "end streams gently" : "end streams");
  }

  sendHeartbeat(known: Heartbeat): void {
    let clock = "";
    if (known.clockOffsetNano !== undefined) {
      const aheadMs = floorMs(known.clockOffsetNano);
      clock = `, coordinator ahead by ${aheadMs} ms +- ${floorMs(known.clockUncertaintyNano ?? 0n)} ms`;
    }
    const ignored = known.ignoredDuplicates > 0n ? `, ignored ${known.ignoredDuplicates}` : "";
    const outOfOrder = known.outOfOrder > 0n ? `, out of order ${known.outOfOrder}` : "";
    this.#say(`heartbeat ${known.number}${clock}${ignored}${outOfOrder}`);
  }

  sendAck(ack: Ack): void {
    const atMs = floorMs(ack.appliedUnixNano);
    this.#say(
      `ack ${notation.place(ack.applied)}` +
        (atMs > 0n ? ` as of ${atMs} ms` : "") +
        (ack.lastRepairId > 0n ? ` with repair ${ack.lastRepairId}` : "") +
        (ack.sums.length > 0 ? `, ${notation.sums(ack.sums)}` : ""),
    );
  }

  sendDigests(_log: Log, report: DigestReport): void {
    this.#say(`answer ${notation.answer(report)}`);
  }

  requestFrame(log: Log): void {
    this.#say(`request from ${log}`);
  }

  deliver(step: LaneStep): void {
    this.#steps.set(step.log, step);
    this.#say(`deliver (${step.fromOpId}, ${notation.place(endOf(step))}] ${described(step)}`);
  }

  deliverAgain(log: Log): void {
    this.#say(`deliver again ${log}`);
  }

  goOn(log: Log): void {
    this.#say(`go on behind it on ${log}`);
  }

  sendNack(nack: Nack): void {
    this.#say(`nack ${nack.opId} of ${logNamed(nack.log)}`);
  }

  startTimer(key: TimerKey, delayNs: number): void {
    const lane = key.lane === undefined ? "" : ` ${key.lane}`;
    this.#say(`timer ${key.kind.toUpperCase()}${lane} in ${Math.floor(delayNs / NS_PER_MS)} ms`);
  }

  deltaBegan(): void {
    // Of no transcript.
  }

  syncEnded(): void {
    // Of no transcript.
  }

  // What it tells.

  connected(): void {
    this.#say("tell connected");
  }

  lost(): void {
    throw new Error("Expected no transcript of lost events");
  }

  parted(applied: Position, fork: Position | undefined): void {
    this.#say(
      `tell parted at ${notation.place(applied)}, fork ${fork === undefined ? "unknown" : notation.place(fork)}`,
    );
  }

  caughtUp(position: Position, received: number, duplicates: number): void {
    this.#say(`tell caught up at ${notation.place(position)}, received ${received}, ignored ${duplicates}`);
  }

  synced(report: SyncReport): void {
    this.#say(
      `tell synced ${notation.place(report.from)}..${notation.place(report.target)} by ` +
        `PLAN_${Plan[report.plan]}${report.exact ? "" : " inexact"}, ` +
        `received ${report.received}, redundant ${report.redundant}` +
        (report.mismatches.length > 0 ? `: ${notation.listed(report.mismatches)}` : ""),
    );
  }

  drifted(repair: RepairReport): void {
    this.#say(`tell drifted: ${describeRepair(repair)}`);
  }

  fellBehind(position: Position, head: Position): void {
    this.#say(`tell fell behind at ${notation.place(position)}, head ${notation.place(head)}`);
  }

  draining(reason: string): void {
    this.#say(`tell draining: ${reason}`);
  }

  disconnected(why: Failure, retryInNs: number): void {
    this.#say(`tell disconnected, again in ${Math.floor(retryInNs / NS_PER_MS)} ms: ${why.describe()}`);
  }

  refused(why: Failure): void {
    this.#say(`tell refused: ${why.describe()}`);
  }

  nackAnswered(reply: NackReply): void {
    this.#say(`tell nack of ${reply.opId} answered: OUTCOME_${NackReply_Outcome[reply.outcome]}`);
  }

  handlerHeld(log: Log, retryInNs: number): void {
    this.#say(`tell held ${log} for ${Math.floor(retryInNs / NS_PER_MS)} ms`);
  }

  telemetryDropped(count: bigint): void {
    this.#say(`tell telemetry dropped ${count}`);
  }

  stateChanged(state: AgentState): void {
    this.#walk(nameOf(this.#state), nameOf(state));
    this.#state = state;
    this.#say(`is ${nameOf(state)}`);
  }
}

function nameOf(state: AgentState): string {
  return state.toUpperCase().replace("-", "_");
}

function described({ content }: LaneStep): string {
  switch (content.kind) {
    case "delivered": {
      const ids = notation.listed(content.operations.map((operation) => operation.opId));
      return content.skipped.length > 0 ? `${ids} skipping${content.partlySeen ? ", partly seen" : ""}` : ids;
    }
    case "paged":
      return `page of ${notation.letterOf(content.page.scope)}`;
    case "queried":
      return `query ${content.query.queryId}`;
    case "compared":
      return "comparison";
    case "repaired":
      return `repair of ${notation.letterOf(content.repair.pages[0]?.scope ?? content.repair.events?.scope)}`;
    case "finished":
      return "end of sync";
  }
}

function nacks(line: Input): bigint {
  return line.settings.has("nacks") ? BigInt(Capability.NACK) : 0n;
}

function page(line: Input): SnapshotPage {
  const [at = "", letter = "", ...operations] = line.words;
  return create(SnapshotPageSchema, {
    position: notation.position(at),
    scope: scopeMessage(notation.scope(letter)),
    afterKey: line.settings.get("after") ?? "",
    throughKey: line.settings.get("through") ?? "",
    operations: operations.map(notation.operation),
  });
}

function plain(position: Position): Omit<Position, "$typeName" | "$unknown"> {
  const { $typeName: _, $unknown: __, ...fields } = position;
  return fields;
}

/** Down, also below 0. */
function floorMs(ns: bigint): bigint {
  const perMs = BigInt(NS_PER_MS);
  return ns >= 0n ? ns / perMs : -((-ns + perMs - 1n) / perMs);
}
