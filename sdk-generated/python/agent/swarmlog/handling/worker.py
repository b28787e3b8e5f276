"""A thread for what may block."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """One thread for what may block, so that the event loop does not.

    Made when it is first needed. A daemon: a handler that never returns keeps no process alive that
    wants to end. It is given one call at a time, each after the one before was awaited, unless that
    was cancelled; so what waits is at most what was cancelled, and one.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """Call in the thread; returns what it returns, and raises what it raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = call(*args)
            except BaseException as e:  # noqa: BLE001 - it is raised where it is awaited
                _tell(loop, _fail, answer, e)
            else:
                _tell(loop, _succeed, answer, result)

        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        self._calls.put(work)
        return await answer

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in it."""
        return self._thread is threading.current_thread()

    def close(self) -> None:
        """End the thread after the call under way; does not wait for that."""
        if not self._closed:
            self._closed = True
            self._calls.put(None)

    def _work(self) -> None:
        while True:
            call = self._calls.get()
            if call is None:
                return
            call()


def _tell(
    loop: asyncio.AbstractEventLoop,
    how: Callable[[asyncio.Future[Any], Any], None],
    answer: asyncio.Future[Any],
    what: object,
) -> None:
    try:
        loop.call_soon_threadsafe(how, answer, what)
    except RuntimeError:
        # The loop is closed, and nobody waits any more.
        return


def _succeed(answer: asyncio.Future[Any], result: object) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: asyncio.Future[Any], why: BaseException) -> None:
    if answer.done():
        return
    if isinstance(why, Exception) and not isinstance(why, StopIteration):
        answer.set_exception(why)
    else:
        # Neither may leave a future, or would end the event loop with it.
        failed = RuntimeError(f"Expected a handler to return or to raise an Exception, but {why!r}")
        failed.__cause__ = why
        answer.set_exception(failed)
