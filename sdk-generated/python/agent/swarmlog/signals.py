"""Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def on_signals(loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> Iterator[None]:
    """Call it for Ctrl-C and SIGTERM, instead of what they do otherwise."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        _on_signal(loop, number, then)
    try:
        yield
    finally:
        for number in numbers:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, before[number])


def _on_signal(
    loop: asyncio.AbstractEventLoop, number: signal.Signals, then: Callable[[], None]
) -> None:
    try:
        loop.add_signal_handler(number, then)
    except NotImplementedError:  # Windows.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(then))
