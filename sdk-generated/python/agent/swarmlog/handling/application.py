"""How a step takes effect."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from swarmlog.cursor import CommittedCursor, CursorStore, EffectStore, needs_announcement
from swarmlog.handling.handler_check import require_plain
from swarmlog.handling.handler_table import Handler, HandlerTable
from swarmlog.handling.step_spans import StepSpans
from swarmlog.handling.watch import RunWatch
from swarmlog.handling.worker import Worker
from swarmlog.names import Log
from swarmlog.operation import Operation
from swarmlog.session.batch import Batch
from swarmlog.session.lane_step import PreparedStep
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import operation_pb2

# Handlers that do not wait for anything let others run this often.
_LONGEST_TURN_NS = 10 * NS_PER_MS


class NotApplied(Exception):  # noqa: N818 - it is an outcome
    """Operations could not be applied."""

    def __init__(
        self, operations: Sequence[operation_pb2.Operation], index: int, cause: Exception
    ) -> None:
        super().__init__(str(cause))
        self.operations = operations
        self.index = index
        """Where in the batch they begin."""
        self.cause = cause


class Application(Protocol):
    """How steps take effect. One per lane; one step at a time."""

    singles_out: bool
    """Whether it is known which operation failed, and the run can go on behind that one."""

    async def apply(self, step: PreparedStep, start: int, spans: StepSpans) -> None:
        """Apply the operations from an index on.

        0 at first; where it failed when tried again; after the failed ones when those are skipped.
        Raises NotApplied.
        """

    async def commit(self, step: PreparedStep) -> None:
        """Commit the cursor after the step, where apply has not done that."""


class _WithStore:
    """What handlers have in common: effects and cursor are two commits."""

    def __init__(
        self, cursor: CommittedCursor, store: CursorStore, worker: Worker, watch: RunWatch
    ) -> None:
        self._cursor = cursor
        self._store = store
        self._worker = worker
        self._watch = watch
        # A store in memory does not block.
        self._blocks = not getattr(store, "never_blocks", False)

    async def announce(self, step: PreparedStep) -> None:
        if needs_announcement(step):
            await self._call(self._cursor.announce, step)

    async def commit(self, step: PreparedStep) -> None:
        if step.batch.log is not Log.TELEMETRY:
            await self._call(self._cursor.commit, step)

    def _cause(self, raised: BaseException) -> Exception:
        """What a handler on the event loop raised, for its policy; goes on raising what is not its.

        That is the end of the run itself, and a Ctrl-C, which can hit anything on the main thread.
        """
        if isinstance(raised, asyncio.CancelledError):
            self._watch.raise_if_aborted(raised)
            return _cancelled()
        if isinstance(raised, GeneratorExit) or (
            isinstance(raised, KeyboardInterrupt)
            and threading.current_thread() is threading.main_thread()
        ):
            raise raised
        return as_exception(raised)

    async def _call(
        self, what: Callable[[PreparedStep, CursorStore], None], step: PreparedStep
    ) -> None:
        if self._blocks:
            await self._worker.run(what, step, self._store)
        else:
            what(step, self._store)


class ByOperation(_WithStore):
    """One handler call per operation, inside its trace.

    Runs of operations whose handlers are plain functions are one call of the thread.
    """

    singles_out = True

    def __init__(
        self,
        handlers: HandlerTable,
        cursor: CommittedCursor,
        store: CursorStore,
        worker: Worker,
        watch: RunWatch,
    ) -> None:
        super().__init__(cursor, store, worker, watch)
        self._handlers = handlers

    async def apply(self, step: PreparedStep, start: int, spans: StepSpans) -> None:
        """As Application says."""
        if start == 0:
            await self.announce(step)
        messages = step.batch.messages
        i = start
        turn_ends_ns = time.monotonic_ns() + _LONGEST_TURN_NS
        while i < len(messages):
            handler = self._handlers.find(messages[i])
            if handler is None:
                i += 1
            elif handler.is_async:
                await self._handle(handler, messages[i], i, spans)
                i += 1
            else:
                i = await self._worker.run(self._handle_blocking, messages, i, spans)
            if time.monotonic_ns() >= turn_ends_ns:
                await asyncio.sleep(0)
                turn_ends_ns = time.monotonic_ns() + _LONGEST_TURN_NS

    async def _handle(
        self,
        handler: Handler,
        message: operation_pb2.Operation,
        index: int,
        spans: StepSpans,
    ) -> None:
        operation = Operation(message)
        self._watch.call_begins()
        try:
            if spans.surrounds(message):
                with spans.around(message, index):
                    await cast("Any", handler.call(operation))
            else:
                await cast("Any", handler.call(operation))
        except BaseException as e:
            raise NotApplied([message], index, self._cause(e)) from e

    def _handle_blocking(
        self, messages: Sequence[operation_pb2.Operation], start: int, spans: StepSpans
    ) -> int:
        """Call plain functions until one is not; answers where."""
        find = self._handlers.find
        for i in range(start, len(messages)):
            message = messages[i]
            handler = find(message)
            if handler is None:
                continue
            if handler.is_async:
                return i
            operation = Operation(message)
            self._watch.call_begins()
            try:
                if spans.surrounds(message):
                    with spans.around(message, i):
                        require_plain(handler.call(operation))
                else:
                    require_plain(handler.call(operation))
            except BaseException as e:
                raise NotApplied([message], i, as_exception(e)) from e
        return len(messages)


class ByBatch(_WithStore):
    """One handler call per batch."""

    singles_out = False

    def __init__(
        self,
        handler: Callable[[Batch], object],
        is_async: bool,
        cursor: CommittedCursor,
        store: CursorStore,
        worker: Worker,
        watch: RunWatch,
    ) -> None:
        super().__init__(cursor, store, worker, watch)
        self._handler = handler
        self._is_async = is_async

    async def apply(self, step: PreparedStep, start: int, spans: StepSpans) -> None:
        """As Application says."""
        batch = step.batch
        if start >= len(batch.messages) and not batch.replaced:
            return
        await self.announce(step)
        self._watch.call_begins()
        try:
            if self._is_async:
                with spans.around_batch(batch.messages):
                    await cast("Any", self._handler(batch))
            else:
                await self._worker.run(self._handle_blocking, batch, spans)
        except BaseException as e:
            raise NotApplied(batch.messages, 0, self._cause(e)) from e

    def _handle_blocking(self, batch: Batch, spans: StepSpans) -> None:
        with spans.around_batch(batch.messages):
            require_plain(self._handler(batch))


class WithEffects:
    """Effects and cursor in one step."""

    singles_out = False

    def __init__(
        self, effects: EffectStore, cursor: CommittedCursor, worker: Worker, watch: RunWatch
    ) -> None:
        self._effects = effects
        self._cursor = cursor
        self._worker = worker
        self._watch = watch

    async def apply(self, step: PreparedStep, start: int, spans: StepSpans) -> None:
        """As Application says."""
        batch = step.batch.without_operations() if start > 0 else step.batch
        self._watch.call_begins()
        try:
            await self._worker.run(self._commit, step, batch, spans)
        except Exception as e:
            raise NotApplied(step.batch.messages, 0, e) from e

    async def commit(self, step: PreparedStep) -> None:
        """Done with the effects."""

    def _commit(self, step: PreparedStep, batch: Batch, spans: StepSpans) -> None:
        with spans.around_batch(batch.messages):
            self._cursor.commit_with_effects(step, batch, self._effects)


def as_exception(thrown: BaseException) -> Exception:
    """What a handler raised, for its policy; also what is not meant to be caught."""
    if isinstance(thrown, Exception):
        return thrown
    failed = RuntimeError(f"Expected the handler to return or to raise an Exception: {thrown!r}")
    failed.__cause__ = thrown
    return failed


def _cancelled() -> Exception:
    return RuntimeError("Expected the handler to return, but what it waited for was cancelled")
