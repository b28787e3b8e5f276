"""What an agent holds under one key."""

from __future__ import annotations

from typing import NamedTuple

from swarmlog.session.digests import BYTES
from swarmlog.session.scopes import Scope

UNKNOWN = b"\x00"
"""Stands for a value; differs from the digest of any."""

_LACKING = b"\x01"


class HeldKey(NamedTuple):
    """What an agent holds under one key of its keyed state.

    All of them together are its key index: the agent needs it to prove that its state is complete,
    to count what it was sent in vain, and to know what a page of a snapshot deletes.

    `value_digest` is that of the value, 16 bytes, as the operation named it; empty: the key is no
    longer held. Followed by one more byte: the user's state lacks that, because the agent refused
    or skipped the operation. One byte alone, if the operation was a deletion; or a handler was
    given an operation on the key, and it is not known whether it took effect.
    """

    scope: Scope
    key: str
    value_digest: bytes

    @property
    def is_gone(self) -> bool:
        """Whether the key was deleted."""
        return not self.value_digest

    @property
    def is_lacking(self) -> bool:
        """Whether the user's state does not have what the log has."""
        return len(self.value_digest) % BYTES == 1 and self.value_digest.endswith(_LACKING)

    def unknown(self) -> HeldKey:
        """The same key with an operation under way."""
        return HeldKey(self.scope, self.key, UNKNOWN)

    def lacking(self) -> HeldKey:
        """The same key, of which the user's state does not have what the log has."""
        return HeldKey(self.scope, self.key, self.value_digest + _LACKING)

    def as_logged(self) -> HeldKey:
        """The same key as the log has it."""
        return HeldKey(self.scope, self.key, self.value_digest[:-1]) if self.is_lacking else self


class KeyInterval(NamedTuple):
    """A run of the keys of one scope.

    In the order of their UTF-8 bytes, which is that of Python's strings. `after_key` is exclusive,
    and empty for the beginning of the scope; `through_key` inclusive, and empty for its end.
    """

    scope: Scope
    after_key: str = ""
    through_key: str = ""

    def __contains__(self, key: object) -> bool:
        return (
            isinstance(key, str)
            and key > self.after_key
            and (not self.through_key or key <= self.through_key)
        )
