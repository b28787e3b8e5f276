"""Stores of cursors: what they keep, through torn writes, damage, a second process, and SIGKILL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmlog import (
    AgentCursor,
    CursorStore,
    CursorStoreError,
    FileCursorStore,
    HeldKey,
    Log,
    MemoryCursorStore,
    Scope,
    SqliteCursorStore,
    Topic,
)
from swarmlog.cursor import CommittedCursor
from swarmlog.session.batch import Batch
from swarmlog.session.lane_step import PreparedStep
from swarmlog.v1 import operation_pb2, position_pb2, resume_pb2

Open = Callable[[], CursorStore]
A, B = Scope(Topic.COMMANDS), Scope(Topic.RECONCILIATION, role="scout")
DIGEST = bytes(range(16))


def cursor_at(op_id: int) -> AgentCursor:
    position = position_pb2.Position(log=Log.MAIN.wire, epoch=7, incarnation=9, op_id=op_id)
    return AgentCursor().owned_by("s", "a").with_position(position)


def held(scope: Scope, key: str, number: int = 1) -> HeldKey:
    return HeldKey(scope, key, bytes([number]) * 16)


@pytest.fixture(params=["memory", "file", "sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    memory = MemoryCursorStore()
    made: dict[str, Open] = {
        "memory": lambda: memory,
        "file": lambda: FileCursorStore(tmp_path / "cursor", min_rewrite_bytes=2_000),
        "sqlite": lambda: SqliteCursorStore(tmp_path / "cursor.db"),
    }
    return made[request.param]


def test_should_load_what_was_saved_last(open_store: Open) -> None:
    # given
    store = open_store()
    assert store.load() == AgentCursor()
    assert list(store.held_keys() or ()) == []
    # when
    for i in range(1, 200):
        changed = [held(A, f"k{i % 7}", i), held(B, "\U0001f600", i)]
        if i % 5 == 0:
            changed.append(HeldKey(A, "k3", b""))
        store.save(cursor_at(i), changed)
    store.close()
    # then
    again = open_store()
    assert again.load() == cursor_at(199)
    keys = {(key.scope, key.key): key.value_digest for key in again.held_keys() or ()}
    expected = {(A, f"k{i % 7}"): bytes([i]) * 16 for i in range(193, 200)}
    if (A, "k3") in expected and max(i for i in range(1, 200) if i % 7 == 3) < 195:
        del expected[A, "k3"]
    expected[B, "\U0001f600"] = bytes([199]) * 16
    assert keys == expected
    again.close()


@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_should_be_open_once(tmp_path: Path, kind: str) -> None:
    # given
    def store() -> CursorStore:
        return FileCursorStore(tmp_path) if kind == "file" else SqliteCursorStore(tmp_path / "c.db")

    first = store()
    first.load()
    # when, then
    with pytest.raises(CursorStoreError, match="another agent has it open"):
        store().load()
    first.close()
    second = store()
    assert second.load() == AgentCursor()
    second.close()
    with pytest.raises(CursorStoreError, match="closed"):
        second.save(cursor_at(1), [])


def saved(directory: Path, count: int = 3) -> Path:
    store = FileCursorStore(directory)
    store.load()
    for i in range(1, count + 1):
        store.save(cursor_at(i), [held(A, "k", i)])
    store.close()
    return directory / "cursor"


def test_should_pass_over_a_torn_tail(tmp_path: Path) -> None:
    whole = saved(tmp_path).read_bytes()
    store = FileCursorStore(tmp_path)
    before = len(saved(tmp_path / "two", 2).read_bytes())
    for length in range(before, len(whole)):
        # given a write that stopped anywhere in the last record
        (tmp_path / "cursor").write_bytes(whole[:length])
        # when
        store = FileCursorStore(tmp_path)
        loaded = store.load()
        # then
        assert loaded == cursor_at(2)
        assert [key.value_digest for key in store.held_keys()] == [bytes([2]) * 16]
        store.close()


def test_should_refuse_what_is_damaged(tmp_path: Path) -> None:
    file = saved(tmp_path)
    whole = file.read_bytes()
    for at in (2, 6, 30):
        # given
        changed = bytearray(whole)
        changed[at] ^= 1
        file.write_bytes(changed)
        # when, then
        with pytest.raises(CursorStoreError, match=r"restore|directory of its own|newer one"):
            FileCursorStore(tmp_path).load()
    file.write_bytes(b"SWL")
    with pytest.raises(CursorStoreError, match="shorter"):
        FileCursorStore(tmp_path).load()
    file.write_bytes(whole)
    store = FileCursorStore(tmp_path)
    assert store.load() == cursor_at(3)
    store.close()


def test_should_say_what_is_wrong_with_a_database(tmp_path: Path) -> None:
    # given
    path = tmp_path / "c.db"
    path.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
    # when, then
    with pytest.raises(CursorStoreError, match="look at the disk"):
        SqliteCursorStore(path).load()
    newer = tmp_path / "newer.db"
    store = SqliteCursorStore(newer)
    store.load()
    store.save(cursor_at(1), [])
    store.close()
    with sqlite3.connect(newer) as connection:
        connection.execute("update swarmlog_cursor set version = 99")
    connection.close()
    with pytest.raises(CursorStoreError, match="newer one"):
        SqliteCursorStore(newer).load()


def test_should_refuse_the_cursor_of_another() -> None:
    with pytest.raises(CursorStoreError, match="that of agent 'a' in swarm 's'"):
        cursor_at(1).owned_by("s", "b")
    with pytest.raises(CursorStoreError, match="do not parse"):
        AgentCursor.from_bytes(b"\xff")
    assert AgentCursor.from_bytes(cursor_at(5).to_bytes()) == cursor_at(5)


SAVES = """
import sys
from swarmlog import FileCursorStore, SqliteCursorStore, AgentCursor, HeldKey, Log, Scope
from swarmlog.v1 import position_pb2

