"""What an agent holds of one scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sortedcontainers import SortedList

from swarmlog.session import digests
from swarmlog.session.digests import BYTES, MASK
from swarmlog.session.held_key import UNKNOWN
from swarmlog.session.scopes import Scope
from swarmlog.v1 import constants, delivery_pb2, operation_pb2


class LackingKeys:
    """Keys of one scope that the user's own state lacks, or holds with an older value.

    That is because the agent refused the operation or skipped it. They are no drift: the
    coordinator gives the operation again, or keeps it parked. Stored with the key index, see
    `HeldKey.lacking`.
    """

    def __init__(self) -> None:
        # At most constants.HANDLER_MAX_LACKING_KEYS.
        self._keys: set[str] = set()
        self.is_overflown = False
        """There have been more than are kept: which keys are no drift is not known any more."""

    def __bool__(self) -> bool:
        return bool(self._keys) or self.is_overflown

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def note(self, key: str, refused: bool) -> bool:
        """An operation on the key was refused, or applied.

        Answers whether that is to be stored: what is refused again has another value.
        """
        if not refused:
            held = key in self._keys
            self._keys.discard(key)
            return held or self.is_overflown
        if len(self._keys) < constants.HANDLER_MAX_LACKING_KEYS or key in self._keys:
            self._keys.add(key)
        else:
            self.is_overflown = True
        return True

    def within(self, after_key: str, through_key: str) -> list[str]:
        """Those of an interval, ascending; an empty end is the end of the scope."""
        return sorted(
            key for key in self._keys if key > after_key and (not through_key or key <= through_key)
        )


class ScopeLedger:
    """What an agent holds of one scope: value digests by key, and its sums.

    About 250 bytes of memory per key.
    """

    def __init__(self, scope: Scope, keys_known: bool, events_known: bool) -> None:
        self.scope = scope
        self.lacking = LackingKeys()
        """The keys that the index has as the log has them, and the user's state does not."""
        self._message = scope.to_message()
        self._encoded = digests.encode_scope(scope)
        # Value digest, then key digest: so replacing a value costs one SHA-256.
        self._entries: dict[str, bytes] = {}
        # Of the same keys; made where the order is asked for.
        self._order: SortedList[str] | None = None
        self._state = 0
        # Whether the entries are all that the agent holds; only then their sum means something.
        self._keys_known = keys_known
        self._event_count = 0
        self._event_hash = 0
        # Whether the events were counted from a point on where their sums were known.
        self._events_known = events_known
        self._sums: operation_pb2.ScopeSums | None = None

    @property
    def keys_known(self) -> bool:
        """Whether it is known which keys are held."""
        return self._keys_known

    @keys_known.setter
    def keys_known(self, known: bool) -> None:
        self._keys_known = known
        self._sums = None

    @property
    def events_known(self) -> bool:
        """Whether it is known how many events there were, and which."""
        return self._events_known

    @property
    def is_known(self) -> bool:
        """Whether every key is known, and the value of each."""
        return self._keys_known and all(len(entry) == 2 * BYTES for entry in self._entries.values())

    def holds(self, key: str, value: bytes) -> bool:
        """Whether the key is held with this value."""
        entry = self._entries.get(key)
        return entry is not None and entry[:-BYTES] == value

    def value_digest(self, key: str) -> bytes:
        """The digest of the key's value; empty if it is not held."""
        entry = self._entries.get(key)
        return b"" if entry is None else entry[:-BYTES]

    def put(self, key: str, value: bytes) -> bool:
        """The key has this value now; False if it had it before."""
        before = self._entries.get(key)
        if before is None:
            if self._order is not None:
                self._order.add(key)
        elif before[:-BYTES] == value:
            return False
        else:
            self._state -= int.from_bytes(before[-BYTES:], "big")
        digest = digests.key_digest(self._encoded, key, value)
        self._entries[key] = value + digest
        self._state = (self._state + int.from_bytes(digest, "big")) & MASK
        self._sums = None
        return True

    def remove(self, key: str) -> bool:
        """The key is gone; False if it was not held."""
        before = self._entries.pop(key, None)
        if before is None:
            return False
        if self._order is not None:
            self._order.remove(key)
        self._state = (self._state - int.from_bytes(before[-BYTES:], "big")) & MASK
        self._sums = None
        return True

    def within(self, after_key: str, through_key: str) -> list[str]:
        """The held keys of an interval, ascending; an empty end is the end of the scope."""
        if through_key and through_key <= after_key:
            return []
        if self._order is None:
            self._order = SortedList(self._entries)
        return list(
            self._order.irange(after_key or None, through_key or None, inclusive=(False, True))
        )

    def key_digests(self, keys: Iterable[str]) -> Iterator[int]:
        """The part that each of these held keys has in the state digest."""
        entries = self._entries
        return (int.from_bytes(entries[key][-BYTES:], "big") for key in keys)

    def applied_digests(self, keys: Iterable[str]) -> Iterator[int]:
        """As `key_digests`, but what is lacking has a digest that is no value's.

        Of keys that the user's state lacks, held or not. Compared with the log it differs, whatever
        that has, so it comes again.
        """
        for key in keys:
            digest = (
                digests.key_digest(self._encoded, key, UNKNOWN)
                if key in self.lacking
                else self._entries[key][-BYTES:]
            )
            yield int.from_bytes(digest, "big")

    def event(self, op_id: int, value: bytes) -> None:
        """Counts an event."""
        self._event_count += 1
        digest = digests.event_digest(self._encoded, op_id, value)
        self._event_hash = (self._event_hash + int.from_bytes(digest, "big")) & MASK
        self._sums = None

    def skip(self, skipped: delivery_pb2.Skipped) -> None:
        """Counts events that were not handed out."""
        self._event_count += skipped.count
        if len(skipped.event_hash) == BYTES:
            self._event_hash += int.from_bytes(skipped.event_hash, "big")
            self._event_hash &= MASK
        self._sums = None

    def forget_events(self) -> None:
        """It is not known any more which events there were."""
        self._events_known = False
        self._sums = None

    def take_events(self, count: int, event_hash: bytes) -> None:
        """Takes event sums over, whatever was counted; an empty hash is that of nothing."""
        self._event_count = count
        self._event_hash = int.from_bytes(event_hash, "big")
        self._events_known = True
        self._sums = None

    def sums(self) -> operation_pb2.ScopeSums:
        """The sums as they are stored, not to be changed.

        Without state digest where not every key is known, without event hash where the events are
        not.
        """
        if self._sums is None:
            sums = operation_pb2.ScopeSums(scope=self._message)
            if self._keys_known:
                sums.state_digest = digests.to_bytes(self._state)
            if self._events_known:
                sums.event_count = self._event_count
                sums.event_hash = digests.to_bytes(self._event_hash)
            self._sums = sums
        return self._sums

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held, and that is known."""
        return (
            self._keys_known
            and self._events_known
            and not self._state
            and not self._event_count
            and not self._event_hash
        )
