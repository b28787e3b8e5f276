/**
 * The numbers of a producer's groups in its epoch: which comes next, which are used up, and where a group that was refused
 * for good left a gap. Pure.
 */
export class GroupNumbers {
  // What Hello says; 0 for a new one.
  #epoch = 0n;
  #next = 1n;
  // All numbers below have been appended in this epoch.
  #appendedBelow = 0n;
  // The highest that was acknowledged in this epoch; 0 for none.
  #acknowledged = 0n;
  // Lowest number freed by a refusal for good that has others behind it; 0 for none.
  #gap = 0n;
  // An attempt of the refused group itself may still be on its way, so its number must not be used again.
  #gapLingers = false;

  /** The producer's epoch; 0 for a new one. */
  get epoch(): bigint {
    return this.#epoch;
  }

  /** Whether a group that was refused for good left its number free. */
  get hasGap(): boolean {
    return this.#gap !== 0n;
  }

  /** Whether an attempt of the group that left the gap may still fill it. */
  get gapLingers(): boolean {
    return this.#gapLingers;
  }

  /**
   * Notes that a stream is open. `expected` is the number the coordinator expects next, `firstUnanswered` the lowest that was
   * sent and not answered, 0 for none. False if the coordinator has lost what it appended in this epoch.
   */
  opened(epoch: bigint, expected: bigint, firstUnanswered: bigint): boolean {
    const resumed = this.#epoch !== 0n;
    this.#epoch = epoch;
    if (resumed && firstUnanswered !== 0n && expected < firstUnanswered) {
      return false;
    }
    if (!resumed || firstUnanswered === 0n) {
      this.#next = expected;
    }
    this.#appendedBelow = expected;
    return true;
  }

  /**
   * How many have been acknowledged in this epoch that are not there any more; they are told once. `expected` is the number the
   * coordinator expects next.
   */
  takeLost(expected: bigint): bigint {
    if (expected > this.#acknowledged) {
      return 0n;
    }
    const lost = this.#acknowledged + 1n - expected;
    this.#acknowledged -= lost;
    return lost;
  }

  /** Takes the next number. */
  take(): bigint {
    const taken = this.#next;
    this.#next += 1n;
    return taken;
  }

  /** Notes that the group of this number is in the log. */
  appended(number: bigint): void {
    if (number > this.#acknowledged) {
      this.#acknowledged = number;
    }
    if (number >= this.#appendedBelow) {
      this.#appendedBelow = number + 1n;
    }
    if (this.#gap !== 0n && number > this.#gap) {
      // The refused number was used up after all, or this could not have been appended.
      this.#forgetGap();
    }
  }

  /** Whether a group of this number is in the log. */
  isUsedUp(number: bigint): boolean {
    return number < this.#appendedBelow;
  }

  /** Notes that a group was refused for good and did not use its number up. `lingers`: another attempt of it may. */
  free(number: bigint, lingers: boolean): void {
    this.#gap = this.#gap === 0n || number < this.#gap ? number : this.#gap;
    this.#gapLingers ||= lingers;
  }

  /** Whether it cannot be appended for the gap; 0 is a number that is yet to be given. */
  isBehindGap(number: bigint): boolean {
    return this.#gap !== 0n && (number === 0n || number > this.#gap);
  }

  /** Goes on at the gap. Only where nothing can fill it that was sent before. */
  goOnAtGap(): void {
    this.#next = this.#gap;
    this.#forgetGap();
  }

  /** Has all earlier attempts fenced by the next Hello. */
  beginEpoch(): void {
    this.#epoch = 0n;
    this.#acknowledged = 0n;
    this.#forgetGap();
  }

  #forgetGap(): void {
    this.#gap = 0n;
    this.#gapLingers = false;
  }
}
