"""What lies in a swarm's log, and its limits, for tests."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import grpc.aio

from swarmlog import Log
from swarmlog.v1 import (
    administration_pb2,
    observation_pb2,
    operation_pb2,
    rate_limits_pb2,
)
from swarmlog.v1.administration_pb2_grpc import AdministrationServiceStub
from swarmlog.v1.observation_pb2_grpc import ObservationServiceStub

PATIENCE = timedelta(seconds=60)


async def operations(target: str, swarm: str, log: Log = Log.MAIN) -> list[operation_pb2.Operation]:
    """All operations of a log, from its beginning to its head."""
    async with grpc.aio.insecure_channel(target) as channel:
        request = observation_pb2.TailRequest(
            swarm=swarm, log=log.wire, after_op_id=0, stop_at_head=True
        )
        found = []
        async for response in ObservationServiceStub(channel).Tail(request):
            found.extend(response.delivery.operations)
        return found


async def texts(target: str, swarm: str) -> list[str]:
    """The payloads of the main log, as text, in order."""
    return [operation.payload.data.decode() for operation in await operations(target, swarm)]


async def limit(target: str, swarm: str, limits: rate_limits_pb2.RateLimits) -> None:
    """Set the rate limits of a swarm, which is created if need be."""
    async with grpc.aio.insecure_channel(target) as channel:
        administration = AdministrationServiceStub(channel)
        await administration.CreateSwarm(administration_pb2.CreateSwarmRequest(name=swarm))
        await administration.SetRateLimits(
            administration_pb2.SetRateLimitsRequest(swarm=swarm, rate_limits=limits)
        )


class Told:
    """Awaits what a listener is told."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def note(self, *_: object) -> None:
        """Look again."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once it holds."""
        await asyncio.wait_for(self._until(condition), PATIENCE.total_seconds())

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()
