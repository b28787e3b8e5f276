"""The testee, driven as the conformance suite does, against a real coordinator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from swarmlog_testee import testee_pb2 as pb
from swarmlog_testee import vectors

import swarmlog
from swarmlog import Publisher, Topic, targets
from swarmlog.testing import Coordinator
from swarmlog.v1 import operation_pb2, resume_pb2

HERE = Path(__file__).parent
VECTORS = HERE.parents[2] / "conformance" / "vectors"


def known_vectors() -> Iterator[Any]:
    for file in sorted(VECTORS.glob("*.json")):
        read = json.loads(file.read_text(encoding="utf-8"))
        for vector in read["vectors"]:
            yield pytest.param(read["kind"], vector, id=f"{read['kind']}: {vector['name']}")


@pytest.mark.parametrize(("kind", "vector"), list(known_vectors()))
def test_should_compute_what_is_expected(kind: str, vector: dict[str, Any]) -> None:
    computed = vectors.compute(kind, json.dumps(vector["input"]))
    assert computed is not None
    assert json.loads(computed) == vector["expected"]


class Testee:
    """The suite's end of a testee, which is a process of its own."""

    __test__ = False

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "swarmlog_testee"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HERE.parent / "conformance",
        )
        self._seen: list[pb.Response] = []
        self._last_id = 0

    def send(self, request: pb.Request) -> int:
        assert self._process.stdin is not None
        if not request.id:
            self._last_id += 1
            request.id = self._last_id
        content = request.SerializeToString()
        self._process.stdin.write(len(content).to_bytes(4, "big") + content)
        self._process.stdin.flush()
        return request.id

    def ask(self, request: pb.Request) -> pb.Response:
        request_id = self.send(request)
        return self.wait_for(
            lambda response: response.id == request_id and not response.HasField("handle")
        )

    def done(self, request: pb.Request) -> None:
        answer = self.ask(request)
        assert answer.HasField("done"), answer

    def handle(self) -> pb.Response:
        return self.wait_for(lambda response: response.HasField("handle"))

    def applied(self, handle: pb.Response) -> None:
        self.send(pb.Request(id=handle.id, handle_reply=pb.HandleReply(applied=pb.Done())))

    def failed(self, handle: pb.Response, decision: pb.HandlerFailure.Decision) -> None:
        failure = pb.HandlerFailure(message="no", decision=decision)
        self.send(pb.Request(id=handle.id, handle_reply=pb.HandleReply(failed=failure)))

    def event(self, kind: str) -> pb.AgentEvent:
        return self.wait_for(lambda response: response.event.WhichOneof("event") == kind).event

    def wait_for(self, wanted: Any) -> pb.Response:
        for i, response in enumerate(self._seen):
            if wanted(response):
                return self._seen.pop(i)
        while True:
            response = self._read()
            if wanted(response):
                return response
            self._seen.append(response)

    def _read(self) -> pb.Response:
        assert self._process.stdout is not None
        prefix = self._process.stdout.read(4)
        assert len(prefix) == 4, "the testee has ended"
        return pb.Response.FromString(self._process.stdout.read(int.from_bytes(prefix, "big")))

    def exit(self) -> int:
        """End its input; answers what it exits with."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(30)

    def kill(self) -> None:
        self._process.kill()
        with self._process:
            pass


@pytest.fixture
def testee() -> Iterator[Testee]:
    made = Testee()
    yield made
    made.kill()


def start(target: str, swarm: str, directory: Path, handlers: pb.Handlers) -> pb.Request:
    view = resume_pb2.View()
    view.scopes.add(topic=operation_pb2.TOPIC_COMMANDS, all=operation_pb2.AllAgents())
    return pb.Request(
        start_agent=pb.StartAgent(
            agent=1,
            target=target,
            swarm=swarm,
            name="a",
            view=view,
            cursor_store=pb.CURSOR_STORE_DISK,
            directory=str(directory),
            handlers=handlers,
            traced=True,
        )
    )


async def publish(target: str, swarm: str, text: str) -> None:
    async with Publisher(target, swarm=swarm, name="planner") as publisher:
        await publisher.publish(swarmlog.event(Topic.COMMANDS, text, type="t"))


def texts(handle: pb.Response) -> list[str]:
    return [operation.payload.data.decode() for operation in handle.handle.operations]


def test_should_say_what_it_is_and_end_with_its_input(testee: Testee) -> None:
    described = testee.ask(pb.Request(describe=pb.Describe())).description
    unknown = testee.ask(pb.Request(vector=pb.Vector(kind="weather", input_json="{}")))
    empty = testee.ask(pb.Request())
    assert described.language == "python"
    assert len(described.features) == len(pb.Feature.values()) - 1
    assert unknown.HasField("unsupported")
    assert empty.HasField("unsupported")
    assert testee.exit() == 0


@pytest.mark.parametrize(
    "handlers", [pb.HANDLERS_OPERATION, pb.HANDLERS_BATCH, pb.HANDLERS_TRANSACTION]
)
async def test_should_resume_where_what_took_effect_ends(
    swarmlog_coordinator: Coordinator, swarm: str, tmp_path: Path, handlers: pb.Handlers
) -> None:
    target = swarmlog_coordinator.target
    await publish(target, swarm, "one")
    first = Testee()
    try:
        first.done(start(target, swarm, tmp_path, handlers))
        one = first.handle()
        assert texts(one) == ["one"]
        first.applied(one)
        first.event("caught_up")
        await publish(target, swarm, "two")
        assert texts(first.handle()) == ["two"]
    finally:
        # when
        first.kill()
    # then
    second = Testee()
    try:
        second.done(start(target, swarm, tmp_path, handlers))
        again = second.handle()
        assert texts(again) == ["two"]
        second.applied(again)
        assert second.event("synced").synced.agrees
        assert second.event("caught_up").caught_up.op_id == 2
        second.done(pb.Request(stop_agent=pb.StopAgent(agent=1)))
        assert second.exit() == 0
    finally:
        second.kill()


async def test_should_fail_as_the_suite_says(
    swarmlog_coordinator: Coordinator, swarm: str, tmp_path: Path, testee: Testee
) -> None:
    target = swarmlog_coordinator.target
    await publish(target, swarm, "parked")
    await publish(target, swarm, "stops")
    testee.done(start(target, swarm, tmp_path, pb.HANDLERS_OPERATION))
    # when
    testee.failed(testee.handle(), pb.HandlerFailure.DECISION_PARK)
    second = testee.handle()
    testee.failed(second, pb.HandlerFailure.DECISION_STOP)
    # then
    assert texts(second) == ["stops"]
    answered = testee.event("nack_answered").nack_answered
    assert answered.op_id == 1
    assert "policy says STOP" in testee.event("refused").refused.message


async def test_should_publish_in_the_trace_of_the_caller_and_handle_in_it(
    swarmlog_coordinator: Coordinator, swarm: str, tmp_path: Path, testee: Testee
) -> None:
    target = swarmlog_coordinator.target
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    testee.done(start(target, swarm, tmp_path, pb.HANDLERS_OPERATION))
    testee.event("caught_up")
    testee.done(
        pb.Request(
            start_publisher=pb.StartPublisher(
                target=target, swarm=swarm, name="p", random_fraction=0.5, traced=True
            )
        )
    )
    # when
    record = swarmlog.event(Topic.COMMANDS, "x", type="t", to=targets.all_agents()).record
    good = testee.send(pb.Request(publish=pb.Publish(records=[record], traceparent=caller)))
    handled = testee.handle()
    testee.applied(handled)
    appended = testee.wait_for(lambda response: response.id == good)
    none = testee.ask(pb.Request(publish=pb.Publish()))
    # then
    assert appended.outcome.appended.first_op_id == 1
    assert handled.handle.traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert handled.handle.traceparent.endswith("-01")
    assert handled.handle.traceparent != caller
    assert none.outcome.failed.code == 3
    testee.done(pb.Request(stop_publisher=pb.StopPublisher(wait_ms=100)))
    assert testee.ask(pb.Request(publish=pb.Publish(records=[record]))).HasField("problem")
