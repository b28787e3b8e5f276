"""What arguments must be, said where they are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from swarmlog.names import Topic, topic_named

T = TypeVar("T")


def require_name(what: str, given: object) -> str:
    """The name; TypeError unless it is a str, ValueError if there is nothing in it."""
    if not isinstance(given, str):
        raise TypeError(f"Expected the name of {what} as a str, but got {given!r}.")
    if not given.strip():
        raise ValueError(f"Expected the name of {what}, but got nothing.")
    return given


def require_text(what: str, given: object) -> str:
    """The text, which may be empty; TypeError unless it is a str."""
    if not isinstance(given, str):
        raise TypeError(f"Expected {what} as a str, but got {given!r}.")
    return given


def require_a(kind: type[T], what: str, given: object, hint: str) -> T:
    """What was given; TypeError unless it is of the kind. `hint` says what to give."""
    if not isinstance(given, kind):
        raise TypeError(f"Expected {what}, but got {given!r}: {hint}.")
    return given


def require_methods(what: str, given: object, methods: Sequence[str], hint: str) -> None:
    """TypeError unless it is an object that has these methods. `hint` says what to give."""
    missing = [name for name in methods if not callable(getattr(given, name, None))]
    if missing or isinstance(given, type):
        raise TypeError(
            f"Expected {what}, an object with {', '.join(methods)}, but got {given!r}: {hint}."
        )


def require_roles(given: Iterable[str]) -> list[str]:
    """The names of roles; TypeError if it is one str, whose letters would be roles."""
    if isinstance(given, str):
        raise TypeError(
            f"Expected a list of roles, but got the str {given!r}: write roles=[{given!r}]."
        )
    return [require_name("a role", role) for role in given]


def require_topic(given: object) -> Topic:
    """The topic; TypeError if it is none, ValueError if it is a number of none."""
    if isinstance(given, Topic):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return topic_named(given)
    known = given.upper() if isinstance(given, str) else ""
    raise TypeError(
        "Expected a topic, but got "
        f"{given!r}: write Topic.{known if known in Topic.__members__ else 'COMMANDS'}."
    )


def require_topics(given: Topic | Iterable[Topic]) -> list[Topic]:
    """The topics, also of one alone."""
    if isinstance(given, (Topic, str)) or not isinstance(given, Iterable):
        return [require_topic(given)]
    return [require_topic(topic) for topic in given]
