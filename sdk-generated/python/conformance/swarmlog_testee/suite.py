"""The conformance suite, at the other end of the pipes."""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from typing import BinaryIO, Final

from swarmlog_testee import testee_pb2 as pb

MAX_BYTES: Final = 128 << 20
"""The largest message an SDK takes, and as much again for what is around it."""

_LENGTH_BYTES: Final = 4


class NotHandledError(Exception):
    """What a handler raises when the suite wants it to fail."""

    def __init__(self, failure: pb.HandlerFailure) -> None:
        """Fail as the suite says."""
        super().__init__(failure.message)
        self.decision = failure.decision


class Suite:
    """The suite: it is told things, and it is the user's code that handlers call.

    Sending is for any thread, and never waits; what is sent is written in order. The rest is for
    the event loop.
    """

    def __init__(self, out: BinaryIO) -> None:
        """Write to a stream."""
        self._out = out
        self._outgoing: queue.SimpleQueue[pb.Response | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="suite-writer", daemon=True)
        self._writer.start()
        self._last_handle = 0
        # As many as there are handlers at work: one per agent and lane.
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def send(self, response: pb.Response) -> None:
        """Send a response."""
        self._outgoing.put(response)

    def done(self, id: int) -> None:
        """A request is done."""
        self.send(pb.Response(id=id, done=pb.Done()))

    def problem(self, id: int, why: BaseException) -> None:
        """A request could not be done."""
        self.send(pb.Response(id=id, problem=pb.Problem(message=str(why) or repr(why))))

    def unsupported(self, id: int, message: str) -> None:
        """The SDK cannot do that."""
        self.send(pb.Response(id=id, unsupported=pb.Unsupported(message=message)))

    async def handle(self, call: pb.Handle) -> None:
        """Have the suite handle operations. NotHandledError if it wants the handler to fail."""
        self._last_handle += 1
        id = self._last_handle
        reply = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            self.send(pb.Response(id=id, handle=call))
            await reply
        finally:
            del self._waiting[id]

    def reply(self, id: int, reply: pb.HandleReply) -> None:
        """The suite has answered. ValueError if no handler waits for that, or it says nothing."""
        waiting = self._waiting.get(id)
        if waiting is None or waiting.done():
            raise ValueError(f"Expected a reply to a handler that waits, but got one to call {id}")
        match reply.WhichOneof("reply"):
            case "applied":
                waiting.set_result(None)
            case "failed":
                waiting.set_exception(NotHandledError(reply.failed))
            case _:
                raise ValueError(f"Expected a reply of applied or failed to call {id}")

    def flush(self) -> None:
        """Wait until everything is written, and end."""
        self._outgoing.put(None)
        self._writer.join()

    def _write(self) -> None:
        while (response := self._outgoing.get()) is not None:
            content = response.SerializeToString()
            try:
                self._out.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
                self._out.flush()
            except BrokenPipeError:
                # Nobody reads any more.
                os._exit(1)


def read_requests(
    source: BinaryIO, take: Callable[[pb.Request], None], ended: Callable[[], None]
) -> None:
    """Read requests until the stream ends."""
    while True:
        prefix = source.read(_LENGTH_BYTES)
        if len(prefix) < _LENGTH_BYTES:
            ended()
            return
        length = int.from_bytes(prefix, "big")
        if length > MAX_BYTES:
            raise ValueError(f"Expected up to {MAX_BYTES} bytes, but the length is {length}")
        take(pb.Request.FromString(source.read(length)))
