"""What a function must be like to handle operations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any


def is_coroutine(handler: Callable[..., Any]) -> bool:
    """Whether the handler is run on the event loop: `async def`, or an object called like one."""
    return _is_any(handler, inspect.iscoroutinefunction)


def check_handler(handler: Callable[..., Any], takes: Sequence[str]) -> None:
    """Refuse what would not run, or not as it is called: TypeError.

    `takes` names what it will be called with. A function that contains `yield` only makes a
    generator when it is called, and nothing of its body would run.
    """
    if not callable(handler):
        raise TypeError(f"Expected a function to handle operations, but got {handler!r}")
    if _is_any(handler, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        raise TypeError(
            f"Expected a handler that does its work when it is called, but {name_of(handler)} "
            "contains `yield`, so calling it only makes a generator: do without `yield`"
        )
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        return  # Some that are written in C do not tell.
    try:
        signature.bind(*takes)
    except TypeError as e:
        raise TypeError(
            f"Expected a handler that is called with {' and '.join(takes)}, but that does not fit "
            f"{name_of(handler)}{_names_only(signature)}: {e}"
        ) from None


def check_plain(handler: Callable[..., Any]) -> None:
    """Refuse `async def` where nothing awaits: TypeError."""
    if is_coroutine(handler):
        raise TypeError(
            f"Expected a plain function, but {name_of(handler)} is `async def`: it is called on a "
            "thread, in a transaction, where nothing awaits it"
        )


def require_plain(returned: object) -> None:
    """Refuse what has yet to be awaited or iterated, which nobody would do: TypeError."""
    if returned is None:
        return
    if inspect.isawaitable(returned):
        if inspect.iscoroutine(returned):
            returned.close()
        raise TypeError(
            "Expected a handler that is a plain function or `async def`, but one that is plain "
            f"returned something to await, a {type(returned).__name__}: make it `async def`, and "
            "await there"
        )
    if inspect.isgenerator(returned) or inspect.isasyncgen(returned):
        raise TypeError(
            "Expected a handler that does its work when it is called, but one returned a generator "
            f"({type(returned).__name__}), of which nothing has run: do without `yield`"
        )


def name_of(handler: Callable[..., Any]) -> str:
    """What the handler is called, for messages."""
    name = getattr(handler, "__qualname__", None)
    return name if isinstance(name, str) else repr(handler)


def _names_only(signature: inspect.Signature) -> inspect.Signature:
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=signature.empty)


def _is_any(handler: Callable[..., Any], *kinds: Callable[[object], bool]) -> bool:
    called = getattr(handler, "__call__", None)  # noqa: B004 - of an object, the method
    return any(kind(handler) or kind(called) for kind in kinds)
