"""A publisher that the suite publishes with."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import grpc
from opentelemetry import context as otel_context
from opentelemetry import trace

from swarmlog import (
    Connection,
    GroupPosition,
    OutcomeUnknownError,
    Publication,
    Publisher,
    QueueFullError,
    Security,
    SwarmlogError,
    Topic,
    tracing,
)
from swarmlog.tracing import TraceText
from swarmlog.v1 import constants
from swarmlog_testee import testee_pb2 as pb
from swarmlog_testee.forms import failure_of, refusal_of, tracer_provider
from swarmlog_testee.fraction_random import randomness
from swarmlog_testee.suite import Suite


class TestedPublisher:
    """A publisher that the suite publishes with."""

    def __init__(self, settings: pb.StartPublisher, suite: Suite) -> None:
        """Make it. ValueError if the SDK refuses the settings."""
        self._suite = suite
        fraction = settings.random_fraction if settings.HasField("random_fraction") else None
        self._connection = Connection(
            settings.target, security=Security.plaintext(), random=randomness(fraction)
        )
        self._publisher = Publisher(
            self._connection,
            swarm=settings.swarm,
            name=settings.name,
            max_queued_groups=settings.max_queued_groups or constants.PUBLISHER_MAX_QUEUED_GROUPS,
            max_queued_bytes=settings.max_queued_bytes or constants.PUBLISHER_MAX_QUEUED_BYTES,
            tracer_provider=tracer_provider(settings.traced),
        )
        self._answers: set[asyncio.Task[None]] = set()

    async def publish(self, id: int, request: pb.Publish) -> None:
        """Hand a group over, and send its outcome under the id once there is one."""
        publications = [Publication(record, request.idempotency_key) for record in request.records]
        caller = tracing.span_context_of(TraceText(request.traceparent, ""))
        context = otel_context.get_current()
        if caller is not None:
            context = trace.set_span_in_context(trace.NonRecordingSpan(caller), context)
        token = otel_context.attach(context)
        try:
            if any(
                publication.record.topic == Topic.TELEMETRY.wire for publication in publications
            ):
                self._measure(id, publications)
                return
            answer = await self._publisher.submit(*publications)
        except QueueFullError as e:
            self._send(id, pb.PublishOutcome(queue_full=failure_of(e)))
            return
        except SwarmlogError as e:
            self._send(id, pb.PublishOutcome(failed=failure_of(e)))
            return
        except ValueError as e:
            self._send(id, pb.PublishOutcome(failed=refusal_of(e)))
            return
        finally:
            otel_context.detach(token)
        task = asyncio.get_running_loop().create_task(self._tell(id, answer))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def close(self, wait_ms: int) -> None:
        """Wait so long for answers; what has none is given up then, and has its outcome."""
        await self._publisher.close(timedelta(milliseconds=wait_ms))
        await asyncio.gather(*self._answers)
        await self._connection.close()

    def _measure(self, id: int, publications: Sequence[Publication]) -> None:
        """Nobody learns what becomes of telemetry that was taken."""
        taken = [self._publisher.telemetry(publication) for publication in publications]
        self._send(
            id,
            pb.PublishOutcome(appended=pb.Appended())
            if all(taken)
            else pb.PublishOutcome(queue_full=pb.Failure()),
        )

    async def _tell(self, id: int, answer: "asyncio.Future[GroupPosition]") -> None:
        try:
            where = await answer
        except OutcomeUnknownError as e:
            self._send(id, pb.PublishOutcome(unknown=failure_of(e)))
        except SwarmlogError as e:
            self._send(id, pb.PublishOutcome(failed=failure_of(e)))
        except Exception as e:  # noqa: BLE001 - the suite is told
            unknown = pb.Failure(
                code=grpc.StatusCode.INTERNAL.value[0],
                message=f"Expected an error of the SDK, but got {e!r}",
            )
            self._send(id, pb.PublishOutcome(unknown=unknown))
        else:
            appended = pb.Appended(
                first_op_id=where.first_op_id, last_op_id=where.op_id, duplicate=where.duplicate
            )
            self._send(id, pb.PublishOutcome(appended=appended))

    def _send(self, id: int, outcome: pb.PublishOutcome) -> None:
        self._suite.send(pb.Response(id=id, outcome=outcome))
