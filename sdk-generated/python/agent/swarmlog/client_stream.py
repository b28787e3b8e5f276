"""One bidirectional call to a coordinator."""

import asyncio
import contextlib
import logging
from typing import Final, Generic, Protocol, TypeVar, cast

import grpc
import grpc.aio

from swarmlog.errors import Failure

Q = TypeVar("Q")
R = TypeVar("R")
Q_co = TypeVar("Q_co", covariant=True)
R_contra = TypeVar("R_contra", contravariant=True)

_LOG: Final = logging.getLogger(__name__)
_GENTLE_END_S: Final = 1.0


class StreamEvents(Protocol[Q_co, R_contra]):
    """What happens to a stream. All of it on the event loop; none of it blocks."""

    def next_frame(self) -> Q_co | None:
        """The next frame to be written, or None. Called when the stream takes one."""

    def frame(self, frame: R_contra) -> None:
        """Take a frame from the coordinator."""

    def ended(self, why: Failure) -> None:
        """Note the end; the last event."""


class ClientStream(Generic[Q, R]):
    """One bidirectional call, read as fast as frames are taken, or one frame for each `request`.

    Its events come on the event loop it was opened on, and none after `end` or `end_gently`.
    Frames are written one after the other, each when HTTP/2's window has room for it; `wake` says
    that there may be some. For one event loop only.
    """

    def __init__(
        self,
        call: "grpc.aio.StreamStreamCall[Q, R]",
        first: Q,
        events: StreamEvents[Q, R],
        target: str,
        *,
        paced: bool = False,
        drains: bool = False,
    ) -> None:
        """Start writing and reading.

        `first` is written first; `target` is the coordinator's address, for people to read. A
        `paced` stream reads a frame only when it is asked for, so that HTTP/2's window closes for a
        coordinator that sends faster than its frames are done with. One that `drains` asks for
        frames until there is none also after `end_gently`.
        """
        self._call = call
        self._events = events
        self._target = target
        self._ended = False
        self._awake = asyncio.Event()
        self._paced = paced
        self._drains = drains
        self._may_read = asyncio.Event()
        # The end is noticed also while nothing is read.
        call.add_done_callback(lambda _: self._may_read.set())
        loop = asyncio.get_running_loop()
        self._writer = loop.create_task(self._write(first))
        self._reader = loop.create_task(self._read())

    def wake(self) -> None:
        """Ask for frames to be written."""
        self._awake.set()

    def request(self) -> None:
        """Ask for one more frame of a paced stream; at most one at a time."""
        self._may_read.set()

    def end(self) -> None:
        """End the call at once."""
        if not self._ended:
            self._ended = True
            self._writer.cancel()
            self._call.cancel()

    def end_gently(self) -> None:
        """End the call so that what was sent arrives; frames that still come are thrown away."""
        if not self._ended:
            self._ended = True
            self._awake.set()
            self._may_read.set()
            loop = asyncio.get_running_loop()
            loop.call_later(_GENTLE_END_S, self._call.cancel)

    async def closed(self) -> None:
        """Return when the call is over, and nothing of it is left."""
        await asyncio.gather(self._writer, self._reader, return_exceptions=True)

    async def _write(self, first: Q) -> None:
        # What breaks while writing is told by the reader, which knows why.
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError, asyncio.CancelledError):
            await self._call.write(first)
            while not self._ended or self._drains:
                frame = self._events.next_frame()
                if frame is not None:
                    await self._call.write(frame)
                elif self._ended:
                    break
                else:
                    self._awake.clear()
                    await self._awake.wait()
            await self._call.done_writing()

    async def _read(self) -> None:
        try:
            while True:
                if self._paced and not self._ended:
                    await self._may_read.wait()
                    self._may_read.clear()
                read = await self._call.read()
                if read is grpc.aio.EOF:
                    break
                frame = cast(R, read)
                if not self._ended:
                    self._events.frame(frame)
            why = await self._how_it_ended()
        except grpc.RpcError as e:
            why = Failure.of_call(e, self._target)
        except asyncio.CancelledError:
            if not self._call.cancelled():
                self.end()
                raise
            why = Failure.local(grpc.StatusCode.CANCELLED, "The stream was cancelled")
        except Exception:  # noqa: BLE001 - it is logged, and ends the stream
            _LOG.exception("A step of a stream to %s failed", self._target)
            why = Failure.local(grpc.StatusCode.INTERNAL, "A frame could not be handled")
            self._call.cancel()
        self._writer.cancel()
        if not self._ended:
            self._ended = True
            self._events.ended(why)

    async def _how_it_ended(self) -> Failure:
        code = await self._call.code()
        if code is grpc.StatusCode.OK:
            return Failure.local(grpc.StatusCode.UNAVAILABLE, "The coordinator ended the stream")
        error = grpc.aio.AioRpcError(
            code,
            await self._call.initial_metadata(),
            await self._call.trailing_metadata(),
            await self._call.details(),
        )
        return Failure.of_call(error, self._target)
