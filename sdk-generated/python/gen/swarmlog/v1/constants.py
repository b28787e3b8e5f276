# Generated from conduct.proto and errors.proto by `swarmlog sdk generate python`. DO NOT EDIT.
# ruff: noqa: E501
"""What every client of the contract does alike, as data."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

PROTOCOL_MIN: Final[int] = 1
PROTOCOL_MAX: Final[int] = 1
ERROR_DOMAIN: Final[str] = "swarmlog.dev"

BACKOFF_FIRST_CEILING_MS: Final[int] = 100
BACKOFF_LAST_CEILING_MS: Final[int] = 30000
BACKOFF_ATTEMPT_AFTER_LOSS: Final[int] = 3
BACKOFF_STABLE_MS: Final[int] = 10000
BACKOFF_LEAST_TOLD_JITTER_MS: Final[int] = 10
BACKOFF_TOLD_JITTER_DIVISOR: Final[int] = 10
BACKOFF_LONGEST_TOLD_MS: Final[int] = 86400000

SESSION_HANDSHAKE_TIMEOUT_MS: Final[int] = 10000
SESSION_HEARTBEAT_INTERVAL_MS: Final[int] = 5000
SESSION_MAX_UNANSWERED_HEARTBEATS: Final[int] = 3
SESSION_CLOCK_SAMPLES: Final[int] = 8
SESSION_FLUSH_DELAY_MS: Final[int] = 250
SESSION_NACK_PATIENCE_MS: Final[int] = 30000
SESSION_SUMS_SLACK_DIVISOR: Final[int] = 10
SESSION_STATE_INTERVAL_MS: Final[int] = 60000
SESSION_MIN_DIGEST_PARTS: Final[int] = 2
SESSION_MAX_DIGEST_PARTS: Final[int] = 64
SESSION_MAX_MESSAGE_BYTES: Final[int] = 67108864

HANDLER_MAX_RETRIES_AT_ONCE: Final[int] = 2
HANDLER_SUCCESSES_PER_RETRY: Final[int] = 2
HANDLER_FIRST_RETRIES: Final[int] = 10
HANDLER_MOST_RETRIES: Final[int] = 20
HANDLER_FIRST_RETRY_MS: Final[int] = 1000
HANDLER_LAST_RETRY_MS: Final[int] = 300000
HANDLER_LONGEST_RETRY_MS: Final[int] = 86400000
HANDLER_MAX_STATUS_MESSAGE_CHARS: Final[int] = 1000
HANDLER_MAX_LACKING_KEYS: Final[int] = 10000
HANDLER_BREAKER_WINDOW: Final[int] = 20
HANDLER_BREAKER_LEAST: Final[int] = 10
HANDLER_BREAKER_FAILED_PERCENT: Final[int] = 80
HANDLER_BREAKER_FIRST_WAIT_MS: Final[int] = 5000
HANDLER_BREAKER_LAST_WAIT_MS: Final[int] = 300000

PUBLISHER_MAX_QUEUED_GROUPS: Final[int] = 10000
PUBLISHER_MAX_QUEUED_BYTES: Final[int] = 33554432
PUBLISHER_MAX_IN_FLIGHT_GROUPS: Final[int] = 1024
PUBLISHER_SUCCESSES_PER_RETRY: Final[int] = 10
PUBLISHER_FIRST_RETRIES: Final[int] = 10
PUBLISHER_MOST_RETRIES: Final[int] = 100
PUBLISHER_BREAKER_FAILURES_IN_A_ROW: Final[int] = 5
PUBLISHER_MAX_TELEMETRY_BATCH_RECORDS: Final[int] = 256
PUBLISHER_MAX_TELEMETRY_BATCH_BYTES: Final[int] = 262144
PUBLISHER_MAX_TELEMETRY_BATCHES_IN_FLIGHT: Final[int] = 8


class Code(enum.IntEnum):
    """The code of a gRPC status: google.rpc.Code."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Retry(enum.IntEnum):
    """What a client does about an error by itself."""

    UNSPECIFIED = 0
    BACKOFF = 1
    NEVER = 2


class Reason(NamedTuple):
    """What comes with the reason of an error."""

    code: Code
    retry: Retry
    action: str  # What a person can do.


