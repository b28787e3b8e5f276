"""Agents that follow a swarm's log, and publishers that append to it."""

from swarmlog import payloads, targets
from swarmlog.agent import Agent
from swarmlog.agent_listener import AgentListener
from swarmlog.connection import Connection, Security
from swarmlog.cursor import (
    AgentCursor,
    CursorStore,
    CursorStoreError,
    EffectStore,
    MemoryCursorStore,
)
from swarmlog.errors import (
    OutcomeUnknownError,
    QueueFullError,
    RetryableError,
    SwarmlogError,
    TerminalError,
)
from swarmlog.file_store import FileCursorStore
from swarmlog.handling.failure_policy import Decision, FailurePolicy
from swarmlog.names import Log, Topic
from swarmlog.operation import Operation
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
from swarmlog.session.agent_state import AgentState
from swarmlog.session.batch import Batch
from swarmlog.session.heartbeats import ClockOffset
from swarmlog.session.held_key import HeldKey, KeyInterval
from swarmlog.session.redelivery import Redelivery
from swarmlog.session.reports import RepairReport, SyncReport
from swarmlog.session.scopes import Scope
from swarmlog.sqlite_store import SqliteCursorStore, SqliteEffectStore

__all__ = [
    "Agent",
    "AgentCursor",
    "AgentListener",
    "AgentState",
    "Batch",
    "Breaker",
    "ClockOffset",
    "Connection",
    "CursorStore",
    "CursorStoreError",
    "Decision",
    "EffectStore",
    "FailurePolicy",
    "FileCursorStore",
    "GroupPosition",
    "HeldKey",
    "KeyInterval",
    "Log",
    "MemoryCursorStore",
    "Operation",
    "OutcomeUnknownError",
    "Overflow",
    "Publication",
    "Publisher",
    "PublisherState",
    "QueueFullError",
    "Redelivery",
    "RepairReport",
    "RetryableError",
    "Scope",
    "Security",
    "SqliteCursorStore",
    "SqliteEffectStore",
    "SwarmlogError",
    "SyncReport",
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
