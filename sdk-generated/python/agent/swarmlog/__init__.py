"""Agents that follow a swarm's log, and publishers that append to it."""

from swarmlog import payloads, targets
from swarmlog.connection import Connection, Security
from swarmlog.errors import (
    OutcomeUnknownError,
    QueueFullError,
    RetryableError,
    SwarmlogError,
    TerminalError,
)
from swarmlog.names import Log, Topic
from swarmlog.publication import (
    GroupPosition,
    Publication,
    deleted,
    event,
    keyed,
    measurement,
)
from swarmlog.publishing.breaker import Breaker
from swarmlog.publishing.publisher import Overflow, Publisher
from swarmlog.publishing.shell import TelemetryCounts
from swarmlog.publishing.state import PublisherState

__all__ = [
    "Breaker",
    "Connection",
    "GroupPosition",
    "Log",
    "OutcomeUnknownError",
    "Overflow",
    "Publication",
    "Publisher",
    "PublisherState",
    "QueueFullError",
    "RetryableError",
    "Security",
    "SwarmlogError",
    "TelemetryCounts",
    "TerminalError",
    "Topic",
    "deleted",
    "event",
    "keyed",
    "measurement",
    "payloads",
    "targets",
]
