"""What is refused as a handler, and when."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from swarmlog import Agent, AgentCursor, Batch, HeldKey, Operation, SqliteEffectStore, Topic
from swarmlog.handling.handler_check import require_plain
from swarmlog.v1 import operation_pb2


def yields(operation: Operation) -> Iterator[str]:
    yield operation.text


async def yields_async(operation: Operation) -> AsyncIterator[str]:
    yield operation.text


class Yields:
    def __call__(self, operation: Operation) -> Iterator[str]:
        yield operation.text


def agent() -> Agent:
    return Agent("localhost:1", swarm="s", name="a")


@pytest.mark.parametrize(
    "handler", [yields, yields_async, Yields(), Yields().__call__, functools.partial(yields)]
)
def test_should_refuse_a_handler_that_yields(handler: Callable[..., Any], tmp_path: Path) -> None:
    declare: list[Callable[[Callable[..., Any]], object]] = [
        agent().on(Topic.COMMANDS),
        agent().on(Topic.COMMANDS, "t"),
        agent().on(Topic.COMMANDS, StringValue),
        agent().on_deletion(Topic.COMMANDS),
        agent().on_batch,
        lambda apply: SqliteEffectStore(tmp_path / "a.db", apply),
    ]
    for declared in declare:
        with pytest.raises(TypeError, match=r"contains `yield`.*do without"):
            declared(handler)


def test_should_refuse_a_handler_that_takes_something_else() -> None:
    # given
    def one(operation: Operation) -> None: ...

    async def two(operation: Operation, message: StringValue) -> None: ...

    def none() -> None: ...

    def named(operation: Operation, *, text: str) -> None: ...

    # when, then
    for handler in (none, two, named):
        with pytest.raises(TypeError, match=r"called with the operation, but .*\([a-z, *]*\): "):
            agent().on(Topic.COMMANDS)(handler)
        with pytest.raises(TypeError, match="called with the operation, but"):
            agent().on_deletion(Topic.COMMANDS)(handler)
    with pytest.raises(TypeError, match=r"with the operation and the parsed message, but .*one"):
        agent().on(Topic.COMMANDS, StringValue)(one)
    with pytest.raises(TypeError, match=r"called with the batch, but .*two"):
        agent().on_batch(two)


def test_should_take_whatever_can_be_called_so() -> None:
    # given
    class Handler:
        def plain(self, operation: Operation) -> None: ...

        async def __call__(self, operation: Operation, more: int = 0) -> None: ...

    # when, then
    made = agent()
    handlers: list[Callable[..., Any]] = [print, Handler(), Handler().plain, [].append]
    for i, handler in enumerate(handlers):
        made.on(Topic.COMMANDS, f"t{i}")(handler)


async def waits() -> None: ...


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            lambda: yields(Operation(operation_pb2.Operation())),
            r"a generator \(generator\), of which",
        ),
        (
            lambda: yields_async(Operation(operation_pb2.Operation())),
            r"a generator \(async_generator\), of which",
        ),
        (waits, "something to await, a coroutine"),
        (lambda: asyncio.get_running_loop().create_future(), "something to await, a _?Future"),
    ],
)
async def test_should_refuse_what_a_plain_handler_left_undone(
    made: Callable[[], object], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        require_plain(made())


def test_should_refuse_effects_that_nothing_awaits(tmp_path: Path) -> None:
    # given
    async def apply(connection: sqlite3.Connection, batch: Batch) -> None: ...

    class Effects:
        def load(self) -> AgentCursor:
            return AgentCursor()

        def held_keys(self) -> list[HeldKey]:
            return []

        async def apply(self, batch: Batch, after: AgentCursor) -> None: ...

        def close(self) -> None: ...

    # when, then
    with pytest.raises(TypeError, match=r"plain function, but .*apply is `async def`"):
        SqliteEffectStore(tmp_path / "a.db", apply)
    with pytest.raises(TypeError, match=r"plain function, but .*apply is `async def`"):
        Agent("localhost:1", swarm="s", name="a", effects=Effects())  # type: ignore[arg-type]
