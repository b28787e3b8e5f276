"""The store of a user who commits effects and cursor together."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from swarmlog import AgentCursor, Batch, HeldKey, Log, Scope
from swarmlog.v1 import operation_pb2


class TestedStore:
    """Cursor and key index in one file, written anew and renamed over the old one each time.

    The effects are the suite's: they count from its answer on.
    """

    def __init__(self, directory: str, effects: Callable[[Batch], None]) -> None:
        """Keep it in a directory."""
        self._file = Path(directory) / "committed"
        self._effects = effects
        self._keys: dict[tuple[Scope, str], HeldKey] = {}

    def load(self) -> AgentCursor:
        """As EffectStore says."""
        if not self._file.exists():
            return AgentCursor()
        parts = _read(self._file.read_bytes())
        cursor = AgentCursor.from_bytes(next(parts))
        for scope in parts:
            held = HeldKey(
                Scope.from_message(operation_pb2.Scope.FromString(scope)),
                next(parts).decode(),
                next(parts),
            )
            self._keys[held.scope, held.key] = held
        return cursor

    def held_keys(self) -> Iterable[HeldKey]:
        """As EffectStore says."""
        return list(self._keys.values())

    def apply(self, batch: Batch, after: AgentCursor) -> None:
        """As EffectStore says."""
        if batch.operations:
            self._effects(batch)
        if batch.log is Log.TELEMETRY:
            return
        for changed in batch.changed_keys:
            place = (changed.scope, changed.key)
            if changed.is_gone:
                self._keys.pop(place, None)
            else:
                self._keys[place] = changed
        parts = [after.to_bytes()]
        for key in self._keys.values():
            parts += [key.scope.to_message().SerializeToString(), key.key.encode()]
            parts.append(key.value_digest)
        self._replace(b"".join(len(part).to_bytes(4, "big") + part for part in parts))

    def close(self) -> None:
        """Nothing is held."""

    def _replace(self, content: bytes) -> None:
        aside = self._file.with_suffix(".new")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._file)


def _read(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 4 + length]
        at += 4 + length
