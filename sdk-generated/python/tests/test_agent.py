"""Agents against a real coordinator."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue

import swarmlog
from swarmlog import (
    Agent,
    AgentListener,
    AgentState,
    Batch,
    CursorStoreError,
    Decision,
    FailurePolicy,
    FileCursorStore,
    Log,
    MemoryCursorStore,
    Operation,
    Publication,
    Publisher,
    RepairReport,
    Scope,
    SqliteCursorStore,
    SyncReport,
    TerminalError,
    Topic,
)
from swarmlog.testing import Coordinator
from swarmlog.v1 import delivery_pb2, operation_pb2, position_pb2, resume_pb2, session_pb2
from swarmlog.v1.session_pb2_grpc import (
    SessionServiceServicer,
    add_SessionServiceServicer_to_server,
)

Make = Callable[..., Coordinator]
PATIENCE_S = 30.0


def command(text: str) -> Publication:
    return swarmlog.event(Topic.COMMANDS, text, type="test.Text")


def route(key: str, text: str) -> Publication:
    return swarmlog.keyed(Topic.RECONCILIATION, key, text, type="test.Route")


class Received:
    """What handlers were given, in order; to be awaited."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def add(self, text: str) -> None:
        """From any thread."""
        self.texts.append(text)
        self._loop.call_soon_threadsafe(self._changed.set)

    async def until(self, met: Callable[[list[str]], bool]) -> None:
        async def wait() -> None:
            while not met(self.texts):
                self._changed.clear()
                await self._changed.wait()

        await asyncio.wait_for(wait(), PATIENCE_S)

    async def until_count(self, count: int) -> None:
        await self.until(lambda texts: len(texts) >= count)


class Heard(AgentListener):
    """What a listener was told."""

    def __init__(self) -> None:
        self.states: list[AgentState] = []
        self.reports: list[SyncReport] = []
        self.repairs: list[RepairReport] = []
        self.decisions: list[Decision] = []
        self.mended = asyncio.Event()
        self.disconnects = asyncio.Semaphore(0)

    def state_changed(self, state: AgentState) -> None:
        self.states.append(state)

    def synced(self, report: SyncReport) -> None:
        self.reports.append(report)

    def drifted(self, repair: RepairReport) -> None:
        self.repairs.append(repair)
        self.mended.set()

    def disconnected(self, why: swarmlog.RetryableError, retry_in: timedelta) -> None:
        self.disconnects.release()

    def handler_failed(
        self,
        operations: Sequence[Operation],
        failure: Exception,
        attempts: int,
        decision: Decision,
    ) -> None:
        self.decisions.append(decision)


async def caught_up(agent: Agent) -> None:
    await asyncio.wait_for(agent.caught_up(), PATIENCE_S)


@pytest.fixture
def target(swarmlog_coordinator: Coordinator) -> str:
    return swarmlog_coordinator.target


async def test_should_give_operations_to_handlers_by_topic_and_type(
    target: str, swarm: str
) -> None:
    # given
    got = Received()
    agent = Agent(target, swarm=swarm, name="a", roles=["scout"])

    @agent.on(Topic.COMMANDS, "test.Text")
    async def text(operation: Operation) -> None:
        got.add(f"text {operation.text}")

    @agent.on(Topic.COMMANDS, StringValue)
    def parsed(operation: Operation, message: StringValue) -> None:
        got.add(f"message {message.value} in {threading.current_thread().name}")

    @agent.on(Topic.COMMANDS)
    async def other(operation: Operation) -> None:
        got.add(f"{operation.type} {operation.json()}")

    @agent.on(Topic.RECONCILIATION, "test.Route")
    def keyed(operation: Operation) -> None:
        got.add(f"{operation.key}={operation.text}")

    @agent.on_deletion(Topic.RECONCILIATION)
    def deleted(operation: Operation) -> None:
        got.add(f"{operation.key} is gone")

    # when
    async with agent:
        await caught_up(agent)
        publish = agent.publisher.publish
        await publish(command("a"))
        await publish(swarmlog.event(Topic.COMMANDS, StringValue(value="b")))
        await publish(swarmlog.event(Topic.COMMANDS, {"c": 1}, type="test.Json"))
        await publish(route("south", "12 km"))
        await publish(swarmlog.deleted(Topic.RECONCILIATION, "south"))
        await publish(
            swarmlog.event(Topic.COMMANDS, "d", type="test.Text", to=swarmlog.targets.role("scout"))
        )
        await publish(
            swarmlog.event(Topic.COMMANDS, "no", type="test.Text", to=swarmlog.targets.agent("b"))
        )
        await publish(command("e"))
        await got.until_count(7)
    # then
    assert got.texts == [
        "text a",
        "message b in swarmlog-a-main",
        "test.Json {'c': 1}",
        "south=12 km",
        "south is gone",
        "text d",
        "text e",
    ]
    assert agent.state is AgentState.CLOSED
    assert agent.positions[Log.MAIN].op_id == 8