kind, path = sys.argv[1:]
store = FileCursorStore(path, min_rewrite_bytes=500) if kind == "file" else SqliteCursorStore(path)
cursor = store.load().owned_by("s", "a")
i = cursor.positions[Log.MAIN].op_id if cursor.positions else 0
while True:
    i += 1
    position = position_pb2.Position(log=Log.MAIN.wire, epoch=7, incarnation=9, op_id=i)
    store.save(cursor.with_position(position), [HeldKey(Scope(2), "k", i.to_bytes(16, "big"))])
    print(i, flush=True)
"""


@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_should_survive_sigkill(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store"
    said = 0
    for run in range(1, 6):
        # given
        process = subprocess.Popen(
            [sys.executable, "-c", SAVES, kind, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process:
            for _ in range(20 * run):
                said = int(process.stdout.readline())
            # when
            process.kill()
        # then
        store = FileCursorStore(path) if kind == "file" else SqliteCursorStore(path)
        loaded = store.load()
        op_id = loaded.positions[Log.MAIN].op_id
        assert op_id >= said
        (key,) = store.held_keys()
        assert int.from_bytes(key.value_digest, "big") == op_id
        store.close()


def test_should_note_keys_before_handlers_have_them() -> None:
    # given
    position = position_pb2.Position(log=Log.MAIN.wire, epoch=7, incarnation=9, op_id=4)
    operation = operation_pb2.Operation(
        op_id=4,
        topic=Topic.COMMANDS.wire,
        operation_class=operation_pb2.OPERATION_CLASS_KEYED,
        key="k",
        term=3,
    )
    batch = Batch(Log.MAIN, 2, position, [operation], [held(A, "k")])
    after = resume_pb2.LogResume(position=position, scopes=[A.to_message()])
    step = PreparedStep(batch, after)
    stands = resume_pb2.LogResume(
        position=cursor_at(2).positions[Log.MAIN], scopes=[A.to_message()]
    )
    store = MemoryCursorStore()
    cursor = CommittedCursor(cursor_at(2).with_resume(stands))
    # when
    cursor.announce(step, store)
    # then
    noted = store.load().resume(Log.MAIN)
    assert noted is not None
    assert (noted.triple.base_op_id, noted.triple.target_op_id) == (2, 4)
    assert not noted.triple.exact
    assert [key.value_digest for key in store.held_keys()] == [b"\x00"]
    # when
    cursor.commit(step, store)
    # then
    assert store.load().positions[Log.MAIN].op_id == 4
    assert store.load().highest_term == 3
    assert [key.value_digest for key in store.held_keys()] == [bytes([1]) * 16]
    # when
    cursor.close()
    # then
    with pytest.raises(CursorStoreError, match="closed before its handler returned"):
        cursor.commit(step, store)


def test_should_say_that_the_disk_is_full(tmp_path: Path) -> None:
    # given
    store = SqliteCursorStore(tmp_path / "cursor.db")
    store.load()
    store.save(cursor_at(1), [])
    connection = store._database._connection
    assert connection is not None
    connection.execute("pragma max_page_count = 8")
    # when, then
    with pytest.raises(CursorStoreError, match="but database or disk is full: look at the disk"):
        store.save(cursor_at(2), [held(A, "k" * 500 + str(i)) for i in range(500)])
    # and nothing of it is kept
    connection.execute("pragma max_page_count = 1000")
    assert list(store.held_keys()) == []
    store.save(cursor_at(3), [held(A, "k")])
    store.close()
    assert store.load() == cursor_at(3)
    store.close()
