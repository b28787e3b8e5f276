"""The digests that an agent's sums are made of; docs/state-digest.md specifies them.

A digest is 16 bytes. A sum of digests is an int modulo 2**128, and 16 bytes, big-endian, in a
message.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct

from swarmlog.session.scopes import Scope
from swarmlog.v1 import operation_pb2

BYTES = 16
"""Length of digests and of sums in messages."""

MASK = (1 << 128) - 1
"""A sum is kept below 2**128 by it."""

ZERO = bytes(BYTES)
"""The sum of nothing, as it is sent."""

_KIND_ALL = 1
_KIND_AGENT = 2
_KIND_ROLE = 3

_U32 = Struct(">I")
_SCOPE = Struct(">BBI")
_EVENT = Struct(">BQ")


def encode_scope(scope: Scope) -> bytes:
    """`u8 topic | u8 kind | lp(name)`."""
    kind = _KIND_AGENT if scope.agent else _KIND_ROLE if scope.role else _KIND_ALL
    name = (scope.agent or scope.role).encode()
    return _SCOPE.pack(scope.topic, kind, len(name)) + name


def value_digest(payload: operation_pb2.Payload) -> bytes:
    """`H(01 | lp(type) | lp(content_type) | u32 schema_version | lp(data))`."""
    hashed = sha256(b"\x01")
    hashed.update(_prefixed(payload.type.encode()))
    hashed.update(_prefixed(payload.content_type.encode()))
    hashed.update(_U32.pack(payload.schema_version))
    data = payload.data
    hashed.update(_U32.pack(len(data)))
    hashed.update(data)
    return hashed.digest()[:BYTES]


def key_digest(encoded_scope: bytes, key: str, value: bytes) -> bytes:
    """`H(02 | scope | lp(key) | value digest)`."""
    return sha256(b"\x02" + encoded_scope + _prefixed(key.encode()) + value).digest()[:BYTES]


def event_digest(encoded_scope: bytes, op_id: int, value: bytes) -> bytes:
    """`H(03 | u64 op_id | scope | value digest)`."""
    return sha256(_EVENT.pack(3, op_id) + encoded_scope + value).digest()[:BYTES]


def to_bytes(total: int) -> bytes:
    """A sum as it is sent."""
    return (total & MASK).to_bytes(BYTES, "big")


def _prefixed(part: bytes) -> bytes:
    return _U32.pack(len(part)) + part
