import { create, equals, fromBinary, toBinary } from "@bufbuild/protobuf";

import type { Position } from "../gen/swarmlog/v1/position_pb.js";
import { LogResumeSchema, type LogResume } from "../gen/swarmlog/v1/resume_pb.js";
import { HelloSchema, type Hello } from "../gen/swarmlog/v1/session_pb.js";
import { requireMethods } from "./arguments.js";
import { logNamed, type Log } from "./names.js";
import type { Batch } from "./session/batch.js";
import type { HeldKey } from "./session/held-key.js";

/** A cursor cannot be read or written; the message says what to do. */
export class CursorStoreError extends Error {
  override readonly name = "CursorStoreError";
}

/**
 * Where an agent stands. Immutable.
 *
 * Of each log the last position durably applied, what was interrupted there, the scopes it holds and their sums; and the
 * highest term it has seen. Stores keep it opaque, by `toBytes`. It names its swarm and agent, so that a cursor cannot be
 * taken for another agent's.
 */
export class AgentCursor {
  /** That of an agent that has applied nothing. */
  static readonly empty = new AgentCursor();

  readonly #resumes: ReadonlyMap<Log, LogResume>;
  /** The highest term seen; 0 if none. */
  readonly highestTerm: bigint;
  readonly #swarm: string;
  readonly #agent: string;

  private constructor(resumes: ReadonlyMap<Log, LogResume> = new Map(), highestTerm = 0n, swarm = "", agent = "") {
    this.#resumes = resumes;
    this.highestTerm = highestTerm;
    this.#swarm = swarm;
    this.#agent = agent;
  }

  /** Reads what `toBytes` wrote. CursorStoreError if it is not a cursor. */
  static fromBytes(stored: Uint8Array): AgentCursor {
    const form = parse(stored);
    const resumes = new Map<Log, LogResume>();
    for (const resume of form.resume) {
      resumes.set(logNamed(resume.position?.log ?? 0), resume);
    }
    return new AgentCursor(resumes, form.highestTerm, form.swarm, form.agent);
  }

