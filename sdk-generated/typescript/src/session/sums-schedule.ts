// When a lane reports its sums.
import { session } from "../../gen/swarmlog/v1/constants.js";

/**
 * When a lane reports its sums with an ack.
 *
 * At most once per interval of the coordinator, after something was applied, and right after each repair. Where the user's
 * own state is compared, each report is of that: at most once per interval of the user's, also of an idle agent, since
 * state can rot while nothing happens. The lane starts the timer.
 */
export class SumsSchedule {
  readonly #stateIntervalNs: number | undefined;
  #accepted = false;
  // 0: only after repairs.
  #intervalNs = 0;
  // These outlive streams: the coordinator remembers when it looked, too.
  #elapsed = true;
  #reportedBefore = false;
  #unreported = true;
  #repaired = false;

  /** @param stateIntervalNs undefined: the key index is what is reported */
  constructor(stateIntervalNs: number | undefined) {
    this.#stateIntervalNs = stateIntervalNs;
  }

  /** Takes over what the coordinator of the session wants. */
  expect(drift: boolean, driftIntervalNs: number): void {
    this.#accepted = drift;
    this.#intervalNs = drift ? driftIntervalNs : 0;
  }

  /** Whether queries and repairs come. */
  get accepted(): boolean {
    return this.#accepted;
  }

  /** Whether the coordinator looks at sums by itself, and mends what differs. */
  get heals(): boolean {
    return this.#intervalNs > 0;
  }

  /** Whether the user's own state is what is reported. */
  get comparesState(): boolean {
    return this.#stateIntervalNs !== undefined;
  }

  /** Nothing was reported on this stream. */
  attach(): void {
    this.#unreported = true;
    this.#repaired = false;
  }

  /** Something was applied. */
  applied(): void {
    this.#unreported = true;
  }

  /** A repair was applied. */
  repaired(): void {
    this.#repaired = true;
  }

  /** The interval is over. */
  elapsed(): void {
    this.#elapsed = true;
  }

  /** Whether it is time to report. */
  get isDue(): boolean {
    return this.#repaired || (this.heals && this.#elapsed && (this.#unreported || this.comparesState));
  }

  /**
   * The sums are on their way; answers after how many nanoseconds to look again, 0 if never.
   *
   * The first ones may come too soon for a coordinator that looked at those of an agent that ran before: they are repeated.
   */
  reported(): number {
    this.#unreported = !this.#reportedBefore;
    this.#reportedBefore = true;
    this.#repaired = false;
    this.#elapsed = !this.heals;
    if (!this.heals) {
      return 0;
    }
    const atLeastNs = Math.max(this.#intervalNs, this.#stateIntervalNs ?? 0);
    // The coordinator counts from when it got the last sums, and the way there may have been quicker.
    return atLeastNs + Math.floor(atLeastNs / session.sumsSlackDivisor);
  }
}
