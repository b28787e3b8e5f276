"""Agents."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from swarmlog.agent_listener import AgentListener
from swarmlog.agent_log import AgentLog, agent_name
from swarmlog.agent_monitor import AgentMonitor
from swarmlog.agent_shell import AgentShell
from swarmlog.arguments import require_name, require_roles, require_topic, require_topics
from swarmlog.connection import Connection, Security
from swarmlog.cursor import (
    CommittedCursor,
    CursorStore,
    EffectStore,
    MemoryCursorStore,
    require_cursor_store,
    require_effects,
)
from swarmlog.errors import Failure
from swarmlog.handling.agent_tracing import AgentTracing
from swarmlog.handling.application import Application, ByBatch, ByOperation, WithEffects
from swarmlog.handling.failure_policy import Decide, FailurePolicy, policy_of
from swarmlog.handling.handler_check import (
    check_handler,
    check_plain,
    is_coroutine,
    name_of,
)
from swarmlog.handling.handler_log import HandlerLog
from swarmlog.handling.handler_table import HandlerTable, PayloadType
from swarmlog.handling.lane_handler import LaneHandler
from swarmlog.handling.sync_spans import SyncSpans
from swarmlog.handling.watch import RunWatch
from swarmlog.handling.worker import Worker
from swarmlog.names import Log, Topic, topic_named
from swarmlog.publishing.publisher import Publisher
from swarmlog.session.agent_state import AgentState
from swarmlog.session.batch import Batch
from swarmlog.session.heartbeats import ClockOffset
from swarmlog.session.held_state import StateSource
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.signals import on_signals
from swarmlog.stored import read
from swarmlog.tracing import Instruments
from swarmlog.units import NS_PER_US
from swarmlog.v1 import constants, position_pb2, resume_pb2, session_pb2
from swarmlog.version import version
from swarmlog.view import DURABLE_TOPICS, view_of

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

H = TypeVar("H", bound=Callable[..., Any])

_LOG = logging.getLogger("swarmlog.agent")
_CLOSE_TIMEOUT = timedelta(seconds=10)
_STATE_INTERVAL = timedelta(milliseconds=constants.SESSION_STATE_INTERVAL_MS)
_CAPABILITIES = (
    session_pb2.CAPABILITY_SYNC | session_pb2.CAPABILITY_DRIFT | session_pb2.CAPABILITY_NACK
)


class Agent:
    """Follows its view of a swarm's log, applies every operation in order, and keeps its cursor.

    At least once each; exactly once with an `EffectStore`. It reconnects for ever.

        agent = Agent("localhost:7400", swarm="hello", name="agent-1")

        @agent.on(Topic.COMMANDS, "hello.Greeting")
        async def greet(operation):
            print(operation.text)

        async def main():
            async with agent:
                await agent.stopped()

        asyncio.run(main())  # or, in a program without an event loop: agent.run()

    Handlers that are `async def` run on the event loop, and must not block it; plain functions run
    on a thread. One call at a time per lane (control, main, telemetry), lanes beside each other, so
    a slow command holds up neither control operations nor heartbeats. While a batch is being
    applied no further one is read, and the coordinator feels a closed window. Handlers may publish.

    For one event loop, and used once: an agent that was closed is not started again.
    """

    def __init__(
        self,
        target: str | Connection,
        *,
        swarm: str,
        name: str,
        roles: Iterable[str] = (),
        topics: Topic | Iterable[Topic] = (),
        view: resume_pb2.View | None = None,
        instance: str | None = None,
        security: Security | None = None,
        cursor_store: CursorStore | None = None,
        effects: EffectStore | None = None,
        failure_policy: FailurePolicy | Decide | None = None,
        listener: AgentListener | None = None,
        state_of: StateSource | None = None,
        state_interval: timedelta = _STATE_INTERVAL,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        """Make an agent of a coordinator at `target`, "host:port", or over a shared connection.

        It sees of each topic what is for all agents, for itself, and for its `roles`: of the topics
        that have handlers, or of `topics`; with a handler of batches or `effects` that is all but
        telemetry. `view` says it scope by scope. `instance` names this run of the agent, a random
        UUID if it is not given: a newer session of the same agent ends the older one.

        `cursor_store` keeps the cursor; in memory if it is not given: then the agent starts from
        the beginning of the log. `effects` applies batches and commits the cursor in one step,
        instead of handlers. The agent closes the store it was given.

        `failure_policy` decides what happens when a handler raises, `FailurePolicy.retry_later()`
        if it is not given; a function that decides does as well.

        `state_of` has the agent's own state compared with the log, at most every `state_interval`:
        it hands over every key of a scope that is held now, with its payload as it was published,
        and nothing else. Without it, what is compared is what the agent noted when it handed
        operations to handlers. It is called on a thread, between two batches of the scope's lane,
        and reads all keys, so it takes as long as that takes.

        Without providers, spans and metrics go to OpenTelemetry's global ones, if the application
        has set those by the time the agent is started. ValueError if something is missing, or
        contradicts something else; TypeError if it is something else than it should be.
        """
        require_name("a swarm", swarm)
        require_name("an agent", name)
        if state_interval <= timedelta(0):
            raise ValueError(
                f"Expected a time above zero between comparisons, but got {state_interval}."
            )
        if effects is not None and cursor_store is not None:
            raise ValueError(
                "Expected the cursor in the effect store, but a cursor store is given too: leave "
                "that out."
            )
        if cursor_store is not None:
            require_cursor_store(cursor_store)
        if effects is not None:
            require_effects(effects)
            check_handler(effects.apply, ("the batch", "the cursor after it"))
            check_plain(effects.apply)
        if isinstance(target, Connection):
            if security is not None:
                raise ValueError(
                    "Expected security to be set where the connection is made, but the agent was "
                    "given a connection."
                )
            self._connection, self._owns_connection = target, False
        else:
            self._connection, self._owns_connection = Connection(target, security=security), True
        self.swarm = swarm
        self.name = name
        self._roles = require_roles(roles)
        self._topics = require_topics(topics)
        self._view = view
        self._instance = instance or str(uuid.uuid4())
        self._effects = effects
        self._store: CursorStore = MemoryCursorStore() if cursor_store is None else cursor_store
        self._policy = policy_of(failure_policy)
        self._state_of = state_of
        self._state_interval_ns = state_interval // timedelta(microseconds=1) * NS_PER_US
        self._providers = (tracer_provider, meter_provider)
        self._handlers = HandlerTable()
        self._batch_handler: Callable[[Batch], object] | None = None
        log = AgentLog(swarm, name, self._connection.target, time.monotonic_ns)
        self._monitor = AgentMonitor(log, listener or AgentListener())
        self._publisher: Publisher | None = None
        self._cursor: CommittedCursor | None = None
        self._shell: AgentShell | None = None
        self._storage = Worker(f"swarmlog-{name}-store")
        self._started = False
        self._closing: asyncio.Task[None] | None = None

    # What it does with operations.

    def on(self, topic: Topic, payload: PayloadType = None) -> Callable[[H], H]:
        """Decorate a function that applies operations of the topic with this payload.

        A payload type by its name: the function gets the `Operation`. The class of a protobuf
        message: it gets operation and parsed message. None: what no other handler is for; without
        such a one that is passed over, and the cursor moves on. ValueError if there is one already;
        TypeError if the function cannot be called so, or contains `yield`.
        """
        topic = _decorated_topic(topic)

        def register(handler: H) -> H:
            self._require_not_started()
            self._handlers.add(topic, payload, handler)
            return handler

        return register

    def on_deletion(self, topic: Topic) -> Callable[[H], H]:
        """Decorate a function that applies deletions of keys in the topic.

        A deletion has no payload, so no type chooses its handler. ValueError if there is one.
        """
        topic = _decorated_topic(topic)

        def register(handler: H) -> H:
            self._require_not_started()
            self._handlers.add_deletion(topic, handler)
            return handler

        return register

    def on_batch(self, handler: H) -> H:
        """Decorate the function that applies whole ordered batches, a `Batch` at a time."""
        self._require_not_started()
        if self._batch_handler is not None:
            raise ValueError("Expected one handler of batches, but there are two: keep one.")
        check_handler(handler, ("the batch",))
        self._batch_handler = handler
        return handler

    # Its life.

    async def start(self) -> None:
        """Read the cursor and connect; does not wait for the coordinator. `async with` does it.

        ValueError if the settings contradict each other; CursorStoreError if the cursor cannot be
        read, or is another agent's.
        """
        self._require_not_started()
        view = self._declared_view()
        logs = list(dict.fromkeys(topic_named(scope.topic).log for scope in view.scopes))
        self._started = True
        try:
            ledgers = await self._storage.run(self._read, logs)
        except BaseException:
            await self._close_store(_CLOSE_TIMEOUT)
            if self._owns_connection:
                await self._connection.close()
            raise
        tracing = AgentTracing(Instruments(self.swarm, self.name, *self._providers), self.name)
        cursor = self._committed()
        self._shell = AgentShell(
            self._connection,
            self._identity(view),
            {log: cursor.cursor.resume(log) for log in logs},
            frozenset(log for log, ledger in ledgers.items() if ledger.lacks_keys),
            self._monitor,
            None if self._state_of is None else self._state_interval_ns,
            SyncSpans(tracing),
        )
        for log, ledger in ledgers.items():
            self._shell.handlers[log] = self._lane_handler(log, ledger, self._shell, tracing)
        self._shell.start()

    async def __aenter__(self) -> Agent:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self, timeout: timedelta = _CLOSE_TIMEOUT) -> None:
        """Stop reading, let the batches in handlers finish, acknowledge them, and end the session.

        For at most so long; then handlers on the event loop are cancelled, and what those on
        threads do is not committed. Then the publisher is closed as well, and the store. Called
        from a handler it returns at once, and the rest happens after that handler.
        """
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(timeout))
        if self._shell is None or not self._shell.is_in_handler:
            await asyncio.shield(self._closing)

    def run(self) -> None:
        """Start the agent, and return when it is stopped: for programs without an event loop.

        Ctrl-C and SIGTERM drain it; a second one ends it at once. To be called on the main thread.
        TerminalError if it was refused for good.
        """
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._run())

    async def stopped(self) -> None:
        """Return when the agent is closed; TerminalError if it was refused for good."""
        await self._monitor.until(lambda state: state.is_final)
        if self._monitor.refusal is not None:
            raise self._monitor.refusal

    async def caught_up(self) -> None:
        """Return when every lane has caught up; TerminalError if the agent stopped, or stops."""
        state = await self._monitor.until(lambda now: now is AgentState.LIVE or now.is_final)
        if state is not AgentState.LIVE:
            raise (
                self._monitor.refusal
                or Failure.local_terminal(
                    "Expected the agent to be open, but it was closed"
                ).to_terminal()
            )

    # How it fares.

    @property
    def state(self) -> AgentState:
        """What the agent is doing."""
        return self._monitor.state

    @property
    def publisher(self) -> Publisher:
        """A publisher under the agent's name, over its connection; closed with the agent.

        It tells the agent's listener, and records where the agent does.
        """
        if self._publisher is None:
            self._publisher = Publisher(
                self._connection,
                swarm=self.swarm,
                name=self.name,
                listener=self._monitor.publisher_changed,
                lost_listener=self._monitor.published_lost,
                tracer_provider=self._providers[0],
                meter_provider=self._providers[1],
            )
        return self._publisher

    @property
    def positions(self) -> dict[Log, position_pb2.Position]:
        """Of each log the last position applied and committed."""
        return {} if self._cursor is None else self._cursor.cursor.positions

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the coordinator's clock is ahead; None before a heartbeat was answered."""
        return None if self._shell is None else self._shell.clock_offset

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        asked = 0

        def ask_to_stop() -> None:
            nonlocal asked
            asked += 1
            if asked == 1:
                closing.append(loop.create_task(self.close()))
            elif task is not None:
                task.cancel()

        closing: list[asyncio.Task[None]] = []
        with on_signals(loop, ask_to_stop):
            try:
                async with self:
                    await self.stopped()
            except asyncio.CancelledError:
                if asked == 0:
                    raise

    async def _close(self, timeout: timedelta) -> None:
        shell = self._shell
        if shell is not None:
            shell.close()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(
                    self._monitor.until(lambda state: state.is_final), timeout.total_seconds()
                )
            await shell.abort()
        if self._publisher is not None:
            await self._publisher.close(timeout)
        if self._started:
            await self._close_store(timeout)
        if self._owns_connection:
            await self._connection.close()
        if not self.state.is_final:
            self._monitor.state_changed(AgentState.CLOSED)

    async def _close_store(self, timeout: timedelta) -> None:
        try:
            # A store that does not answer must not keep the program from ending.
            await asyncio.wait_for(self._storage.run(self._close_storage), timeout.total_seconds())
        except Exception:  # noqa: BLE001 - whatever a user's store raises
            name = agent_name(self.swarm, self.name)
            _LOG.warning("Closing the store of %s failed", name, exc_info=True)
        finally:
            self._storage.close()

    def _close_storage(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
        (self._effects or self._store).close()

    def _read(self, logs: Sequence[Log]) -> dict[Log, LaneLedger]:
        stored = read(self._effects or self._store, self.swarm, self.name)
        self._cursor = CommittedCursor(stored.cursor)
        return stored.ledgers(logs, self._state_of)

    def _lane_handler(
        self, log: Log, ledger: LaneLedger, shell: AgentShell, tracing: AgentTracing
    ) -> LaneHandler:
        worker = Worker(f"swarmlog-{self.name}-{log.label}")
        watch = RunWatch()
        return LaneHandler(
            log,
            ledger,
            self._application(worker, watch),
            self._policy,
            worker,
            watch,
            shell,
            self._monitor,
            self._connection.random,
            HandlerLog(self.swarm, self.name, log),
            tracing,
        )

    def _application(self, worker: Worker, watch: RunWatch) -> Application:
        cursor = self._committed()
        if self._effects is not None:
            return WithEffects(self._effects, cursor, worker, watch)
        if self._batch_handler is not None:
            is_async = is_coroutine(self._batch_handler)
            return ByBatch(self._batch_handler, is_async, cursor, self._store, worker, watch)
        return ByOperation(self._handlers, cursor, self._store, worker, watch)

    def _committed(self) -> CommittedCursor:
        if self._cursor is None:
            raise RuntimeError("Expected the cursor to be read, but it is not")
        return self._cursor

    def _identity(self, view: resume_pb2.View) -> session_pb2.Hello:
        return session_pb2.Hello(
            protocol_min=constants.PROTOCOL_MIN,
            protocol_max=constants.PROTOCOL_MAX,
            capabilities=_CAPABILITIES,
            swarm=self.swarm,
            agent=self.name,
            instance=self._instance,
            roles=self._roles,
            view=view,
            highest_term=self._committed().cursor.highest_term,
            sdk=f"python/{version()}",
        )

    def _declared_view(self) -> resume_pb2.View:
        ways = [bool(self._handlers), self._batch_handler is not None, self._effects is not None]
        if sum(ways) != 1:
            raise ValueError(
                "Expected either handlers of operations, or one of batches, or effects, but "
                f"{sum(ways)} of these are set."
            )
        if self._view is not None:
            return self._view
        of_handlers = self._handlers.topics if self._handlers else DURABLE_TOPICS
        return view_of(self._topics or of_handlers, has_roles=bool(self._roles))

    def _require_not_started(self) -> None:
        if self._started or self._closing is not None:
            raise RuntimeError(
                "Expected an agent that was not started yet: handlers are declared before, and an "
                "agent is used once."
            )


def _decorated_topic(given: object) -> Topic:
    """The topic of a decorator, which may have been written without any."""
    if callable(given) and not isinstance(given, Topic):
        raise TypeError(
            f"Expected the topic whose operations {name_of(given)} applies, but it is decorated "
            "without one: write @agent.on(Topic.COMMANDS, type), with the parentheses."
        )
    return require_topic(given)