@pytest.mark.parametrize("kind", ["file", "sqlite"])
async def test_should_go_on_where_it_was(
    target: str, swarm: str, tmp_path: Path, kind: str
) -> None:
    got = Received()
    async with Publisher(target, swarm=swarm, name="p") as publisher:
        for run in range(3):
            # given
            await publisher.publish(command(f"command {run}"))
            await publisher.publish(route("k", str(run)))
            heard = Heard()
            store = (
                FileCursorStore(tmp_path / "cursor")
                if kind == "file"
                else SqliteCursorStore(tmp_path / "cursor.db")
            )
            agent = Agent(target, swarm=swarm, name="a", cursor_store=store, listener=heard)
            agent.on(Topic.COMMANDS)(lambda operation: got.add(operation.text))
            agent.on(Topic.RECONCILIATION)(lambda operation: got.add(operation.text))
            # when
            async with agent:
                await caught_up(agent)
                await got.until_count(2 * run + 2)
            # then
            assert [report.mismatches for report in heard.reports] == [[]]
            assert all(report.exact and report.redundant == 0 for report in heard.reports)
    assert got.texts == ["command 0", "0", "command 1", "1", "command 2", "2"]


async def test_should_hand_over_groups_in_one_batch(target: str, swarm: str) -> None:
    # given
    batches: list[Batch] = []
    done = asyncio.Event()
    agent = Agent(target, swarm=swarm, name="a")

    @agent.on_batch
    async def apply(batch: Batch) -> None:
        batches.append(batch)
        if sum(len(batch.operations) for batch in batches) == 5:
            done.set()

    # when
    async with agent:
        await agent.publisher.publish_group([command("a"), command("b"), command("c")])
        await agent.publisher.publish_group([command("d"), command("e")])
        await asyncio.wait_for(done.wait(), PATIENCE_S)
    # then
    groups = [group for batch in batches for group in batch.groups()]
    assert [[operation.text for operation in group] for group in groups] == [
        ["a", "b", "c"],
        ["d", "e"],
    ]


async def test_should_come_back_when_the_coordinator_was_killed(
    swarmlog_coordinators: Make, swarm: str
) -> None:
    # given
    coordinator = swarmlog_coordinators()
    got, heard = Received(), Heard()
    agent = Agent(coordinator.target, swarm=swarm, name="a", listener=heard)
    agent.on(Topic.COMMANDS)(lambda operation: got.add(operation.text))
    async with agent:
        await agent.publisher.publish(command("before"))
        await got.until_count(1)
        # when
        await asyncio.to_thread(coordinator.kill)
        await asyncio.wait_for(heard.disconnects.acquire(), PATIENCE_S)
        later = asyncio.create_task(agent.publisher.publish(command("after")))
        await asyncio.to_thread(coordinator.start)
        # then
        await got.until_count(2)
        await later
    assert got.texts == ["before", "after"]


class Scripted(SessionServiceServicer):
    """A coordinator that has one operation, and notes the heartbeats it gets."""

    def __init__(self) -> None:
        self.running: list[int] = []
        self.still_running = asyncio.Event()

    async def Control(  # noqa: N802 - as generated
        self, requests: AsyncIterator[session_pb2.ControlRequest], context: object
    ) -> AsyncIterator[session_pb2.ControlResponse]:
        async for request in requests:
            if request.HasField("hello"):
                position = position_pb2.Position(log=Log.MAIN.wire, epoch=1, incarnation=1)
                plan = resume_pb2.LogPlan(log=Log.MAIN.wire, start=position)
                welcome = session_pb2.Welcome(heartbeat_interval_ms=20, plans=[plan])
                yield session_pb2.ControlResponse(welcome=welcome)
            else:
                beat = request.heartbeat
                self.running.append(beat.handler_running_ms)
                if beat.handler_running_ms > 200:
                    self.still_running.set()
                reply = session_pb2.HeartbeatReply(number=beat.number)
                yield session_pb2.ControlResponse(heartbeat_reply=reply)

    async def Data(  # noqa: N802 - as generated
        self, requests: AsyncIterator[session_pb2.DataRequest], context: object
    ) -> AsyncIterator[session_pb2.DataResponse]:
        async for request in requests:
            if request.HasField("attach"):
                to = position_pb2.Position(log=Log.MAIN.wire, epoch=1, incarnation=1, op_id=1)
                operation = operation_pb2.Operation(op_id=1, topic=Topic.COMMANDS.wire)
                delivery = delivery_pb2.Delivery(to=to, operations=[operation])
                yield session_pb2.DataResponse(delivery=delivery)


