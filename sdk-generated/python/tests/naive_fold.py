"""The state and the sums of a log, as docs/state-digest.md says it.

Sums are made from all that is there each time. Shares no code with the SDK.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from swarmlog.v1 import operation_pb2

# Topic, kind (1: for all, 2: for an agent, 3: for a role), name.
ScopeOf = tuple[int, int, str]


def scope_of(operation: operation_pb2.Operation) -> ScopeOf:
    return read_scope(operation_pb2.Scope(topic=operation.topic, target=operation.target))


def read_scope(message: operation_pb2.Scope) -> ScopeOf:
    target = message.target
    kind = {"agent": 2, "role": 3}.get(target.WhichOneof("target") or "", 1)
    return message.topic, kind, target.agent + target.role


def target_of(scope: ScopeOf) -> operation_pb2.Target:
    _, kind, name = scope
    if kind == 1:
        return operation_pb2.Target(all=operation_pb2.AllAgents())
    return operation_pb2.Target(agent=name) if kind == 2 else operation_pb2.Target(role=name)


def scope_message(scope: ScopeOf) -> operation_pb2.Scope:
    return operation_pb2.Scope(
        topic=scope[0],  # type: ignore[arg-type]
        target=target_of(scope),
    )


def h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()[:16]


def u(size: int, number: int) -> bytes:
    return number.to_bytes(size, "big")


def lp(part: bytes) -> bytes:
    return u(4, len(part)) + part


def encoded(scope: ScopeOf) -> bytes:
    topic, kind, name = scope
    return u(1, topic) + u(1, kind) + lp(name.encode())


def value_digest(payload: operation_pb2.Payload) -> bytes:
    return h(
        b"\x01",
        lp(payload.type.encode()),
        lp(payload.content_type.encode()),
        u(4, payload.schema_version),
        lp(payload.data),
    )


class NaiveFold:
    def __init__(self, operations: Iterable[operation_pb2.Operation] = ()) -> None:
        self.values: dict[ScopeOf, dict[str, bytes]] = {}
        self.events: dict[ScopeOf, list[bytes]] = {}
        for operation in operations:
            self.apply(operation)

    def apply(self, operation: operation_pb2.Operation) -> None:
        scope = scope_of(operation)
        of_scope = self.values.setdefault(scope, {})
        if operation.operation_class == operation_pb2.OPERATION_CLASS_EVENT:
            digest = h(b"\x03", u(8, operation.op_id), encoded(scope), operation.value_digest)
            self.events.setdefault(scope, []).append(digest)
        elif operation.tombstone:
            of_scope.pop(operation.key, None)
        else:
            of_scope[operation.key] = operation.value_digest

    def sums(self, scope: ScopeOf) -> operation_pb2.ScopeSums:
        keys = [
            h(b"\x02", encoded(scope), lp(key.encode()), value)
            for key, value in self.values.get(scope, {}).items()
        ]
        events = self.events.get(scope, [])
        return operation_pb2.ScopeSums(
            scope=scope_message(scope),
            state_digest=total(keys),
            event_count=len(events),
            event_hash=total(events),
        )


def total(digests: Iterable[bytes]) -> bytes:
    return u(16, sum(int.from_bytes(digest, "big") for digest in digests) % 2**128)
