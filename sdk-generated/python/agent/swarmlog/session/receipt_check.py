"""Comparing what is held with the sums of a receipt."""

from __future__ import annotations

from swarmlog.session.digests import ZERO
from swarmlog.session.lane_step import StepDraft
from swarmlog.session.scope_ledger import ScopeLedger
from swarmlog.v1 import operation_pb2


def check(ledger: ScopeLedger, expected: operation_pb2.ScopeSums, draft: StepDraft) -> None:
    """Compare what a scope's ledger holds with the sums of a receipt.

    Events cannot be fetched again: whatever was counted, the coordinator's sums go on.
    """
    ours = ledger.sums()
    state_digest = expected.state_digest or ZERO
    if ledger.keys_known and state_digest != ours.state_digest:
        draft.state_differs = True
        draft.mismatches.append(
            f"{ledger.scope}: Expected the keyed state to have the digest {state_digest.hex()}, "
            f"but it has {ours.state_digest.hex()}"
        )
    event_hash = expected.event_hash or ZERO
    counted = (ours.event_count, ours.event_hash)
    if ledger.events_known and counted != (expected.event_count, event_hash):
        draft.mismatches.append(
            f"{ledger.scope}: Expected {expected.event_count} events with the hash "
            f"{event_hash.hex()}, but there were {ours.event_count} with {ours.event_hash.hex()}"
        )
    ledger.take_events(expected.event_count, event_hash)
