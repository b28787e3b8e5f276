"""Error statuses as a coordinator writes them."""

from collections.abc import Mapping

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata

from swarmlog.errors import Failure
from swarmlog.v1 import constants


def status(
    reason: str, metadata: Mapping[str, str] | None = None, retry_ms: int = 0
) -> status_pb2.Status:
    """The status of a refusal: of a reason of the contract, with its code."""
    info = error_details_pb2.ErrorInfo(
        reason=reason, domain=constants.ERROR_DOMAIN, metadata=dict(metadata or {})
    )
    made = status_pb2.Status(
        code=constants.REASONS[reason].code,
        message="Expected something else, but it is a test.",
        details=[_packed(info)],
    )
    if retry_ms:
        with_retry(made, retry_ms // 1_000, retry_ms % 1_000 * 1_000_000)
    return made


def with_retry(of: status_pb2.Status, seconds: int, nanos: int) -> status_pb2.Status:
    """The same, with a time to wait."""
    delay = duration_pb2.Duration(seconds=seconds, nanos=nanos)
    of.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return of


def _packed(
    detail: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo,
) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


def failure(name: str, retry_ms: int = 0) -> Failure:
    """The failure of a bare gRPC code, or of a reason of the contract."""
    if name not in grpc.StatusCode.__members__:
        return Failure.of_status(status(name, retry_ms=retry_ms))
    error = AioRpcError(grpc.StatusCode[name], Metadata(), Metadata(), "")
    return Failure.of_call(error, "db:7400")
