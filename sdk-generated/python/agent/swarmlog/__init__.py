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

__all__ = [
    "Connection",
    "GroupPosition",
    "Log",
    "OutcomeUnknownError",
    "Publication",
    "QueueFullError",
    "RetryableError",
    "Security",
    "SwarmlogError",
    "TerminalError",
    "Topic",
    "deleted",
    "event",
    "keyed",
    "measurement",
    "payloads",
    "targets",
]
