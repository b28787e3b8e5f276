// The cursor as it was last committed.
import type { AgentCursor, CursorStore, EffectStore } from "./cursor.js";
import { CursorStoreError } from "./cursor.js";
import type { Batch } from "./session/batch.js";
import { isKeyed } from "./session/deliveries.js";
import { savedKeys, type PreparedStep } from "./session/lane-step.js";
import { isRedelivery } from "./session/redelivery.js";
import { underWay } from "./session/resume-point.js";

/**
 * The cursor as it was last committed, and the only way to move it. Handlers of all lanes come here; they take turns, so that
 * each commit holds the positions of all lanes.
 */
export class CommittedCursor {
  #cursor: AgentCursor;
  // Ends when the commit does that was asked for last. Never rejects.
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(loaded: AgentCursor) {
    this.#cursor = loaded;
  }

  get cursor(): AgentCursor {
    return this.#cursor;
  }

  /**
   * Notes that keyed operations of a step are about to take effect, where effects and cursor are two commits. Without that, an
   * agent that crashed between the two would resume as one that holds the old values; and a key that has its old value again by
   * then would be left out of the delta, while the user holds the one in between. Or as one that holds a scope whole, of which
   * the user has dropped half.
   */
  async announce(step: PreparedStep, store: CursorStore): Promise<void> {
    if (!needsAnnouncement(step)) {
      return;
    }
    await this.#inTurn(async () => {
      const { batch } = step;
      const noted = this.#cursor.withResume(underWay(this.#cursor.resume(batch.log), step.after));
      await store.save(
        noted,
        batch.changedKeys.map((key) => key.unknown()),
      );
      this.#cursor = noted;
    });
  }

  /** Commits a step after its effects. */
  async commit(step: PreparedStep, store: CursorStore): Promise<void> {
    if (step.batch.log === "telemetry") {
      return;
    }
    await this.#inTurn(async () => {
      const after = this.#after(step);
      if (this.#changes(step, after)) {
        await store.save(after, savedKeys(step));
        this.#cursor = after;
      }
    });
  }

  /** Commits a step together with its effects; `batch` is the step's, or what is left of it. */
  async commitWithEffects(step: PreparedStep, batch: Batch, effects: EffectStore): Promise<void> {
    await this.#inTurn(async () => {
      const after = this.#after(step);
      if (batch.messages.length > 0 || this.#changes(step, after)) {
        await effects.apply(batch, after);
        this.#cursor = after;
      }
    });
  }

  /** Waits for a commit under way; none begins any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #inTurn(commit: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#closed) {
        throw new CursorStoreError(
          "Expected the agent to be open, but it was closed before its handler returned: the operations will come again.",
        );
      }
      await commit();
    });
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  /** The end of a sync of which nothing was missing changes nothing. */
  #changes(step: PreparedStep, after: AgentCursor): boolean {
    return savedKeys(step).length > 0 || step.batch.replaced.length > 0 || !after.equals(this.#cursor);
  }

  #after(step: PreparedStep): AgentCursor {
    if (step.batch.log === "telemetry") {
      return this.#cursor;
    }
    let term = 0n;
    for (const message of step.batch.messages) {
      term = message.term > term ? message.term : term;
    }
    return this.#cursor.withResume(step.after, term);
  }
}

/** Whether keyed operations of the step are about to take effect. */
export function needsAnnouncement({ batch }: PreparedStep): boolean {
  return (
    batch.log !== "telemetry" &&
    (batch.replaced.length > 0 || batch.messages.some((message) => isKeyed(message) && !isRedelivery(message)))
  );
}