  /** The stored form; any version of the SDK from this one on reads it. */
  toBytes(): Uint8Array {
    // The part of Hello that it becomes. So what is stored is what is presented.
    const form = create(HelloSchema, {
      swarm: this.#swarm,
      agent: this.#agent,
      highestTerm: this.highestTerm,
    });
    form.resume.push(...this.#resumes.values());
    return toBinary(HelloSchema, form);
  }

  /** Position in the log; undefined if nothing of it was applied. */
  position(log: Log): Position | undefined {
    return this.#resumes.get(log)?.position;
  }

  /** All there is of the log, not to be changed; undefined if nothing. */
  resume(log: Log): LogResume | undefined {
    return this.#resumes.get(log);
  }

  /** The same cursor with another position in the position's log, and of that log nothing else: no sums, nothing interrupted. */
  withPosition(position: Position): AgentCursor {
    return this.withResume(create(LogResumeSchema, { position }));
  }

  /** The same cursor with another resume state of a log, and a term at least this high. */
  withResume(resume: LogResume, term = 0n): AgentCursor {
    const resumes = new Map(this.#resumes).set(logNamed(resume.position?.log ?? 0), resume);
    const highest = term > this.highestTerm ? term : this.highestTerm;
    return new AgentCursor(resumes, highest, this.#swarm, this.#agent);
  }

  /** The same cursor under a name. CursorStoreError if it is another agent's or swarm's. */
  ownedBy(swarm: string, agent: string): AgentCursor {
    const named = this.#swarm !== "" || this.#agent !== "";
    if (named && (this.#swarm !== swarm || this.#agent !== agent)) {
      throw new CursorStoreError(
        `Expected the cursor of agent '${agent}' in swarm '${swarm}', but the store holds that of agent ` +
          `'${this.#agent}' in swarm '${this.#swarm}': give each agent a store of its own.`,
      );
    }
    return new AgentCursor(this.#resumes, this.highestTerm, swarm, agent);
  }

  equals(other: AgentCursor): boolean {
    return (
      this.highestTerm === other.highestTerm &&
      this.#swarm === other.#swarm &&
      this.#agent === other.#agent &&
      this.#resumes.size === other.#resumes.size &&
      [...this.#resumes].every(([log, resume]) => {
        const others = other.#resumes.get(log);
        return others !== undefined && equals(LogResumeSchema, resume, others);
      })
    );
  }

  toString(): string {
    const stands = [...this.#resumes].map(([log, resume]) => `${log}=${String(resume.position?.opId ?? 0n)}`);
    return [...stands, `term=${String(this.highestTerm)}`].join(" ");
  }
}

/**
 * Keeps an agent's cursor and its key index: which keys it holds, the digest of each value.
 *
 * Called one call at a time. `save` is done when the cursor is as durable as the store makes it, and only then the agent
 * acknowledges. A method may answer with a promise or, if it does not block, at once.
 *
 * Effects and cursor are two steps here: after a crash between them the handler sees the last batch again. A store that
 * commits both in one step is an `EffectStore`.
 */
export interface CursorStore {
  /**
   * The cursor saved last, or an empty one. Called once, before the agent connects. CursorStoreError if there is one that
   * cannot be read.
   */
  load(): AgentCursor | Promise<AgentCursor>;

  /** The keys held with that cursor, in any order. Called once, after `load`. */
  heldKeys(): Iterable<HeldKey> | Promise<Iterable<HeldKey>>;

  /**
   * Makes the cursor the one to load, and changes the held keys, both or neither. `changed` in order: the last one of a key
   * counts, and one that `isGone` is no longer held. CursorStoreError if that failed; the agent stops then.
   */
  save(cursor: AgentCursor, changed: readonly HeldKey[]): void | Promise<void>;

  /** Releases what the store holds. The agent closes the store it was given. */
  close(): void | Promise<void>;
}

/**
 * A user's own store that commits an agent's effects and its cursor in one step, so that no crash can part them: each
 * operation takes effect exactly once. Takes the place of handlers and `CursorStore`. One call at a time, whatever the lane.
 */
export interface EffectStore {
  /** The cursor committed last, or an empty one. Called once, before the agent connects. */
  load(): AgentCursor | Promise<AgentCursor>;

  /**
   * The agent's key index as it was committed with the cursor, if the store keeps it: of each key the last of
   * `Batch.changedKeys` that is not `isGone`. Called once, after `load`. With it the agent checks its keyed state, and names
   * what a snapshot deletes.
   *
   * Undefined: the store keeps none. Then events are checked only, and where keyed state is replaced the batch says so by
   * `Batch.replaced`.
   */
  heldKeys(): Iterable<HeldKey> | undefined | Promise<Iterable<HeldKey> | undefined>;

  /**
   * Commits the effects of the batch and the cursor, both or neither, durably; the agent acknowledges when it is done. So too
   * `Batch.changedKeys`, if the store keeps them. The batch may be without operations: then only the cursor moves. Telemetry
   * moves no cursor. What it throws says that neither was committed; the failure policy decides what happens next.
   */
  apply(batch: Batch, after: AgentCursor): void | Promise<void>;

  /** Releases what the store holds. The agent closes the store it was given. */
  close(): void | Promise<void>;
}

/** TypeError unless it is one. */
export function requireCursorStore(given: unknown): void {
  const methods = ["load", "heldKeys", "save", "close"];
  requireMethods("a cursor store", given, methods, "give new FileCursorStore(directory)");
}

/** TypeError unless it is an effect store. */
export function requireEffects(given: unknown): void {
  const methods = ["load", "heldKeys", "apply", "close"];
  requireMethods("an effect store", given, methods, "give an object that implements EffectStore");
}

function parse(stored: Uint8Array): Hello {
  try {
    return fromBinary(HelloSchema, stored);
  } catch (cause) {
    throw new CursorStoreError(
      "Expected the bytes of a cursor, but they do not parse: restore them, or start the agent with a fresh cursor.",
      { cause },
    );
  }
}
