"""Publishers and agents for programs without an event loop.

Each runs on a thread of its own with an event loop in it. Any thread may call its publisher, whose
methods block until what was asked for is done.

    planner = swarmlog.Publisher("localhost:7400", swarm="hello", name="planner")
    with blocking.running(planner) as publisher:
        publisher.publish(swarmlog.event(Topic.COMMANDS, "12", type="hello.Route"))

At the end of the block what was published is waited for, also after Ctrl-C; a second Ctrl-C ends
that wait.

Threads survive no fork, and neither does gRPC: a process that was forked gets a RuntimeError that
says so. Make what it needs in the process that uses it, or start processes by the method 'spawn'.
In a program that must fork beside a running publisher set GRPC_ENABLE_FORK_SUPPORT=0 before gRPC is
imported: gRPC's own fork handlers may crash the child.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from swarmlog.names import Log
from swarmlog.publication import GroupPosition, Publication
from swarmlog.publishing.publisher import Publisher
from swarmlog.publishing.shell import TelemetryCounts
from swarmlog.publishing.state import PublisherState

_Made = TypeVar("_Made")


class Runs(Protocol):
    """What `running` runs: an agent."""

    @property
    def publisher(self) -> Publisher:
        """The agent's publisher."""

    async def __aenter__(self) -> Any:
        """Start."""

    async def __aexit__(self, *_: Any) -> Any:
        """Drain, and end."""


class LoopThread:
    """A thread with an event loop in it. Safe to be called by any other thread."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._process = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._started.wait()

    def call(self, coroutine: Coroutine[Any, Any, _Made]) -> _Made:
        """Run a coroutine on the loop, and return what it does.

        One that its caller does not wait for any more (Ctrl-C) is cancelled.
        """
        try:
            loop = self._usable()
        except RuntimeError:
            coroutine.close()
            raise
        running = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            return running.result()
        except BaseException:
            running.cancel()
            raise

    def close(self) -> None:
        """Cancel what runs on the loop, and end the thread. Again is fine."""
        if self._process == os.getpid() and self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):
                # Raised by a loop that is closed already.
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _usable(self) -> asyncio.AbstractEventLoop:
        if self._process != os.getpid():
            raise RuntimeError(
                f"Expected to be used in process {self._process}, where its thread is, but this is "
                f"process {os.getpid()}, forked from it: make it after the fork, or start "
                "processes by the method 'spawn'."
            )
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "Expected to be called by a thread that may wait, but this is that of the event "
                "loop, which would wait for itself: here, await the asynchronous one."
            )
        if self._loop is None or not self._thread.is_alive():
            raise RuntimeError("Expected the event loop to run, but it was closed.")
        return self._loop

    def _run(self) -> None:
        asyncio.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._started.set()
        await self._stop.wait()


class BlockingPublisher:
    """A publisher that lives on the event loop of another thread. Safe for threads.

    Its methods block until what they ask for is done; for all else see `swarmlog.Publisher`. A
    listener is called on the thread of the event loop: it must not block, and not call this.
    """

    def __init__(self, publisher: Publisher, thread: LoopThread) -> None:
        """Use `running` instead."""
        self._publisher = publisher
        self._thread = thread

    def publish(self, publication: Publication) -> GroupPosition:
        """Publish one operation, and return when it is in the log and durable."""
        return self._thread.call(self._publisher.publish(publication))

    def publish_group(self, publications: Sequence[Publication]) -> GroupPosition:
        """Publish operations of one log as a group."""
        return self._thread.call(self._publisher.publish_group(publications))

    def submit(self, *publications: Publication) -> "concurrent.futures.Future[GroupPosition]":
        """Take a group into the queue, and return the future of its answer.

        For many in a row, and for those who wait only so long: `submit(p).result(timeout=5)`. The
        future cannot be cancelled: what is in the queue is published.
        """
        return self._thread.call(self._submit(publications))

    def telemetry(self, measurement: Publication) -> bool:
        """Hand one record of telemetry over; false if it was dropped at once."""
        return self._thread.call(_called(lambda: self._publisher.telemetry(measurement)))

    def telemetry_counts(self) -> TelemetryCounts:
        """What became of the telemetry so far."""
        return self._publisher.telemetry_counts()

    def pending(self) -> int:
        """Groups that wait for their answer, sent or not, over all logs; without telemetry."""
        return self._thread.call(_called(self._publisher.pending))

    def state(self, log: Log) -> PublisherState:
        """How it fares now with a log."""
        return self._thread.call(_called(lambda: self._publisher.state(log)))

    async def _submit(
        self, publications: Sequence[Publication]
    ) -> "concurrent.futures.Future[GroupPosition]":
        answer = await self._publisher.submit(*publications)
        result: concurrent.futures.Future[GroupPosition] = concurrent.futures.Future()
        result.set_running_or_notify_cancel()
        answer.add_done_callback(lambda done: _copy(done, result))
        return result


@contextlib.contextmanager
def running(what: Publisher | Runs) -> Iterator[BlockingPublisher]:
    """Run an agent, or a publisher, on a thread of its own; its publisher is what is returned.

    What it is must not have been used before. At the end of the block it is closed as its
    asynchronous self would be: an agent lets its handlers finish, a publisher waits for answers.
    """
    thread = LoopThread("swarmlog")
    try:
        thread.call(_entered(what))
        publisher = what if isinstance(what, Publisher) else what.publisher
        try:
            yield BlockingPublisher(publisher, thread)
        finally:
            thread.call(what.__aexit__(None, None, None))
    finally:
        thread.close()


async def _entered(what: Publisher | Runs) -> None:
    await what.__aenter__()


async def _called(function: Callable[[], _Made]) -> _Made:
    return function()


def _copy(
    done: "asyncio.Future[GroupPosition]", result: "concurrent.futures.Future[GroupPosition]"
) -> None:
    if done.cancelled():
        # The loop was ended before the answer came.
        result.set_exception(concurrent.futures.CancelledError())
    elif (why := done.exception()) is not None:
        result.set_exception(why)
    else:
        result.set_result(done.result())
