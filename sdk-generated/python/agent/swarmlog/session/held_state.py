"""What is held of a scope, by the index and by the user."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from swarmlog.session import digests
from swarmlog.session.held_key import HeldKey
from swarmlog.session.lane_step import StepDraft
from swarmlog.session.scope_ledger import ScopeLedger
from swarmlog.session.scopes import Scope
from swarmlog.v1 import operation_pb2

StateSource = Callable[[Scope], Iterable[tuple[str, operation_pb2.Payload]]]
"""Says what a user's own state holds of a scope: every key, in any order, with its payload."""


def maybe_held(ledger: ScopeLedger, after_key: str, through_key: str) -> Collection[str]:
    """What is held by the index, or by the user who could not apply the deletion; ascending."""
    held = ledger.within(after_key, through_key)
    if not ledger.lacking:
        return held
    return sorted({*held, *ledger.lacking.within(after_key, through_key)})


def take_over(source: StateSource, ledger: ScopeLedger, draft: StepDraft) -> None:
    """Take over into the key index what the user's own state holds.

    From then on sums, digests and deletions are of what is there, and what differs from the log
    shows. Reads a scope, all of it or, if the source raises, nothing; leaves out keys whose
    operation was refused. Takes a pass over its keys, a SHA-256 of each value, and about 100 bytes
    per key until it is done.
    """
    there: set[str] = set()
    differing: dict[str, bytes] = {}
    for key, payload in source(ledger.scope):
        value = digests.value_digest(payload)
        there.add(key)
        if ledger.holds(key, value) or key in ledger.lacking:
            differing.pop(key, None)
        else:
            differing[key] = value
    for key in ledger.within("", ""):
        if key not in there and key not in ledger.lacking:
            ledger.remove(key)
            draft.changed.append(HeldKey(ledger.scope, key, b""))
    for key, value in sorted(differing.items()):
        ledger.put(key, value)
        draft.changed.append(HeldKey(ledger.scope, key, value))
