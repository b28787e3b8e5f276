"""Cutting the keys that are held into parts, to answer a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swarmlog.session import digests
from swarmlog.v1 import constants, drift_pb2


def cut(
    keys: Sequence[str], key_digests: Iterable[int], query: drift_pb2.DigestQuery
) -> list[drift_pb2.DigestPart]:
    """Cuts what is held in the interval of a query into parts.

    With more keys than parts, each part has about as many, and the last one goes on to the end of
    the interval. With fewer, each part ends with a key and holds nothing else; what is behind the
    last key is a part of no key. That part counts too: where it would be one too many, some parts
    are of two keys, and the next query takes them apart.

    `key_digests` are those of `keys`, in the same order: nothing is hashed.
    """
    end = query.through_key
    count = len(keys)
    # What the contract allows; anything else is taken for the nearest.
    max_parts = max(constants.SESSION_MIN_DIGEST_PARTS, query.max_parts)
    max_parts = min(constants.SESSION_MAX_DIGEST_PARTS, max_parts)
    behind = count <= max_parts and (count == 0 or keys[-1] != end)
    cuts = min(count, max_parts - 1 if behind else max_parts)
    parts: list[drift_pb2.DigestPart] = []
    total = 0
    before = 0
    for seen, digest in enumerate(key_digests, 1):
        total += digest
        if seen == count * (len(parts) + 1) // cuts:
            last = seen == count and not behind
            parts.append(_part(end if last else keys[seen - 1], seen - before, total))
            total = 0
            before = seen
    if behind:
        parts.append(_part(end, 0, total))
    return parts


def unknown(query: drift_pb2.DigestQuery) -> list[drift_pb2.DigestPart]:
    """What is answered where it is not known which keys are held."""
    return [_part(query.through_key, 0, 0)]


def _part(through_key: str, key_count: int, total: int) -> drift_pb2.DigestPart:
    return drift_pb2.DigestPart(
        through_key=through_key, key_count=key_count, digest=digests.to_bytes(total)
    )