async def test_should_send_heartbeats_while_a_handler_blocks() -> None:
    # given
    server, scripted = grpc.aio.server(), Scripted()
    add_SessionServiceServicer_to_server(scripted, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    release = threading.Event()
    agent = Agent(f"127.0.0.1:{port}", swarm="s", name="a")
    agent.on(Topic.COMMANDS)(lambda operation: release.wait(PATIENCE_S))
    # when
    async with agent:
        await asyncio.wait_for(scripted.still_running.wait(), PATIENCE_S)
        release.set()
    await server.stop(None)
    # then
    assert len(scripted.running) >= 5


async def test_should_have_an_operation_given_again(target: str, swarm: str) -> None:
    # given
    got, heard = Received(), Heard()
    agent = Agent(
        target,
        swarm=swarm,
        name="a",
        listener=heard,
        failure_policy=lambda _operations, failure, _attempts: (
            Decision.PARK if isinstance(failure, KeyError) else Decision.RETRY_LATER
        ),
    )

    @agent.on(Topic.COMMANDS)
    async def apply(operation: Operation) -> None:
        if operation.text == "bad":
            raise KeyError("never")
        if operation.text == "flaky" and operation.redelivery is None:
            raise ValueError("not yet")
        again = operation.redelivery
        got.add(operation.text if again is None else f"{operation.text} {again.first_op_id}")

    async with agent:
        await caught_up(agent)
        # when
        for text in ("bad", "flaky", "good"):
            await agent.publisher.publish(command(text))
        # then
        await got.until_count(2)
    assert got.texts == ["good", "flaky 2"]
    assert heard.decisions == [Decision.PARK, Decision.RETRY_LATER]


async def test_should_retry_at_once_skip_and_stop(target: str, swarm: str) -> None:
    # given
    got = Received()
    agent = Agent(target, swarm=swarm, name="a", failure_policy=FailurePolicy.stop_after(1))

    @agent.on(Topic.COMMANDS)
    def fail(operation: Operation) -> None:
        raise ValueError(operation.text)

    skipping = Agent(target, swarm=swarm, name="b", failure_policy=FailurePolicy.skip_after(1))

    @skipping.on(Topic.COMMANDS)
    def fail_sometimes(operation: Operation) -> None:
        if operation.text == "bad":
            raise ValueError(operation.text)
        got.add(operation.text)

    tries: list[str] = []
    trying = Agent(target, swarm=swarm, name="c")

    @trying.on(Topic.COMMANDS)
    def fail_twice(operation: Operation) -> None:
        tries.append(operation.text)
        if len(tries) < 3:
            raise ValueError(operation.text)
        got.add(operation.text)

    async with Publisher(target, swarm=swarm, name="p") as publisher:
        await publisher.publish(command("bad"))
        await publisher.publish(command("good"))
    # when
    async with agent:
        with pytest.raises(TerminalError, match="operation 1 of main"):
            await asyncio.wait_for(agent.stopped(), PATIENCE_S)
    async with skipping:
        await got.until_count(1)
    async with trying:
        await got.until_count(3)
    # then
    assert agent.state is AgentState.FAILED
    assert got.texts == ["good", "bad", "good"]
    assert tries == ["bad", "bad", "bad", "good"]


async def test_should_be_mended_when_its_state_drifts(
    swarmlog_coordinators: Make, swarm: str
) -> None:
    # given
    coordinator = swarmlog_coordinators(**{"drift-check-interval": "100ms", "in-memory": True})
    state: dict[Scope, dict[str, operation_pb2.Payload]] = {}
    heard, got = Heard(), Received()
    agent = Agent(
        coordinator.target,
        swarm=swarm,
        name="a",
        listener=heard,
        state_of=lambda scope: list(state.get(scope, {}).items()),
        state_interval=timedelta(milliseconds=100),
    )

    @agent.on(Topic.RECONCILIATION)
    def keep(operation: Operation) -> None:
        if operation.key:
            held = state.setdefault(operation.scope, {})
            held.pop(operation.key, None)
            if not operation.is_deletion:
                held[operation.key] = operation.payload
            got.add(operation.key)

    async with agent:
        for i in range(50):
            await agent.publisher.publish(route(f"k{i:02}", str(i)))
        await got.until_count(50)
        await caught_up(agent)
        # when
        (held,) = state.values()
        held["k07"] = swarmlog.payloads.text("test.Route", "wrong")
        del held["k08"]
        # then
        await got.until(lambda _: len(held) == 50 and held["k07"].data == b"7")
        await asyncio.wait_for(heard.mended.wait(), PATIENCE_S)
    mended = {key for repair in heard.repairs for key in repair.keys}
    assert mended == {"k07", "k08"}


async def test_should_refuse_a_cursor_that_is_in_use(
    target: str, swarm: str, tmp_path: Path
) -> None:
    # given
    agent = Agent(target, swarm=swarm, name="a", cursor_store=FileCursorStore(tmp_path))
    got = Received()
    agent.on(Topic.COMMANDS)(lambda operation: got.add(operation.text))
    other = Agent(target, swarm=swarm, name="b", cursor_store=FileCursorStore(tmp_path))
    other.on(Topic.COMMANDS)(lambda operation: None)
    async with agent:
        await agent.publisher.publish(command("a"))
        await got.until_count(1)
        # when
        with pytest.raises(CursorStoreError, match="another agent has it open"):
            await other.start()
    # then a name of its own, too
    third = Agent(target, swarm=swarm, name="c", cursor_store=FileCursorStore(tmp_path))
    third.on(Topic.COMMANDS)(lambda operation: None)
    with pytest.raises(CursorStoreError, match="that of agent 'a'"):
        await third.start()


async def test_should_stop_for_good_when_a_newer_one_runs(target: str, swarm: str) -> None:
    # given
    agents = [Agent(target, swarm=swarm, name="a") for _ in range(2)]
    for agent in agents:
        agent.on(Topic.COMMANDS)(lambda operation: None)
    async with agents[0]:
        await caught_up(agents[0])
        # when
        async with agents[1]:
            await caught_up(agents[1])
            # then
            with pytest.raises(TerminalError) as refused:
                await asyncio.wait_for(agents[0].stopped(), PATIENCE_S)
            assert refused.value.reason == "SESSION_SUPERSEDED"
            assert agents[1].state is AgentState.LIVE


async def test_should_be_closed_by_a_handler(target: str, swarm: str) -> None:
    # given
    agent = Agent(target, swarm=swarm, name="a")

    @agent.on(Topic.COMMANDS)
    async def close(operation: Operation) -> None:
        await agent.close()

    # when
    async with agent:
        await agent.publisher.publish(command("the last one"))
        await asyncio.wait_for(agent.stopped(), PATIENCE_S)
    # then
    assert agent.positions[Log.MAIN].op_id == 1


async def test_should_end_a_handler_that_does_not_return(target: str, swarm: str) -> None:
    # given
    entered, cancelled = asyncio.Event(), asyncio.Event()
    store = MemoryCursorStore()
    agent = Agent(target, swarm=swarm, name="a", cursor_store=store)

    @agent.on(Topic.COMMANDS)
    async def hang(operation: Operation) -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    await agent.start()
    await agent.publisher.publish(command("hangs"))
    await asyncio.wait_for(entered.wait(), PATIENCE_S)
    # when
    await agent.close(timedelta(milliseconds=100))
    # then
    assert cancelled.is_set()
    assert agent.state is AgentState.CLOSED
    position = store.load().position(Log.MAIN)
    assert position is None or position.op_id == 0


def test_should_say_what_is_missing() -> None:
    with pytest.raises(ValueError, match="name of an agent"):
        Agent("localhost:1", swarm="s", name="")
    agent = Agent("localhost:1", swarm="s", name="a")
    with pytest.raises(ValueError, match="either handlers"):
        asyncio.run(agent.start())
    agent.on(Topic.COMMANDS, "t")(lambda operation: None)
    with pytest.raises(ValueError, match="payload type 't'"):
        agent.on(Topic.COMMANDS, "t")(lambda operation: None)
    with pytest.raises(TypeError, match="class of a protobuf message"):
        agent.on(Topic.COMMANDS, dict)(lambda operation: None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a function"):
        agent.on(Topic.COMMANDS)("no function")  # type: ignore[type-var]


DRAINED = """
import sys, time, swarmlog
from swarmlog import Agent, FileCursorStore, Topic

agent = Agent(sys.argv[1], swarm=sys.argv[2], name="a", cursor_store=FileCursorStore(sys.argv[3]))

@agent.on(Topic.COMMANDS)
def work(operation):
    print("began", operation.text, flush=True)
    sys.stdin.readline()
    print("done", operation.text, flush=True)

agent.run()
print("stopped", agent.positions[swarmlog.Log.MAIN].op_id, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_should_drain_at_ctrl_c(
    target: str, swarm: str, tmp_path: Path, number: signal.Signals
) -> None:
    # given
    async with Publisher(target, swarm=swarm, name="p") as publisher:
        await publisher.publish(command("x"))
    process = subprocess.Popen(  # noqa: ASYNC220 - it is there at once
        [sys.executable, "-c", DRAINED, target, swarm, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert await asyncio.to_thread(process.stdout.readline) == "began x\n"
        # when
        process.send_signal(number)
        process.stdin.write("go on\n")
        process.stdin.flush()
        # then
        assert await asyncio.to_thread(process.stdout.readline) == "done x\n"
        assert await asyncio.to_thread(process.stdout.readline) == "stopped 1\n"
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0
