"""How the transcripts of agents write things.

Scopes are letters, A (for all) before B before C, all of `main`. Operations are "5" (nothing but
an ID), "5:A" (an event), "5:A:x:a" (key x has the value a), "5:A:x:-" (key x is deleted). Positions
are "main@7", of another epoch than 1 "main@7/2".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from naive_fold import ScopeOf, read_scope, scope_of, target_of, value_digest
from swarmlog.names import Log
from swarmlog.v1 import drift_pb2, operation_pb2, position_pb2, resume_pb2

EVENT = operation_pb2.OPERATION_CLASS_EVENT
KEYED = operation_pb2.OPERATION_CLASS_KEYED


def scope(letter: str) -> ScopeOf:
    all_agents = letter == "A"
    return operation_pb2.TOPIC_COMMANDS, 1 if all_agents else 2, "" if all_agents else letter


def scopes(letters: str) -> list[ScopeOf]:
    return [scope(letter) for letter in letters.split(",") if letter]


def letter_of(message: operation_pb2.Scope) -> str:
    return read_scope(message)[2] or "A"


def payload(value: str) -> operation_pb2.Payload:
    return operation_pb2.Payload(data=value.encode())


def operation(text: str) -> operation_pb2.Operation:
    op_id, *rest = text.split(":")
    if not rest:
        return operation_pb2.Operation(op_id=int(op_id))
    made = event(int(op_id), scope(rest[0]))
    if len(rest) == 1:
        return made
    return keyed(made, rest[1], None if rest[2] == "-" else rest[2])


def event(op_id: int, of: ScopeOf) -> operation_pb2.Operation:
    return operation_pb2.Operation(
        op_id=op_id,
        group_first=op_id,
        group_last=op_id,
        topic=operation_pb2.TOPIC_COMMANDS,
        target=target_of(of),
        operation_class=EVENT,
        value_digest=value_digest(payload(f"event {op_id}")),
    )


def keyed(made: operation_pb2.Operation, key: str, value: str | None) -> operation_pb2.Operation:
    """Make it one on a key; no value deletes it."""
    made.operation_class = KEYED
    made.key = key
    made.tombstone = value is None
    made.ClearField("value_digest")
    if value is not None:
        made.payload.CopyFrom(payload(value))
        made.value_digest = value_digest(made.payload)
    return made


def text_of(of: operation_pb2.Operation) -> str:
    if of.operation_class == KEYED:
        value = "-" if of.tombstone else of.payload.data.decode()
        return f"{of.op_id}:{scope_of(of)[2] or 'A'}:{of.key}:{value}"
    if of.operation_class == EVENT:
        return f"{of.op_id}:{scope_of(of)[2] or 'A'}"
    return str(of.op_id)


def listed(words: Iterable[object]) -> str:
    """As Java writes a list."""
    return f"[{', '.join(map(str, words))}]"


def log(name: str) -> Log:
    return Log[name.upper()]


def position(text: str) -> position_pb2.Position:
    name, op_id, *epoch = re.split("[@/]", text)
    return position_pb2.Position(
        log=log(name).wire,
        incarnation=1,
        op_id=int(op_id),
        epoch=int(epoch[0]) if epoch else 1,
    )


def place(at: position_pb2.Position) -> str:
    epoch = "" if at.epoch <= 1 else f"/{at.epoch}"
    return f"{Log(at.log).label}@{at.op_id}{epoch}"


def resume(of: resume_pb2.LogResume) -> str:
    """Position, and behind it whatever else there is."""
    parts = [place(of.position)]
    if of.HasField("triple"):
        triple = of.triple
        inexact = "" if triple.exact else " inexact"
        parts.append(
            f"in delta {triple.base_op_id}..{triple.cursor_op_id}..{triple.target_op_id}{inexact}"
        )
    if of.HasField("snapshot"):
        snapshot = of.snapshot
        behind = (
            f" behind {letter_of(snapshot.scope)} '{snapshot.last_key}'"
            if snapshot.HasField("scope")
            else ""
        )
        parts.append(f"in snapshot of {place(snapshot.position)}{behind}")
    if of.scopes:
        parts.append("holds " + ",".join(map(letter_of, of.scopes)))
    if of.sums:
        parts.append(sums(of.sums))
    return ", ".join(parts)


def sums(of: Iterable[operation_pb2.ScopeSums]) -> str:
    return "sums " + " ".join(
        f"{letter_of(each.scope)}:{short(each.state_digest)}:"
        f"{each.event_count if each.event_hash else '?'}"
        for each in of
    )


def answer(of: drift_pb2.DigestReport) -> str:
    """The query, and each part with the key it ends with, its keys, its digest."""
    parts = [f"..'{part.through_key}' {part.key_count} {short(part.digest)}" for part in of.parts]
    return f"query {of.query_id} at {place(of.position)}: {', '.join(parts)}"


def short(digest: bytes) -> str:
    return digest[:2].hex() if digest else "?"
