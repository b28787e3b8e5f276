"""Publishers without an event loop of the program's own, against a real coordinator."""

import asyncio
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

import log
import swarmlog
from swarmlog import (
    Agent,
    Batch,
    Decision,
    Log,
    Operation,
    Publication,
    Publisher,
    QueueFullError,
    Topic,
    blocking,
)
from swarmlog.testing import Coordinator

PATIENCE_S = 30


def command(text: str) -> Publication:
    return swarmlog.event(Topic.COMMANDS, text, type="test.Text")


def test_should_publish_from_any_thread(swarmlog_coordinator: Coordinator, swarm: str) -> None:
    # given
    made = Publisher(swarmlog_coordinator.target, swarm=swarm, name="p")
    with blocking.running(made) as publisher, ThreadPoolExecutor(4) as threads:
        # when
        where = list(threads.map(lambda i: publisher.publish(command(str(i))), range(40)))
        later = publisher.submit(command("later"))
        group = publisher.publish_group([command("a"), command("b")])
        assert publisher.telemetry(swarmlog.measurement(1, type="t"))
        # then
        assert sorted(position.op_id for position in where) == list(range(1, 41))
        assert later.result(timeout=30).op_id == 41
        assert (group.first_op_id, group.op_id) == (42, 43)
        assert publisher.pending() == 0
        assert publisher.state(Log.MAIN).queued_groups == 0
    assert publisher.telemetry_counts().taken == 1
    with pytest.raises(RuntimeError, match="it was closed"):
        publisher.publish(command("late"))


def test_should_raise_what_the_publisher_raises(
    swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    made = Publisher(swarmlog_coordinator.target, swarm=swarm, name="p", max_queued_bytes=1)
    with blocking.running(made) as publisher:
        # when
        answers = [publisher.submit(command("a"))]
        with pytest.raises(QueueFullError):
            answers.extend(publisher.submit(command("b")) for _ in range(1_000))
        with pytest.raises(ValueError, match="main or control"):
            publisher.state(Log.TELEMETRY)
    # then
    assert [answer.result().op_id for answer in answers] == list(range(1, len(answers) + 1))


def test_should_say_that_the_thread_of_the_loop_cannot_wait_for_itself(swarm: str) -> None:
    # given
    thread = blocking.LoopThread("test")

    async def call() -> None:
        thread.call(asyncio.sleep(0))

    # when, then
    with pytest.raises(RuntimeError, match="which would wait for itself"):
        thread.call(call())
    thread.close()
    thread.close()
    with pytest.raises(RuntimeError, match="it was closed"):
        thread.call(asyncio.sleep(0))


class Ends(BaseException):
    """Not meant to be caught."""


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, Ends])
@pytest.mark.parametrize("by_batch", [False, True])
def test_should_go_on_after_whatever_a_handler_raises(
    swarmlog_coordinator: Coordinator, swarm: str, raised: type[BaseException], by_batch: bool
) -> None:
    # given
    failures: list[Exception] = []
    told = threading.Event()
    got: queue.SimpleQueue[str] = queue.SimpleQueue()

    def decide(operations: Sequence[Operation], failure: Exception, attempts: int) -> Decision:
        failures.append(failure)
        told.set()
        return Decision.SKIP

    agent = Agent(swarmlog_coordinator.target, swarm=swarm, name="a", failure_policy=decide)

    async def apply(operation: Operation) -> None:
        if operation.text == "bad":
            raise raised("the end")
        got.put(operation.text)

    async def apply_all(batch: Batch) -> None:
        for operation in batch.operations:
            await apply(operation)

    if by_batch:
        agent.on_batch(apply_all)
    else:
        agent.on(Topic.COMMANDS)(apply)
    # when
    with blocking.running(agent) as publisher:
        publisher.publish(command("bad"))
        # A batch of its own, that is skipped whole.
        assert told.wait(PATIENCE_S)
        publisher.publish(command("good"))
        # then
        assert got.get(timeout=PATIENCE_S) == "good"
    (failure,) = failures
    assert isinstance(failure.__cause__, raised)


FORKING = """
import os
import sys
import warnings
import swarmlog
from swarmlog import Publisher, Topic, blocking

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads.
target, swarm = sys.argv[1:]
publication = swarmlog.event(Topic.COMMANDS, "a", type="t")
with blocking.running(Publisher(target, swarm=swarm, name="p")) as publisher:
    publisher.publish(publication)
    child = os.fork()
    if child == 0:
        try:
            publisher.publish(publication)
        except RuntimeError as e:
            print(e, flush=True)
        # Without what Python does at its end: the threads it would end are the parent's.
        os._exit(0)
    os.waitpid(child, 0)
    print(publisher.publish(publication).op_id, flush=True)
"""


def test_should_say_that_it_survives_no_fork(swarmlog_coordinator: Coordinator, swarm: str) -> None:
    # given a process without gRPC's own fork handlers: beside an event loop they crash the child
    environment = os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"}
    # when
    done = subprocess.run(
        [sys.executable, "-c", FORKING, swarmlog_coordinator.target, swarm],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # then
    said, op_id = done.stdout.splitlines()
    assert "where its thread is" in said
    assert "make it after the fork" in said
    assert op_id == "2"


PROGRAM = """
import sys
import swarmlog
from swarmlog import Publisher, Topic, blocking

target, swarm = sys.argv[1:]
with blocking.running(Publisher(target, swarm=swarm, name="p")) as publisher:
    publisher.publish(swarmlog.event(Topic.COMMANDS, "first", type="t"))
    print("ready", flush=True)
    sys.stdin.readline()
    for i in range(500):
        publisher.submit(swarmlog.event(Topic.COMMANDS, str(i), type="t"))
    print("submitted", flush=True)
    sys.stdin.readline()
"""


def test_should_drain_on_ctrl_c(swarmlog_coordinator: Coordinator, swarm: str) -> None:
    # given
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, swarmlog_coordinator.target, swarm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        program.stdin.write("\n")
        program.stdin.flush()
        assert program.stdout.readline() == "submitted\n"
        # when
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=30)
    # then
    assert "KeyboardInterrupt" in said
    found = asyncio.run(log.texts(swarmlog_coordinator.target, swarm))
    assert found == ["first", *(str(i) for i in range(500))]


# It never waits for long: a signal that comes just before a wait is only looked at behind it.
IMPATIENT = """
import time
import swarmlog
from swarmlog import Publisher, Topic, blocking

with blocking.running(Publisher("127.0.0.1:1", swarm="s", name="p")) as publisher:
    answer = publisher.submit(swarmlog.event(Topic.COMMANDS, "never", type="t"))
    try:
        print("submitted", flush=True)
        while True:
            time.sleep(0.05)
    except KeyboardInterrupt:
        print("draining", flush=True)
"""


def test_should_end_at_once_on_another_ctrl_c() -> None:
    # given a program that waits for an answer that never comes
    with subprocess.Popen(
        [sys.executable, "-c", IMPATIENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "submitted\n"
        program.send_signal(signal.SIGINT)
        assert program.stdout.readline() == "draining\n"
        draining = time.monotonic()
        # when, as often as an impatient person would
        while program.poll() is None:
            program.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(0.5)
    # then it did not wait for the ten seconds that it would have
    assert time.monotonic() - draining < 8


def test_should_leave_no_thread_behind(swarm: str) -> None:
    # given
    before = threading.active_count()
    # when
    with blocking.running(Publisher("localhost:1", swarm=swarm, name="p")) as publisher:
        assert publisher.pending() == 0
    # then
    assert threading.active_count() == before
