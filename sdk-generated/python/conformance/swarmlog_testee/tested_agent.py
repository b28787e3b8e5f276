"""An agent whose handlers are the suite."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from swarmlog import (
    Agent,
    AgentListener,
    Batch,
    Connection,
    Decision,
    FailurePolicy,
    FileCursorStore,
    Log,
    Operation,
    RepairReport,
    RetryableError,
    Security,
    SyncReport,
    TerminalError,
    Topic,
    tracing,
)
from swarmlog.units import NS_PER_US
from swarmlog.v1 import parking_pb2, position_pb2, resume_pb2
from swarmlog_testee import testee_pb2 as pb
from swarmlog_testee.forms import failure_of, tracer_provider
from swarmlog_testee.fraction_random import randomness
from swarmlog_testee.suite import NotHandledError, Suite
from swarmlog_testee.tested_store import TestedStore

_DECISIONS: Final = {
    pb.HandlerFailure.DECISION_RETRY: Decision.RETRY,
    pb.HandlerFailure.DECISION_RETRY_LATER: Decision.RETRY_LATER,
    pb.HandlerFailure.DECISION_PARK: Decision.PARK,
    pb.HandlerFailure.DECISION_SKIP: Decision.SKIP,
    pb.HandlerFailure.DECISION_STOP: Decision.STOP,
}
_DURABLE: Final = (Topic.CONTROL, Topic.COMMANDS, Topic.RECONCILIATION, Topic.ALERTS)
_BY_DEFAULT: Final = FailurePolicy.retry_later()


class TestedAgent:
    """An agent whose handlers are the suite."""

    def __init__(self, settings: pb.StartAgent, suite: Suite) -> None:
        """Make it. ValueError if the SDK refuses the settings."""
        self._settings = settings
        self._suite = suite
        self._loop = asyncio.get_running_loop()
        fraction = settings.random_fraction if settings.HasField("random_fraction") else None
        self._connection = Connection(
            settings.target, security=Security.plaintext(), random=randomness(fraction)
        )
        transaction = settings.handlers == pb.HANDLERS_TRANSACTION
        on_disk = settings.cursor_store == pb.CURSOR_STORE_DISK and not transaction
        self._agent = Agent(
            self._connection,
            swarm=settings.swarm,
            name=settings.name,
            roles=settings.roles,
            view=settings.view if settings.view.scopes else None,
            cursor_store=FileCursorStore(settings.directory) if on_disk else None,
            effects=TestedStore(settings.directory, self._commit) if transaction else None,
            failure_policy=_decide,
            listener=_SuiteListener(settings.agent, suite),
            tracer_provider=tracer_provider(settings.traced),
        )
        self._add_handlers()

    async def start(self) -> None:
        """Start it."""
        try:
            await self._agent.start()
        except BaseException:
            await self._connection.close()
            raise

    async def close(self) -> None:
        """Close it as a user does: wait for handlers."""
        await self._agent.close()
        await self._connection.close()

    def _add_handlers(self) -> None:
        match self._settings.handlers:
            case pb.HANDLERS_OPERATION:
                scopes = self._settings.view.scopes
                for topic in {Topic(scope.topic) for scope in scopes} or _DURABLE:
                    self._agent.on(topic)(self._handle)
            case pb.HANDLERS_BATCH:
                self._agent.on_batch(self._handle_batch)
            case pb.HANDLERS_TRANSACTION:
                pass
            case other:
                raise ValueError(
                    f"Expected to be told how operations are applied, but handlers is {other}"
                )

    async def _handle(self, operation: Operation) -> None:
        call = self._call()
        call.log = Topic(operation.topic).log.wire
        call.operations.append(operation.message)
        await self._suite.handle(call)

    async def _handle_batch(self, batch: Batch) -> None:
        await self._suite.handle(self._call_of(batch))

    def _commit(self, batch: Batch) -> None:
        # On a thread of the agent's.
        call = self._suite.handle(self._call_of(batch))
        asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def _call_of(self, batch: Batch) -> pb.Handle:
        call = self._call()
        call.log = batch.log.wire
        call.operations.extend(batch.messages)
        call.to.CopyFrom(batch.to)
        call.repair = batch.repair
        return call

    def _call(self) -> pb.Handle:
        call = pb.Handle(agent=self._settings.agent)
        text = tracing.trace_text_of(None) if self._settings.traced else None
        if text is not None:
            call.traceparent = text.traceparent
        return call


def _decide(operations: Sequence[Operation], failure: Exception, attempts: int) -> Decision:
    """Each failure is treated as the suite says with it."""
    wanted = _DECISIONS.get(failure.decision) if isinstance(failure, NotHandledError) else None
    return wanted or _BY_DEFAULT.decide(operations, failure, attempts)


class _SuiteListener(AgentListener):
    """Tells the suite what an agent tells its listener."""

    def __init__(self, agent: int, suite: Suite) -> None:
        self._agent = agent
        self._suite = suite

    def connected(self, session_id: str, plans: Sequence[resume_pb2.LogPlan]) -> None:
        self._tell(pb.AgentEvent(connected=pb.Connected(session_id=session_id)))

    def disconnected(self, why: RetryableError, retry_in: timedelta) -> None:
        retry_in_ns = retry_in // timedelta(microseconds=1) * NS_PER_US
        self._tell(
            pb.AgentEvent(
                disconnected=pb.Disconnected(why=failure_of(why), retry_in_ns=retry_in_ns)
            )
        )

    def refused(self, why: TerminalError) -> None:
        self._tell(pb.AgentEvent(refused=failure_of(why)))

    def caught_up(self, position: position_pb2.Position, received: int, duplicates: int) -> None:
        self._tell(pb.AgentEvent(caught_up=position))

    def synced(self, report: SyncReport) -> None:
        synced = pb.SyncReport(
            log=report.log.wire,
            target_op_id=report.target.op_id,
            exact=report.exact,
            received_count=report.received,
            paged_count=report.paged,
            redundant_count=report.redundant,
            agrees=not report.mismatches,
        )
        self._tell(pb.AgentEvent(synced=synced))

    def lost(self, log: Log, lost: Sequence[resume_pb2.LostEvents]) -> None:
        self._tell(pb.AgentEvent(lost=pb.Lost(log=log.wire, lost=lost)))

    def drifted(self, repair: RepairReport) -> None:
        drifted = pb.Drifted(
            scope=repair.scope.to_message(), keys=repair.keys, events_differed=repair.events
        )
        self._tell(pb.AgentEvent(drifted=drifted))

    def draining(self, reason: str) -> None:
        self._tell(pb.AgentEvent(draining=pb.Draining(reason=reason)))

    def nack_answered(self, reply: parking_pb2.NackReply) -> None:
        self._tell(pb.AgentEvent(nack_answered=reply))

    def telemetry_dropped(self, count: int) -> None:
        self._tell(pb.AgentEvent(telemetry_dropped=count))

    def _tell(self, event: pb.AgentEvent) -> None:
        event.agent = self._agent
        self._suite.send(pb.Response(event=event))
