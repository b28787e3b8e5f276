"""Runs a lane's steps, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import grpc

from swarmlog.backoff import Randomness
from swarmlog.cursor import CursorStoreError
from swarmlog.errors import Failure, SwarmlogError
from swarmlog.handling.agent_tracing import AgentTracing
from swarmlog.handling.application import Application, NotApplied
from swarmlog.handling.failure_policy import Decision, FailurePolicy
from swarmlog.handling.handler_log import HandlerLog
from swarmlog.handling.step_spans import AckSpans, StepSpans
from swarmlog.handling.watch import RunWatch
from swarmlog.handling.worker import Worker
from swarmlog.names import Log
from swarmlog.operation import Operation
from swarmlog.retry_budget import RetryBudget
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.session.lane_step import Delivered, LaneStep, PreparedStep
from swarmlog.session.redelivery import is_redelivery, tried_before
from swarmlog.v1 import constants, operation_pb2, parking_pb2

_NOT_COMMITTED = "Expected the step to be committed, but the agent stopped before"
_REFUSES = {Decision.RETRY_LATER, Decision.PARK}


class Answers(Protocol):
    """Where the answer goes."""

    def applied(self, log: Log, done: PreparedStep, acks: AckSpans) -> None:
        """The step is applied and committed."""

    def failed(self, log: Log) -> None:
        """It is to be tried again."""

    def refused(self, log: Log, nack: parking_pb2.Nack, applied_before: int) -> None:
        """An operation cannot be applied.

        `applied_before` are the operations since the run started or stopped last.
        """

    def stopped(self, why: Failure) -> None:
        """The agent cannot go on."""


class FailureListener(Protocol):
    """Who is told that a handler raised."""

    def handler_failed(
        self,
        operations: Sequence[Operation],
        failure: Exception,
        attempts: int,
        decision: Decision,
    ) -> None:
        """A handler raised."""


@dataclass(slots=True)
class _Run:
    """How far a step has come."""

    step: LaneStep
    spans: StepSpans
    prepared: PreparedStep | None = None
    next: int = 0
    attempts: int = 0
    applied: int = 0
    # By index; what comes before, the coordinator has been told of.
    untold: int = 0


class LaneHandler:
    """Runs a lane's steps, one at a time.

    A step is delivered again only after it was answered, so runs never overlap. For one event loop.
    """

    def __init__(
        self,
        log: Log,
        ledger: LaneLedger,
        application: Application,
        policy: FailurePolicy,
        worker: Worker,
        watch: RunWatch,
        answers: Answers,
        listener: FailureListener,
        random: Randomness,
        handler_log: HandlerLog,
        tracing: AgentTracing,
    ) -> None:
        self._log = log
        self._ledger = ledger
        self._application = application
        self._policy = policy
        self._worker = worker
        self._watch = watch
        self._answers = answers
        self._listener = listener
        self._random = random
        self._handler_log = handler_log
        self._tracing = tracing
        self._run: _Run | None = None
        # Or skipped, by index.
        self._refused: set[int] = set()
        self._at_once = RetryBudget.of_handlers()
        self._task: asyncio.Task[None] | None = None

    def deliver(self, step: LaneStep) -> None:
        """Run a step."""
        self._run = _Run(step, StepSpans(self._tracing, step))
        self._refused = set()
        self.deliver_again()

    def go_on(self) -> None:
        """Run the step again, from behind the operation that was refused."""
        run = self._step_under_way()
        self._refused.add(run.next)
        run.next += 1
        run.untold = run.next
        run.applied = 0
        run.attempts = 0
        self.deliver_again()

    def deliver_again(self) -> None:
        """Run the step again, from where it failed."""
        coroutine = self._go(self._step_under_way())
        self._task = asyncio.get_running_loop().create_task(coroutine)

    @property
    def running_ms(self) -> int:
        """How long the call of a handler that is under way has been running; 0 if there is none."""
        return self._watch.running_ms

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in a handler of this lane."""
        if self._worker.is_current:
            return True
        try:
            return self._task is not None and asyncio.current_task() is self._task
        except RuntimeError:
            return False  # Not on an event loop.

    async def abort(self) -> None:
        """Cancel the run under way, and end what is recorded of it."""
        task, self._task = self._task, None
        if task is not None and not task.done() and task is not asyncio.current_task():
            self._watch.abort()
            task.cancel()
            await asyncio.wait([task])
        if self._run is not None:
            self._run.spans.abandon(_NOT_COMMITTED)
        self._worker.close()

    async def _go(self, run: _Run) -> None:
        try:
            answer = await self._apply(run)
        except Exception as e:  # noqa: BLE001 - the agent stops, and says why
            said = str(e) if isinstance(e, CursorStoreError) else f"a step failed: {e!r}"
            answer = Failure.local_terminal(said, e)
        # Before the answer: that may start the next run.
        self._watch.run_ends()
        match answer:
            case (PreparedStep() as done, AckSpans() as acks):
                self._answers.applied(self._log, done, acks)
            case None:
                self._answers.failed(self._log)
            case parking_pb2.Nack() as nack:
                self._answers.refused(self._log, nack, run.applied)
            case Failure() as why:
                run.spans.abandon(_NOT_COMMITTED)
                self._answers.stopped(why)

    async def _apply(
        self, run: _Run
    ) -> tuple[PreparedStep, AckSpans] | parking_pb2.Nack | Failure | None:
        if run.prepared is None:
            run.prepared = await self._prepare(run.step)
        ready = run.prepared
        while True:
            failed = await self._attempt(run, ready)
            if failed is None:
                self._at_once.succeeded(len(ready.batch.messages) - len(self._refused))
                done = self._ledger.applied(ready, self._refused)
                await self._application.commit(done)
                self._handler_log.applied(run.step, done)
                return done, run.spans.committed()
            decision, nack = await self._decide(run, ready, failed)
            match decision:
                case Decision.RETRY:
                    return None
                case Decision.RETRY_LATER | Decision.PARK:
                    return nack
                case Decision.STOP:
                    return self._stopped(run, failed)
                case Decision.SKIP:
                    run.next = failed.index + max(1, len(failed.operations))
                    self._refused.update(range(failed.index, run.next))
                    run.attempts = 0

    async def _attempt(self, run: _Run, ready: PreparedStep) -> NotApplied | None:
        try:
            run.spans.begin(run.next, run.attempts)
            await self._application.apply(ready, run.next, run.spans)
        except NotApplied as e:
            return e
        return None

    async def _prepare(self, step: LaneStep) -> PreparedStep:
        if self._ledger.reads_state and (
            step.start is not None or not isinstance(step.content, Delivered)
        ):
            return await self._worker.run(self._ledger.prepare, step)
        return self._ledger.prepare(step)

    async def _decide(
        self, run: _Run, ready: PreparedStep, e: NotApplied
    ) -> tuple[Decision, parking_pb2.Nack | None]:
        """What becomes of what could not be applied, and what the coordinator is told of it."""
        run.applied += e.index - run.next
        run.attempts = run.attempts + 1 if e.index == run.next else 1
        run.next = e.index
        first = e.operations[0] if e.operations else None
        tried = run.attempts + (tried_before(first) if first is not None else 0)
        operations = [Operation(message) for message in e.operations]
        decided = await self._worker.run(self._policy.decide, operations, e.cause, tried)
        decision = self._feasible(self._affordable(decided, run.attempts), ready, e.index)
        nack = None
        if decision in _REFUSES and first is not None:
            nack = await self._nack(first, decision, e.cause)
            nack.applied_before = self._applied_untold(run, ready)
        op_id = run.step.to.op_id if first is None else first.op_id
        self._handler_log.failed(op_id, tried, decision, nack, e.cause)
        self._listener.handler_failed(operations, e.cause, tried, decision)
        return decision, nack

    def _affordable(self, decided: Decision, attempts: int) -> Decision:
        if decided is Decision.RETRY_AT_ONCE and (
            attempts > constants.HANDLER_MAX_RETRIES_AT_ONCE or not self._at_once.take()
        ):
            return Decision.RETRY_LATER
        return decided

    def _feasible(self, decided: Decision, ready: PreparedStep, index: int) -> Decision:
        """Only an operation of the log, and known by itself, can be refused."""
        can = (
            self._log is not Log.TELEMETRY
            and self._application.singles_out
            and index not in ready.made
        )
        return Decision.RETRY if decided in _REFUSES and not can else decided

    async def _nack(
        self, operation: operation_pb2.Operation, decision: Decision, cause: Exception
    ) -> parking_pb2.Nack:
        nack = parking_pb2.Nack(log=self._log.wire, op_id=operation.op_id)
        nack.status.code = _code_of(cause)
        # What cannot be encoded must not keep the rest from being told.
        said = f"{type(cause).__name__}: {cause}".encode(errors="replace").decode()
        nack.status.message = said[: constants.HANDLER_MAX_STATUS_MESSAGE_CHARS]
        if decision is Decision.PARK:
            nack.reaction = parking_pb2.Nack.REACTION_PARK
            return nack
        times = 1 + tried_before(operation)
        longest = await self._worker.run(self._policy.retry_later_in, times)
        longest_ms = longest // timedelta(milliseconds=1)
        longest_ms = max(1, min(constants.HANDLER_LONGEST_RETRY_MS, longest_ms))
        nack.reaction = parking_pb2.Nack.REACTION_RETRY
        nack.retry_after_ms = longest_ms - self._random.randrange(longest_ms // 2 + 1)
        return nack

    def _applied_untold(self, run: _Run, ready: PreparedStep) -> int:
        """As Nack counts: operations of the lane that came for the first time."""
        if not isinstance(run.step.content, Delivered):
            return 0
        return sum(
            i not in self._refused
            and i not in ready.made
            and not is_redelivery(ready.batch.messages[i])
            for i in range(run.untold, run.next)
        )

    def _stopped(self, run: _Run, e: NotApplied) -> Failure:
        op_id = e.operations[0].op_id if e.operations else run.step.to.op_id
        return Failure.local_terminal(
            f"Expected the handler to apply operation {op_id} of {self._log.label}, but it failed "
            f"{run.attempts} times and its policy says STOP: {e.cause!r}",
            e.cause,
        )

    def _step_under_way(self) -> _Run:
        if self._run is None:
            raise RuntimeError("Expected a step to run, but there is none")
        return self._run


def _code_of(cause: Exception) -> int:
    code = cause.code if isinstance(cause, SwarmlogError) else grpc.StatusCode.UNKNOWN
    number: int = code.value[0]
    return number
