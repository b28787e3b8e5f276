"""A cursor store in a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from swarmlog import cursor_records
from swarmlog.cursor import AgentCursor, CursorStoreError, all_keys
from swarmlog.cursor_records import Contents
from swarmlog.file_lock import FileLock
from swarmlog.session.held_key import HeldKey

_MIN_REWRITE_BYTES = 256 << 10
"""The least size at which the file is written anew."""


class FileCursorStore:
    """Cursor and held keys in a directory of its own, created if missing.

    Each save is one checksummed append and one fsync, survives the loss of power, and a torn append
    leaves what was before it. When the file has doubled since it was last rewritten, and when it is
    opened, a new one with the last state only is written aside, flushed, and renamed over it; so it
    stays at a few times the size of the keys. Locks the directory against a second process.

    A write that failed is not tried again, because what the disk holds is unknown then: the store
    refuses everything after it. The keys are not kept in memory: a rewrite reads them from the
    file. Opened by `load`.
    """

    def __init__(
        self, directory: str | os.PathLike[str], *, min_rewrite_bytes: int = _MIN_REWRITE_BYTES
    ) -> None:
        """Keep the cursor in a directory; it is not opened yet."""
        self._directory = Path(directory)
        self._path = self._directory / "cursor"
        self._min_rewrite_bytes = min_rewrite_bytes
        self._monitor = threading.Lock()
        # All under the monitor.
        self._lock = FileLock(self._directory / "lock")
        self._file: BinaryIO | None = None
        # What was read; gone once it was handed out.
        self._loaded: Contents | None = None
        self._rewritten_bytes = 0
        self._size = 0
        self._failed = False

    def load(self) -> AgentCursor:
        """Open the store; answers with the cursor saved last.

        CursorStoreError if the directory is in use, cannot be written, is damaged, or of a newer
        version.
        """
        with self._monitor:
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
                taken = self._lock.take()
                if taken:
                    self._loaded = self._read()
                    self._rewrite(self._loaded)
                    return self._loaded.cursor
            except OSError as e:
                self._lock.release()
                raise self._unusable(e) from e
            except CursorStoreError:
                self._lock.release()
                raise
        raise CursorStoreError(
            f"Expected the cursor store in {self._directory} to be free, but another agent has it "
            "open: give each agent a directory of its own"
        )

    def held_keys(self) -> Iterable[HeldKey]:
        """The keys held with the cursor."""
        with self._monitor:
            try:
                contents = self._loaded or self._read()
            except OSError as e:
                raise self._unusable(e) from e
            self._loaded = None
            return all_keys(contents.keys)

    def save(self, cursor: AgentCursor, changed: Sequence[HeldKey]) -> None:
        """Append cursor and changes, and flush them."""
        with self._monitor:
            file = self._file
            if file is None or self._failed:
                why = (
                    "an earlier write failed: look at the disk and restart the agent"
                    if self._failed
                    else "it was not opened, or closed"
                )
                raise CursorStoreError(
                    f"Expected an open cursor store in {self._directory}, but {why}"
                )
            try:
                record = cursor_records.record(cursor, changed)
                _write(file, record)
                os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
                self._loaded = None
                self._size += len(record)
                if self._size >= max(self._min_rewrite_bytes, 2 * self._rewritten_bytes):
                    self._rewrite(self._read())
            except OSError as e:
                self._failed = True
                raise CursorStoreError(
                    f"Expected to write the cursor to {self._directory}, but {e}: look at the disk "
                    "and restart the agent"
                ) from e

    def close(self) -> None:
        """Close the file, and let another process open the directory."""
        with self._monitor:
            if self._file is not None:
                self._file.close()
                self._file = None
            self._lock.release()

    def _read(self) -> Contents:
        if not self._path.exists():
            return Contents()
        return cursor_records.read(self._path.read_bytes(), str(self._path))

    def _rewrite(self, contents: Contents) -> None:
        aside = self._directory / "cursor.new"
        written = aside.open("wb", buffering=0)
        try:
            size = 0
            for part in cursor_records.rewritten(contents):
                _write(written, part)
                size += len(part)
            os.fsync(written.fileno())
            aside.replace(self._path)
            self._flush_names()
        except BaseException:
            written.close()
            raise
        replaced, self._file = self._file, written
        self._rewritten_bytes = self._size = size
        if replaced is not None:
            replaced.close()

    def _flush_names(self) -> None:
        if os.name == "posix":
            names = os.open(self._directory, os.O_RDONLY)
            try:
                os.fsync(names)
            finally:
                os.close(names)

    def _unusable(self, why: OSError) -> CursorStoreError:
        said = "access is denied: mend its permissions" if isinstance(why, PermissionError) else why
        return CursorStoreError(
            f"Expected a directory for the cursor at {self._directory} that can be written, but "
            f"{said}"
        )


def _write(file: BinaryIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
