"""Errors, and the one place that knows which of them are worth another try."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from swarmlog.units import NS_PER_MS, NS_PER_SECOND, NS_PER_US
from swarmlog.v1 import constants

UNSPECIFIED: Final = "UNSPECIFIED"

_UNKNOWN_OUTCOME: Final = "It had been sent: look in the log whether it was appended."
_LONGEST_WAIT_NS: Final = constants.BACKOFF_LONGEST_TOLD_MS * NS_PER_MS
_STATUS_DETAILS: Final = "grpc-status-details-bin"
_CODES: Final[Mapping[int, grpc.StatusCode]] = MappingProxyType(
    {code.value[0]: code for code in grpc.StatusCode}
)
# For errors without a reason: those of gRPC itself and of proxies on the way.
_RETRYABLE_CODES: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
    }
)
# What gRPC puts before the one thing that says what is wrong.
_GRPC_PREAMBLE: Final = re.compile(r"^failed to connect to all addresses; last error: [A-Z]+: ")


@dataclasses.dataclass(frozen=True)
class Failure:
    """An error status, read."""

    reason: str
    """The coordinator's reason, such as `RATE_LIMITED`; `UNSPECIFIED` if it is not its."""
    code: grpc.StatusCode
    message: str
    action: str = ""
    """What a person can do; empty if nobody said."""
    retryable: bool = False
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)
    retry_after_ns: int | None = None
    """Least time to wait, if the coordinator asked for one; above zero, at most a day."""
    cause: BaseException | None = None

    @classmethod
    def of_call(cls, error: BaseException, target: str) -> "Failure":
        """Read the end of a call to `target`, the coordinator's address for people to read."""
        if not isinstance(error, grpc.RpcError):
            return cls(
                UNSPECIFIED, grpc.StatusCode.UNKNOWN, repr(error), retryable=True, cause=error
            )
        code = _code_of(error)
        detailed = _details_of(error)
        if detailed is not None and detailed.details and detailed.code == code.value[0]:
            return cls._read(detailed, error)
        return cls._without_reason(code, _describe(code, _message_of(error), target), cause=error)

    @classmethod
    def of_status(cls, status: status_pb2.Status) -> "Failure":
        """Read a status inside a frame."""
        return cls._read(status, None)

    @classmethod
    def local(cls, code: grpc.StatusCode, message: str) -> "Failure":
        """Make an error of the SDK's own that is worth another try."""
        return cls(UNSPECIFIED, code, message, retryable=True)

    @classmethod
    def local_terminal(cls, message: str, cause: BaseException | None = None) -> "Failure":
        """Make an error of the SDK's own that another try would meet again."""
        return cls(UNSPECIFIED, grpc.StatusCode.FAILED_PRECONDITION, message, cause=cause)

    @classmethod
    def local_refusal(cls, reason: str, message: str) -> "Failure":
        """Make what the coordinator would refuse for good, known before it is sent."""
        known = constants.REASONS[reason]
        return cls(reason, _CODES[known.code], message, known.action)

    @property
    def name(self) -> str:
        """The reason, or the code where nobody said why."""
        return self.code.name if self.reason == UNSPECIFIED else self.reason

    @property
    def wait_told_ns(self) -> int | None:
        """How long to wait, where the coordinator knows it: its answer is about this client.

        None where it does not, or others may have got the same answer.
        """
        return self.retry_after_ns if self.reason in {"RATE_LIMITED", "BREAKER_OPEN"} else None

    def describe(self) -> str:
        """For people to read: name, message, and what to do."""
        return f"{self.name}: {_sentences(self.message, self.action)}"

    def to_error(self) -> "RetryableError | TerminalError":
        """The error to raise for it."""
        return self.to_retryable() if self.retryable else self.to_terminal()

    def to_retryable(self) -> "RetryableError":
        """The error to raise where another try follows whatever it is."""
        return RetryableError(self)

    def to_terminal(self) -> "TerminalError":
        """The error to raise where no other try follows."""
        return TerminalError(self)

    def to_outcome_unknown(self) -> "OutcomeUnknownError":
        """The error to raise for what had been sent before."""
        return OutcomeUnknownError(
            dataclasses.replace(self, message=_sentences(self.message, _UNKNOWN_OUTCOME))
        )

    @classmethod
    def _read(cls, status: status_pb2.Status, cause: BaseException | None) -> "Failure":
        reason = UNSPECIFIED
        metadata: Mapping[str, str] = {}
        retry_after_ns = None
        try:
            for detail in status.details:
                if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                    info = error_details_pb2.ErrorInfo()
                    detail.Unpack(info)
                    # Of another domain it is somebody else's, whose words mean something else.
                    if info.domain != constants.ERROR_DOMAIN:
                        continue
                    # A newer coordinator may have reasons this SDK does not know: the code decides.
                    name = info.reason.upper()
                    reason = name if name in constants.REASONS else UNSPECIFIED
                    metadata = dict(info.metadata)
                elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
                    retry = error_details_pb2.RetryInfo()
                    detail.Unpack(retry)
                    retry_after_ns = _within_a_day(
                        retry.retry_delay.seconds, retry.retry_delay.nanos
                    )
        except DecodeError:
            # A detail that does not parse says nothing; code and message remain.
            reason = UNSPECIFIED
        code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
        if reason == UNSPECIFIED:
            return cls._without_reason(code, status.message, metadata, retry_after_ns, cause)
        known = constants.REASONS[reason]
        retryable = known.retry == constants.Retry.BACKOFF
        return cls(
            reason, code, status.message, known.action, retryable, metadata, retry_after_ns, cause
        )

    @classmethod
    def _without_reason(
        cls,
        code: grpc.StatusCode,
        message: str,
        metadata: Mapping[str, str] | None = None,
        retry_after_ns: int | None = None,
        cause: BaseException | None = None,
    ) -> "Failure":
        retryable = code in _RETRYABLE_CODES
        return cls(UNSPECIFIED, code, message, "", retryable, metadata or {}, retry_after_ns, cause)


