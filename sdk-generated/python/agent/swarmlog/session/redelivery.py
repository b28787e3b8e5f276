"""Operations that an agent is given again."""

from __future__ import annotations

from typing import NamedTuple

from swarmlog.v1 import operation_pb2


class Redelivery(NamedTuple):
    """Says of an operation that the agent is given it again.

    That is because a handler could not apply it before, or because a person has replayed it from
    where it was parked. It has an operation ID of its own, which lies above everything applied
    before it, and is for this agent alone. Otherwise handlers get it as they got the first one:
    class, target, key, deletion and payload are those. Later operations may have been applied
    since, but none on the same key: the coordinator gives a key that was written again no more.
    """

    first_op_id: int
    """Of the operation as it came first, in the same log."""

    tried_before: int
    """How often it has been tried before this time."""


def redelivery_of(operation: operation_pb2.Operation) -> Redelivery | None:
    """None for an operation that comes for the first time."""
    if not is_redelivery(operation):
        return None
    return Redelivery(operation.origin.op_id, tried_before(operation))


def is_redelivery(operation: operation_pb2.Operation) -> bool:
    """Whether the operation has come before, under another operation ID."""
    return (
        operation.HasField("origin")
        and operation.origin.operation_class != operation_pb2.OPERATION_CLASS_UNSPECIFIED
    )


def tried_before(operation: operation_pb2.Operation) -> int:
    """How often it was tried before; 0 for an operation that comes for the first time."""
    return operation.origin.attempt


def restored(operation: operation_pb2.Operation) -> operation_pb2.Operation:
    """In the log it is an event for one agent; here it becomes what the first one was."""
    first = operation.origin
    again = operation_pb2.Operation()
    again.CopyFrom(operation)
    again.operation_class = first.operation_class
    again.target.CopyFrom(first.target)
    again.key = first.key
    again.tombstone = first.tombstone
    if first.tombstone:
        again.value_digest = b""
    return again