# By google.rpc.ErrorInfo.reason.
REASONS: Final[Mapping[str, Reason]] = MappingProxyType(
    {
        "INVALID_ARGUMENT": Reason(
            Code.INVALID_ARGUMENT,
            Retry.NEVER,
            "Correct the field the message names.",
        ),
        "SWARM_NOT_FOUND": Reason(
            Code.NOT_FOUND,
            Retry.NEVER,
            "Create the swarm, or correct its name.",
        ),
        "SWARM_EXISTS": Reason(
            Code.ALREADY_EXISTS,
            Retry.NEVER,
            "Use the swarm, or choose another name.",
        ),
        "PAYLOAD_TOO_LARGE": Reason(
            Code.INVALID_ARGUMENT,
            Retry.NEVER,
            "Send less per operation or group: Limits states the bounds, and `swarmlog limits SWARM` those of its rate limits.",
        ),
        "OUT_OF_SEQUENCE": Reason(
            Code.FAILED_PRECONDITION,
            Retry.BACKOFF,
            "Send again from the expected number in the metadata.",
        ),
        "REQUEST_CONFLICT": Reason(
            Code.ALREADY_EXISTS,
            Retry.NEVER,
            "The number or idempotency key belongs to another payload: use a new one.",
        ),
        "REQUEST_TOO_OLD": Reason(
            Code.OUT_OF_RANGE,
            Retry.NEVER,
            "The outcome is unknown: the answer is no longer remembered. Look in the log.",
        ),
        "PRODUCER_FENCED": Reason(
            Code.ABORTED,
            Retry.NEVER,
            "A newer epoch of this producer exists: open one of your own.",
        ),
        "STALE_TERM": Reason(
            Code.ABORTED,
            Retry.NEVER,
            "Another leader was elected: stop acting for the old term.",
        ),
        "POSITION_BEYOND_HEAD": Reason(
            Code.DATA_LOSS,
            Retry.NEVER,
            "Check that the coordinator runs on the right data directory, and not on an older copy of it. Only then begin anew: an agent with a fresh cursor, `swarmlog sync` without --from.",
        ),
        "EPOCH_MISMATCH": Reason(
            Code.FAILED_PRECONDITION,
            Retry.NEVER,
            "The position is from another life of the swarm. Take one of this life, or begin anew: an agent with a fresh cursor, `swarmlog sync` without --from.",
        ),
        "BELOW_HORIZON": Reason(
            Code.OUT_OF_RANGE,
            Retry.NEVER,
            "History that old is gone: ask again, or from a later position. Agents that sync are given what is left.",
        ),
        "NOT_OWNER": Reason(
            Code.FAILED_PRECONDITION,
            Retry.BACKOFF,
            "Connect to the owner named in the metadata.",
        ),
        "RATE_LIMITED": Reason(
            Code.RESOURCE_EXHAUSTED,
            Retry.BACKOFF,
            "Wait as RetryInfo says.",
        ),
        "BREAKER_OPEN": Reason(
            Code.UNAVAILABLE,
            Retry.BACKOFF,
            "Wait as RetryInfo says.",
        ),
        "OVERLOADED": Reason(
            Code.UNAVAILABLE,
            Retry.BACKOFF,
            "Wait as RetryInfo says.",
        ),
        "SHUTTING_DOWN": Reason(
            Code.UNAVAILABLE,
            Retry.BACKOFF,
            "Connect again.",
        ),
        "SESSION_SUPERSEDED": Reason(
            Code.ABORTED,
            Retry.NEVER,
            "A newer session of this agent exists: run one instance of it.",
        ),
        "SESSION_NOT_FOUND": Reason(
            Code.NOT_FOUND,
            Retry.BACKOFF,
            "Open a session with Hello first.",
        ),
        "HANDSHAKE_TIMEOUT": Reason(
            Code.DEADLINE_EXCEEDED,
            Retry.BACKOFF,
            "Send the first frame as soon as the stream is open.",
        ),
        "PROTOCOL_VIOLATION": Reason(
            Code.INVALID_ARGUMENT,
            Retry.NEVER,
            "The frames came in an order the contract forbids: mend the client.",
        ),
        "UNKNOWN_FRAME": Reason(
            Code.UNIMPLEMENTED,
            Retry.NEVER,
            "The coordinator is older than the client: upgrade it.",
        ),
        "NOT_SERVED": Reason(
            Code.UNIMPLEMENTED,
            Retry.NEVER,
            "This version does not serve that yet: leave the field unset.",
        ),
        "UNAUTHENTICATED": Reason(
            Code.UNAUTHENTICATED,
            Retry.NEVER,
            "Present a client certificate that the coordinator trusts.",
        ),
        "PERMISSION_DENIED": Reason(
            Code.PERMISSION_DENIED,
            Retry.NEVER,
            "Ask for the grant the message names.",
        ),
        "DISK_FULL": Reason(
            Code.RESOURCE_EXHAUSTED,
            Retry.BACKOFF,
            "Free space where the coordinator keeps its data.",
        ),
        "HEARTBEAT_TIMEOUT": Reason(
            Code.DEADLINE_EXCEEDED,
            Retry.BACKOFF,
            "Connect again; look why the agent stopped sending heartbeats.",
        ),
        "INTERNAL": Reason(
            Code.INTERNAL,
            Retry.BACKOFF,
            "Look into the coordinator's log for the incident named in the metadata.",
        ),
        "DRIFTED": Reason(
            Code.FAILED_PRECONDITION,
            Retry.NEVER,
            "The agent's state differed from the log too often: find out why, then release it with `swarmlog drift SWARM --release AGENT`.",
        ),
        "AGENT_NOT_CONNECTED": Reason(
            Code.FAILED_PRECONDITION,
            Retry.BACKOFF,
            "Wait until the agent is connected, with an SDK that reports digests.",
        ),
        "NOT_PARKED": Reason(
            Code.NOT_FOUND,
            Retry.NEVER,
            "List what is parked with `swarmlog parked list SWARM`.",
        ),
        "PARKING_FULL": Reason(
            Code.RESOURCE_EXHAUSTED,
            Retry.BACKOFF,
            "Replay or purge what is parked: `swarmlog parked list SWARM`.",
        ),
    }
)
