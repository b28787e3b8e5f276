"""The bytes of a cursor file.

All integers are big-endian:

    file    magic 'S' 'W' 'L' 'P' | version u32 = 1 | record ...
    record  length u32 | CRC-32 u32 over length and payload | payload
    payload cursor length u32, or ff ff ff ff for none | cursor | key ...
    key     scope length u32, 0 for the scope of the key before | Scope
            | key length u32 | key, UTF-8 | digest length u8, 0 if the key is gone | digest

Read from the beginning, the last whole cursor counts, and the changes of keys up to it. Records are
appended one after the other, each flushed before the next, so only the last one can be torn: a bad
record with a whole one behind it is damage.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct
from struct import error as StructError  # noqa: N812 - it is an exception

from google.protobuf.message import DecodeError

from swarmlog.cursor import AgentCursor, CursorStoreError, all_keys, change_keys
from swarmlog.session.held_key import HeldKey
from swarmlog.session.scopes import Scope
from swarmlog.v1 import operation_pb2

_MAGIC = 0x53574C50
_VERSION = 1
_NO_CURSOR = 0xFFFFFFFF
# A rewrite puts keys into records of about this size, so that nothing is as large as the file.
_REWRITE_RECORD_BYTES = 64 << 10
_U32 = Struct(">I")
_TWO_U32 = Struct(">II")
HEADER = _TWO_U32.pack(_MAGIC, _VERSION)


@dataclass
class Contents:
    """What a file holds."""

    cursor: AgentCursor = field(default_factory=AgentCursor)
    keys: dict[Scope, dict[str, bytes]] = field(default_factory=dict)
    """Value digests by scope and key."""


def record(cursor: AgentCursor | None, changed: Iterable[HeldKey]) -> bytes:
    """A record of a cursor and what changed with it."""
    stored = None if cursor is None else cursor.to_bytes()
    parts = [_U32.pack(_NO_CURSOR if stored is None else len(stored)), stored or b""]
    before: Scope | None = None
    for scope, key, value_digest in changed:
        encoded = b"" if scope == before else scope.to_message().SerializeToString()
        before = scope
        utf8 = key.encode()
        parts += [_U32.pack(len(encoded)), encoded, _U32.pack(len(utf8)), utf8]
        parts += [bytes([len(value_digest)]), value_digest]
    payload = b"".join(parts)
    length = _U32.pack(len(payload))
    return length + _U32.pack(zlib.crc32(payload, zlib.crc32(length))) + payload


def rewritten(contents: Contents) -> Iterator[bytes]:
    """A whole file, part by part."""
    yield HEADER
    keys: list[HeldKey] = []
    size = 0
    for key in all_keys(contents.keys):
        keys.append(key)
        size += len(key.key) + len(key.value_digest)
        if size >= _REWRITE_RECORD_BYTES:
            yield record(None, keys)
            keys, size = [], 0
    yield record(contents.cursor, keys)


def read(file: bytes, name: str) -> Contents:
    """Read a whole file; a torn record at its end is ignored.

    CursorStoreError if it is of another kind, of a newer version, or damaged.
    """
    if len(file) < len(HEADER):
        raise _damaged(name, "it is shorter than its header")
    magic, version = _TWO_U32.unpack_from(file)
    if magic != _MAGIC:
        raise CursorStoreError(
            f"Expected a cursor file at {name}, but it is something else: give the cursor store a "
            "directory of its own"
        )
    if version != _VERSION:
        raise CursorStoreError(
            f"Expected a cursor file of version {_VERSION} at {name}, but it has version "
            f"{version}: use the SDK that wrote it, or a newer one"
        )
    contents = Contents()
    last: AgentCursor | None = None
    at = len(HEADER)
    while at < len(file):
        payload = _payload_at(file, at)
        if payload is None:
            if any(_payload_at(file, behind) for behind in range(at + 1, len(file))):
                raise _damaged(name, "a record does not match its checksum")
            break
        last = _take(payload, contents, name) or last
        at += _TWO_U32.size + len(payload)
    if last is None and len(file) > len(HEADER):
        raise _damaged(name, "no cursor in it is whole")
    contents.cursor = last or AgentCursor()
    return contents


def _payload_at(file: bytes, at: int) -> bytes | None:
    """None if there is no whole record."""
    if len(file) - at < _TWO_U32.size:
        return None
    length, checksum = _TWO_U32.unpack_from(file, at)
    start = at + _TWO_U32.size
    # A payload has the length of its cursor at least.
    if not _U32.size <= length <= len(file) - start:
        return None
    (cursor_length,) = _U32.unpack_from(file, start)
    if cursor_length > length - _U32.size and cursor_length != _NO_CURSOR:
        # Seen at once, where a whole record is looked for at every byte.
        return None
    payload = file[start : start + length]
    return payload if zlib.crc32(payload, zlib.crc32(_U32.pack(length))) == checksum else None


def _take(payload: bytes, contents: Contents, name: str) -> AgentCursor | None:
    """Take a record over; answers its cursor."""
    reader = _Reader(payload)
    try:
        length = reader.u32()
        cursor = None if length == _NO_CURSOR else AgentCursor.from_bytes(reader.take(length))
        scope = Scope(0)
        changed: list[HeldKey] = []
        while reader.has_more:
            encoded = reader.take(reader.u32())
            if encoded:
                scope = Scope.from_message(operation_pb2.Scope.FromString(encoded))
            key = reader.take(reader.u32()).decode()
            changed.append(HeldKey(scope, key, reader.take(reader.take(1)[0])))
    except (StructError, DecodeError, UnicodeDecodeError, IndexError) as e:
        raise _damaged(name, "a record of it does not parse") from e
    change_keys(contents.keys, changed)
    return cursor


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    @property
    def has_more(self) -> bool:
        return self._at < len(self._payload)

    def u32(self) -> int:
        (number,) = _U32.unpack(self.take(_U32.size))
        return int(number)

    def take(self, length: int) -> bytes:
        taken = self._payload[self._at : self._at + length]
        if len(taken) < length:
            raise IndexError(f"Expected {length} more bytes, but there are {len(taken)}")
        self._at += length
        return taken


def _damaged(name: str, how: str) -> CursorStoreError:
    return CursorStoreError(
        f"Expected a whole cursor file at {name}, but {how}: restore the file, or remove it to "
        "start the agent from the beginning of the log"
    )