class SwarmlogError(Exception):
    """An answer of the coordinator, or of the way to it, that is not the one asked for.

    Either worth another try (`RetryableError`), or not (`TerminalError`); or it came too late to
    tell what became of a publication (`OutcomeUnknownError`).
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.describe())
        self.failure = failure
        self.__cause__ = failure.cause

    def __reduce__(self) -> tuple[type["SwarmlogError"], tuple[Failure]]:
        # The error of a call holds what cannot be pickled.
        return type(self), (dataclasses.replace(self.failure, cause=None),)

    @property
    def reason(self) -> str:
        """The coordinator's reason, such as `RATE_LIMITED`; `UNSPECIFIED` if it is not its."""
        return self.failure.reason

    @property
    def action(self) -> str:
        """What a person can do about it, as the contract states it for the reason."""
        return self.failure.action

    @property
    def code(self) -> grpc.StatusCode:
        """The gRPC status code it came with."""
        return self.failure.code

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the coordinator adds, such as the number it expected."""
        return self.failure.metadata

    @property
    def retry_after(self) -> timedelta | None:
        """The least time to wait before another try, if the coordinator asked for one."""
        asked_ns = self.failure.retry_after_ns
        return None if asked_ns is None else timedelta(microseconds=asked_ns / NS_PER_US)


class RetryableError(SwarmlogError):
    """An error that another try may not meet.

    The coordinator is away, restarting, or asks to wait.
    """


class QueueFullError(RetryableError):
    """A publisher's queue is full: the coordinator takes less than is published.

    Nothing was sent.
    """


class TerminalError(SwarmlogError):
    """An error that the same attempt will meet again; `action` says what a person can do."""


class OutcomeUnknownError(SwarmlogError):
    """A publication was sent, and whether it is in the log is not known.

    The connection broke before it was answered, and then the publisher was closed, or the
    coordinator refused it when it came again because a limit, a grant or a term had changed
    meanwhile. The `reason` is that of the last refusal.

    Look in the log. Published again it may be there twice, unless both have the same idempotency
    key: then the coordinator gives the first answer, if there was one.
    """


def _sentences(first: str, second: str) -> str:
    if not second:
        return first
    return f"{first} {second}" if first.endswith(".") else f"{first}. {second}"


def _within_a_day(seconds: int, nanos: int) -> int | None:
    """None where it asks for nothing; more than a day nobody means."""
    if seconds < 0:
        return None
    asked_ns = min(_LONGEST_WAIT_NS, seconds * NS_PER_SECOND + nanos)
    return asked_ns if asked_ns > 0 else None


def _code_of(error: grpc.RpcError) -> grpc.StatusCode:
    code = getattr(error, "code", None)
    found = code() if callable(code) else None
    return found if isinstance(found, grpc.StatusCode) else grpc.StatusCode.UNKNOWN


def _message_of(error: grpc.RpcError) -> str:
    details = getattr(error, "details", None)
    found = details() if callable(details) else None
    return found if isinstance(found, str) else ""


def _details_of(error: grpc.RpcError) -> status_pb2.Status | None:
    trailing = getattr(error, "trailing_metadata", None)
    metadata: Iterable[tuple[str, str | bytes]] = (trailing() if callable(trailing) else None) or ()
    for key, value in metadata:
        if key == _STATUS_DETAILS and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                return None
    return None


def _describe(code: grpc.StatusCode, message: str, target: str) -> str:
    """Who cannot reach the coordinator wants to know where it was looked for, and what is wrong."""
    if not message:
        return "the call ended without a message"
    if code == grpc.StatusCode.UNAVAILABLE:
        why = _GRPC_PREAMBLE.sub("", message)
        return f"Expected to reach the coordinator at {target}, but got: {why}"
    return message
