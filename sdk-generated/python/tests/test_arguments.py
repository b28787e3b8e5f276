"""What is said of arguments that cannot be meant."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmlog import (
    Agent,
    FailurePolicy,
    FileCursorStore,
    Publisher,
    Topic,
    deleted,
    event,
    keyed,
    measurement,
    targets,
)

MADE = event(Topic.COMMANDS, "a", type="t")
MISTAKES: dict[str, tuple[Callable[..., object], str]] = {
    "on": (lambda agent: agent().on(_apply), r"_apply applies, .* @agent\.on\(Topic\.COMMANDS"),
    "on_deletion": (lambda agent: agent().on_deletion(_apply), r"with the parentheses"),
    "a topic by its name": (lambda agent: agent().on("alerts"), r"'alerts': write Topic\.ALERTS"),
    "no topic": (lambda agent: agent().on_deletion(None), r"a topic, but got None"),
    "roles": (lambda agent: agent(roles="scout"), r"write roles=\['scout'\]"),
    "a role": (lambda agent: agent(roles=[7]), r"a role as a str, but got 7"),
    "topics": (lambda agent: agent(topics="commands"), r"write Topic\.COMMANDS"),
    "failure policy": (lambda agent: agent(failure_policy="x"), r"or a function that .*'x'"),
    "its class": (lambda agent: agent(failure_policy=FailurePolicy), r"but got <class"),
    "cursor store": (lambda agent: agent(cursor_store="dir"), r"give FileCursorStore\(directory\)"),
    "a store's class": (lambda agent: agent(cursor_store=FileCursorStore), r"but got <class"),
    "path": (lambda agent: agent(cursor_store=Path("dir")), r"a cursor store, an object with load"),
    "effects": (lambda agent: agent(effects="a.db"), r"give SqliteEffectStore\(file, apply\)"),
    "no name": (lambda agent: agent(name=None), r"an agent as a str, but got None"),
    "swarm": (lambda agent: agent(swarm=b"s"), r"a swarm as a str, but got b's'"),
    "publisher": (lambda _: _publisher(name=3), r"a publisher as a str, but got 3"),
    "overflow": (lambda _: _publisher(overflow="wait"), r"'wait': give Overflow\.FAIL or"),
    "idempotency key": (
        lambda _: event(Topic.COMMANDS, "a", type="t").with_idempotency_key(_any(None)),
        r"an idempotency key as a str, but got None",
    ),
    "event": (lambda _: event(_any("commands"), "a", type="t"), r"'commands': write Topic\.COMM"),
    "deleted": (lambda _: deleted(_any("x"), "k"), r"a topic, but got 'x'"),
    "event to": (
        lambda _: event(Topic.COMMANDS, "a", type="t", to=_any("agent-1")),
        r"a target, but got 'agent-1': give targets\.agent\(name\)",
    ),
    "keyed to": (lambda _: deleted(Topic.COMMANDS, "k", to=_any("")), r"a target, but got ''"),
    "key": (lambda _: keyed(Topic.COMMANDS, _any(7), 1, type="t"), r"the key as a str, but got 7"),
    "key of deleted": (
        lambda _: deleted(Topic.COMMANDS, _any(b"k")),
        r"the key as a str, but .*b'",
    ),
    "type": (
        lambda _: measurement(1, type=_any(int)),
        r"type of the payload as a str, but got <cl",
    ),
    "publish": (lambda _: _published("publish", "x"), r"a publication, but got 'x': make one by"),
    "publish many": (lambda _: _published("publish", [MADE, MADE]), r"several by publish_group"),
    "group of one": (
        lambda _: _published("publish_group", MADE),
        r"list of .* write \[publication",
    ),
    "group": (lambda _: _published("publish_group", [MADE, None]), r"a publication, but got None"),
    "telemetry": (lambda _: _publisher().telemetry(_any("x")), r"a publication, but got 'x'"),
    "target": (lambda _: targets.agent(_any(1)), r"an agent as a str, but got 1"),
}


def _apply(operation: object) -> None: ...


def _any(given: Any) -> Any:
    """As it is, without its type."""
    return given


def _agent(**settings: Any) -> Any:
    return Agent("localhost:1", **{"swarm": "s", "name": "a", **settings})


def _publisher(**settings: Any) -> Publisher:
    return Publisher("localhost:1", **{"swarm": "s", "name": "p", **settings})


def _published(how: str, what: object) -> None:
    async def publish() -> None:
        async with _publisher() as publisher:
            await getattr(publisher, how)(what)

    asyncio.run(publish())


@pytest.mark.parametrize("what", MISTAKES)
def test_should_refuse(what: str) -> None:
    mistake, said = MISTAKES[what]
    with pytest.raises(TypeError, match=said) as refused:
        mistake(_agent)
    assert re.match("Expected .*, but ", str(refused.value))


@pytest.mark.parametrize("name", ["", " "])
def test_should_refuse_names_with_nothing_in_them(name: str) -> None:
    for make in (
        lambda: _agent(name=name),
        lambda: _agent(swarm=name),
        lambda: _agent(roles=["scout", name]),
        lambda: _publisher(name=name),
        lambda: targets.agent(name),
        lambda: targets.role(name),
    ):
        with pytest.raises(ValueError, match=r"Expected the name of .*, but got nothing"):
            make()


def test_should_take_one_topic_for_a_list_of_it() -> None:
    assert _agent(topics=Topic.ALERTS)._topics == _agent(topics={Topic.ALERTS})._topics
    with pytest.raises(ValueError, match="one of the five topics, but got 9"):
        _agent(topics=[9])
