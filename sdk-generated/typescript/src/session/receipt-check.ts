// Comparing what is held with the sums of a receipt.
import type { ScopeSums } from "../../gen/swarmlog/v1/operation_pb.js";
import { ZERO } from "./digests.js";
import type { StepDraft } from "./lane-step.js";
import type { ScopeLedger } from "./scope-ledger.js";

/**
 * Compares what a scope's ledger holds with the sums of a receipt; none are those of nothing. Events cannot be fetched
 * again: whatever was counted, the coordinator's sums go on.
 */
export function checkReceipt(ledger: ScopeLedger, expected: ScopeSums | undefined, draft: StepDraft): void {
  const ours = ledger.sums();
  const state = hex(orZero(expected?.stateDigest));
  const ourState = hex(ours.stateDigest);
  if (ledger.keysKnown && state !== ourState) {
    draft.stateDiffers = true;
    draft.mismatches.push(
      `${ledger.scope.toString()}: Expected the keyed state to have the digest ${state}, but it has ${ourState}`,
    );
  }
  const count = expected?.eventCount ?? 0n;
  const eventHash = orZero(expected?.eventHash);
  const ourHash = hex(ours.eventHash);
  if (ledger.eventsKnown && (ours.eventCount !== count || ourHash !== hex(eventHash))) {
    draft.mismatches.push(
      `${ledger.scope.toString()}: Expected ${count} events with the hash ${hex(eventHash)}, ` +
        `but there were ${ours.eventCount} with ${ourHash}`,
    );
  }
  ledger.takeEvents(count, eventHash);
}

function orZero(digest: Uint8Array | undefined): Uint8Array {
  return digest === undefined || digest.length === 0 ? ZERO : digest;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
