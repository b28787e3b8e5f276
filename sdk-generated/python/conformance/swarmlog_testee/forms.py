"""Errors as the suite is told them, and OpenTelemetry as it is wanted."""

import grpc
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from swarmlog import SwarmlogError
from swarmlog.errors import UNSPECIFIED, Failure
from swarmlog_testee import testee_pb2 as pb


def failure_of(error: SwarmlogError) -> pb.Failure:
    """An error of the SDK."""
    failure = error.failure
    return pb.Failure(
        reason=reason_of(failure),
        code=error.code.value[0],
        message=failure.message,
        action=failure.action,
        retryable=failure.retryable,
    )


def refusal_of(error: ValueError) -> pb.Failure:
    """What has no status: the SDK refused it before it came to that."""
    return pb.Failure(code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message=str(error))


def reason_of(failure: Failure) -> str:
    """Empty if there is none."""
    return "" if failure.reason == UNSPECIFIED else failure.reason


def tracer_provider(traced: bool) -> TracerProvider | None:
    """An OpenTelemetry that records everything, and keeps nothing; None for none."""
    return TracerProvider(sampler=ALWAYS_ON) if traced else None
