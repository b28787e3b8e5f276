"""Cursor and effects in SQLite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from swarmlog.cursor import AgentCursor, CursorStoreError
from swarmlog.file_lock import FileLock
from swarmlog.handling.handler_check import check_handler, check_plain, require_plain
from swarmlog.session.batch import Batch
from swarmlog.session.held_key import HeldKey
from swarmlog.session.scopes import Scope

_VERSION = 1
_CURSOR_TABLE = """
create table if not exists swarmlog_cursor (
    id integer primary key check (id = 1), version integer not null, cursor blob not null)"""
_KEY_TABLE = """
create table if not exists swarmlog_key (
    topic integer not null, agent text not null, role text not null, key text not null,
    value_digest blob not null, primary key (topic, agent, role, key)) without rowid"""
# How long to wait for another program that writes to the same database.
_BUSY_TIMEOUT_S = 10.0


class _Database:
    """A database that one agent at a time has open, with the tables of a cursor in it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._monitor = threading.Lock()
        self._lock = FileLock(self._path.with_name(self._path.name + ".lock"))
        self._connection: sqlite3.Connection | None = None

    def open(self) -> sqlite3.Connection:
        with self._monitor:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if not self._lock.take():
                raise CursorStoreError(
                    f"Expected the database at {self._path} to be free, but another agent has it "
                    "open: give each agent a file of its own"
                )
            try:
                self._connection = self._connect()
            except BaseException:
                self._lock.release()
                raise
            return self._connection

    def _connect(self) -> sqlite3.Connection:
        # Lanes commit on threads of their own, one at a time.
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("pragma journal_mode = wal")
            # Each commit is flushed before it returns.
            connection.execute("pragma synchronous = full")
            connection.execute(_CURSOR_TABLE)
            connection.execute(_KEY_TABLE)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commits what was done within, or, if that raises, none of it."""
        with self._monitor:
            connection = self._connection
            if connection is None:
                raise CursorStoreError(
                    f"Expected the database at {self._path} to be open, but it was not opened, or "
                    "closed"
                )
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                # SQLite has done so already where it found the disk full, and what failed first is
                # what is to be known.
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("rollback")
                raise

    def close(self) -> None:
        with self._monitor:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._lock.release()

    def load(self) -> AgentCursor:
        row = self.open().execute("select version, cursor from swarmlog_cursor").fetchone()
        if row is None:
            return AgentCursor()
        version, stored = row
        if version > _VERSION:
            self.close()
            raise CursorStoreError(
                f"Expected a cursor of version {_VERSION} at {self._path}, but it has version "
                f"{version}: use the SDK that wrote it, or a newer one"
            )
        return AgentCursor.from_bytes(stored)

    def held_keys(self) -> list[HeldKey]:
        with self.transaction() as connection:
            return [
                HeldKey(Scope(topic, agent, role), key, value_digest)
                for topic, agent, role, key, value_digest in connection.execute(
                    "select topic, agent, role, key, value_digest from swarmlog_key"
                )
            ]


def _save(connection: sqlite3.Connection, cursor: AgentCursor, changed: Sequence[HeldKey]) -> None:
    for scope, key, value_digest in changed:
        place = (*scope, key)
        if value_digest:
            connection.execute(
                "insert or replace into swarmlog_key values (?, ?, ?, ?, ?)",
                (*place, value_digest),
            )
        else:
            connection.execute(
                "delete from swarmlog_key where topic = ? and agent = ? and role = ? and key = ?",
                place,
            )
    connection.execute(
        "insert or replace into swarmlog_cursor values (1, ?, ?)", (_VERSION, cursor.to_bytes())
    )


class SqliteCursorStore:
    """Cursor and held keys in an SQLite database of its own, created if missing.

    Each save is one transaction, flushed before it returns (`synchronous = full`). One process at a
    time has it open; other programs may read it. Opened by `load`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Keep the cursor in a file; it is not opened yet."""
        self._path = path
        self._database = _Database(path)

    def load(self) -> AgentCursor:
        """Open the database; answers with the cursor saved last.

        CursorStoreError if it is in use, cannot be written, is none, or of a newer version.
        """
        with _errors(self._path):
            return self._database.load()

    def held_keys(self) -> Iterable[HeldKey]:
        """The keys held with the cursor."""
        with _errors(self._path):
            return self._database.held_keys()

    def save(self, cursor: AgentCursor, changed: Sequence[HeldKey]) -> None:
        """Commit cursor and changes."""
        with _errors(self._path), self._database.transaction() as connection:
            _save(connection, cursor, changed)

    def close(self) -> None:
        """Close the database, and let another process open it."""
        self._database.close()


class SqliteEffectStore:
    """An `EffectStore` in SQLite: effects, cursor and held keys change in one transaction.

    So each operation takes effect exactly once, whatever crashes. The function that it is given
    applies a batch by the connection's statements, in a transaction that is begun and committed for
    it:

        def apply(connection, batch):
            for operation in batch.operations:
                connection.execute("insert into work values (?)", (operation.text,))

        store = SqliteEffectStore("agent-1.db", apply, schema="create table if not exists work (…)")
        agent = Agent("localhost:7400", swarm="hello", name="agent-1", effects=store)

    Deletions are among the operations (`Operation.is_deletion`). If it raises, nothing of the batch
    is committed. Tables whose names begin with `swarmlog_` are the store's own. One agent at a time
    has the database open, from `load` on; other programs may read it meanwhile.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        apply: Callable[[sqlite3.Connection, Batch], Any],
        *,
        schema: str = "",
    ) -> None:
        """Keep all in a file; `schema` is a script that is run when it is opened.

        TypeError if the function cannot be called so, is `async def`, or contains `yield`.
        """
        check_handler(apply, ("the connection", "the batch"))
        check_plain(apply)
        self._path = path
        self._apply = apply
        self._schema = schema
        self._database = _Database(path)

    def load(self) -> AgentCursor:
        """Open the database; answers with the cursor committed last.

        CursorStoreError if it is in use, cannot be written, is none, or of a newer version.
        """
        with _errors(self._path):
            cursor = self._database.load()
            with self._database.transaction() as connection:
                for statement in _statements(self._schema):
                    connection.execute(statement)
            return cursor

    def held_keys(self) -> Iterable[HeldKey]:
        """The keys held with the cursor."""
        with _errors(self._path):
            return self._database.held_keys()

    def apply(self, batch: Batch, after: AgentCursor) -> None:
        """Commit effects, cursor and keys; or, if the function raises, none of them."""
        with self._database.transaction() as connection:
            require_plain(self._apply(connection, batch))
            _save(connection, after, batch.changed_keys)

    def close(self) -> None:
        """Close the database, and let another process open it."""
        self._database.close()


@contextlib.contextmanager
def _errors(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as e:
        raise CursorStoreError(
            f"Expected a database for the cursor at {os.fspath(path)} that can be written, but "
            f"{e}: look at the disk, and restart the agent"
        ) from e


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, as `executescript` would commit what is under way."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip("; \n"):
                yield statement
            statement = ""
