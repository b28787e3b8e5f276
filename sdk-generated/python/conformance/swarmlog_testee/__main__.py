"""Serves the suite until standard input ends, and exits with 0."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine

from swarmlog.version import version
from swarmlog_testee import testee_pb2 as pb
from swarmlog_testee import vectors
from swarmlog_testee.suite import Suite, read_requests
from swarmlog_testee.tested_agent import TestedAgent
from swarmlog_testee.tested_publisher import TestedPublisher


class Testee:
    """Does what the suite asks for. One request at a time begins; what may wait goes on beside."""

    def __init__(self, suite: Suite) -> None:
        """Answer a suite."""
        self._suite = suite
        self._agents: dict[int, TestedAgent] = {}
        self._publisher: TestedPublisher | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, request: pb.Request) -> None:
        """Do what is asked for; the suite is told what goes wrong."""
        try:
            await self._take(request)
        except Exception as e:  # noqa: BLE001 - the suite is told
            self._suite.problem(request.id, e)

    async def _take(self, request: pb.Request) -> None:
        id = request.id
        match request.WhichOneof("request"):
            case "describe":
                self._suite.send(pb.Response(id=id, description=_description()))
            case "start_agent":
                self._answer(id, self._start(request.start_agent))
            case "stop_agent":
                self._answer(id, self._stop(request.stop_agent.agent))
            case "handle_reply":
                self._suite.reply(id, request.handle_reply)
            case "start_publisher":
                if self._publisher is not None:
                    raise ValueError("Expected one publisher at a time, but one is started")
                self._publisher = TestedPublisher(request.start_publisher, self._suite)
                self._suite.done(id)
            case "publish":
                # In the order of the requests, so here.
                await self._started().publish(id, request.publish)
            case "stop_publisher":
                stopped, self._publisher = self._started(), None
                self._answer(id, stopped.close(request.stop_publisher.wait_ms))
            case "vector":
                self._compute(id, request.vector)
            case _:
                self._suite.unsupported(
                    id, "Expected a request that this testee knows, but got another"
                )

    def _answer(self, id: int, doing: Coroutine[None, None, None]) -> None:
        """Do it beside other requests, and answer."""

        async def do() -> None:
            try:
                await doing
            except Exception as e:  # noqa: BLE001 - the suite is told
                self._suite.problem(id, e)
            else:
                self._suite.done(id)

        task = asyncio.get_running_loop().create_task(do())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self, settings: pb.StartAgent) -> None:
        if settings.agent in self._agents:
            raise ValueError(f"Expected agent {settings.agent} to be a new one, but it is running")
        agent = TestedAgent(settings, self._suite)
        self._agents[settings.agent] = agent
        try:
            await agent.start()
        except BaseException:
            del self._agents[settings.agent]
            raise

    async def _stop(self, number: int) -> None:
        stopped = self._agents.pop(number, None)
        if stopped is None:
            raise ValueError(f"Expected agent {number} to be running, but it is not")
        await stopped.close()

    def _started(self) -> TestedPublisher:
        if self._publisher is None:
            raise ValueError("Expected a publisher to be started, but there is none")
        return self._publisher

    def _compute(self, id: int, vector: pb.Vector) -> None:
        computed = vectors.compute(vector.kind, vector.input_json)
        if computed is None:
            self._suite.unsupported(id, f"Expected a known kind of vector, but got {vector.kind}")
        else:
            self._suite.send(pb.Response(id=id, vector=pb.VectorAnswer(output_json=computed)))


def _description() -> pb.Description:
    return pb.Description(
        language="python",
        sdk=f"swarmlog-python {version()}",
        features=pb.Feature.keys()[1:],
    )


async def serve() -> None:
    """Serve the suite until standard input ends."""
    # Whatever anybody prints must not come between the messages.
    protocol = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    suite = Suite(protocol)
    testee = Testee(suite)
    loop = asyncio.get_running_loop()
    requests: asyncio.Queue[pb.Request | None] = asyncio.Queue()
    reader = threading.Thread(
        target=read_requests,
        args=(
            sys.stdin.buffer,
            lambda request: loop.call_soon_threadsafe(requests.put_nowait, request),
            lambda: loop.call_soon_threadsafe(requests.put_nowait, None),
        ),
        name="suite-reader",
        daemon=True,
    )
    reader.start()
    while (request := await requests.get()) is not None:
        await testee.take(request)
    suite.flush()
    # Agents that the suite has not stopped end as by a crash.
    os._exit(0)


asyncio.run(serve())
