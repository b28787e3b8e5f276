import pickle
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.rpc import status_pb2
from grpc.aio import AioRpcError, Metadata

from statuses import status, with_retry
from swarmlog.errors import Failure, RetryableError, TerminalError
from swarmlog.v1 import constants, errors_pb2

TARGET = "db:7400"


def call_error(
    code: grpc.StatusCode, message: str = "", details: bytes | None = None
) -> AioRpcError:
    trailing = Metadata()
    if details is not None:
        trailing.add("grpc-status-details-bin", details)
    return AioRpcError(code, Metadata(), trailing, message)


@pytest.mark.parametrize("reason", sorted(constants.REASONS))
def test_should_be_what_the_contract_says_of_the_reason(reason: str) -> None:
    # given
    made = status(reason)
    code = next(code for code in grpc.StatusCode if code.value[0] == made.code)
    # when
    read = Failure.of_call(call_error(code, "", made.SerializeToString()), TARGET).to_error()
    # then
    number = errors_pb2.ErrorReason.Value("ERROR_REASON_" + reason)
    options = errors_pb2.ErrorReason.DESCRIPTOR.values_by_number[number].GetOptions()
    # Generated stubs call an extension a field descriptor, which is no index.
    extension: Any = errors_pb2.reason
    detail: errors_pb2.ReasonDetail = options.Extensions[extension]
    assert read.reason == reason
    assert read.action == detail.action
    assert read.code.value[0] == detail.code
    retryable = detail.retry == errors_pb2.RETRY_BACKOFF
    assert type(read) is (RetryableError if retryable else TerminalError)
    assert str(read).startswith(f"{reason}: Expected something else, but it is a test. ")
    assert str(read).endswith(detail.action)


def test_should_read_metadata_and_the_time_to_wait() -> None:
    # when
    read = Failure.of_status(status("RATE_LIMITED", {"scope": "agent"}, 1_500)).to_error()
    # then
    assert read.metadata["scope"] == "agent"
    assert read.retry_after == timedelta(milliseconds=1_500)


@pytest.mark.parametrize(
    ("seconds", "nanos", "expected_ns"),
    [
        (2**63 - 1, 999_999_999, 86_400 * 10**9),
        (86_400, 0, 86_400 * 10**9),
        (0, 1, 1),
        (0, 0, None),
        (-(2**63), -1, None),
        (-1, 0, None),
    ],
)
def test_should_wait_for_a_day_at_most_and_never_for_less_than_nothing(
    seconds: int, nanos: int, expected_ns: int | None
) -> None:
    # when
    read = Failure.of_status(with_retry(status("RATE_LIMITED"), seconds, nanos))
    # then
    assert read.retry_after_ns == expected_ns
    assert read.wait_told_ns == expected_ns


def test_should_be_told_to_wait_only_by_what_is_about_this_client() -> None:
    # when
    read = Failure.of_status(status("OVERLOADED", retry_ms=100))
    # then
    assert read.retry_after_ns == 100_000_000
    assert read.wait_told_ns is None


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        (grpc.StatusCode.UNAVAILABLE, True),
        (grpc.StatusCode.INTERNAL, True),
        (grpc.StatusCode.UNKNOWN, True),
        (grpc.StatusCode.UNIMPLEMENTED, False),
        (grpc.StatusCode.UNAUTHENTICATED, False),
    ],
)
def test_should_judge_by_the_code_where_there_is_no_reason(
    code: grpc.StatusCode, retryable: bool
) -> None:
    assert Failure.of_call(call_error(code), TARGET).retryable == retryable


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no route", "Expected to reach the coordinator at db:7400, but got: no route"),
        (
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:7400: refused",
            "Expected to reach the coordinator at db:7400, but got: ipv4:10.0.0.1:7400: refused",
        ),
        ("", "the call ended without a message"),
    ],
)
def test_should_say_where_the_coordinator_was_looked_for(message: str, expected: str) -> None:
    # when
    read = Failure.of_call(call_error(grpc.StatusCode.UNAVAILABLE, message), TARGET)
    # then
    assert read.describe() == f"UNAVAILABLE: {expected}"


def test_should_judge_by_the_code_where_the_reason_is_unknown() -> None:
    # given
    made = status("OVERLOADED")
    made.details[0].value = made.details[0].value.replace(b"OVERLOADED", b"NEVERHEARD")
    # when
    read = Failure.of_status(made)
    # then
    assert read.reason == "UNSPECIFIED"
    assert read.name == "UNAVAILABLE"
    assert read.retryable


def test_should_keep_code_and_message_where_a_detail_does_not_parse() -> None:
    # given
    made = status("OVERLOADED")
    made.details[0].value = b"\xff\xff\xff"
    # when
    read = Failure.of_status(made)
    # then
    assert (read.reason, read.code) == ("UNSPECIFIED", grpc.StatusCode.UNAVAILABLE)


def test_should_not_believe_details_of_another_code() -> None:
    # given
    details = status("OVERLOADED").SerializeToString()
    # when
    read = Failure.of_call(call_error(grpc.StatusCode.INTERNAL, "broken", details), TARGET)
    # then
    assert read.describe() == "INTERNAL: broken"


def test_should_take_a_code_it_does_not_know_for_unknown() -> None:
    assert Failure.of_status(status_pb2.Status(code=99)).code == grpc.StatusCode.UNKNOWN


def test_should_say_of_an_unknown_outcome_what_to_do() -> None:
    # when
    error = Failure.local(grpc.StatusCode.CANCELLED, "Expected more").to_outcome_unknown()
    # then
    assert str(error) == (
        "CANCELLED: Expected more. It had been sent: look in the log whether it was appended."
    )


def test_should_travel_between_processes() -> None:
    # given
    error = Failure.of_call(call_error(grpc.StatusCode.UNAVAILABLE, "away"), TARGET).to_error()
    # when
    travelled = pickle.loads(pickle.dumps(error))
    # then
    assert type(travelled) is RetryableError
    assert str(travelled) == str(error)
