"""Topics, logs and scopes, and what they are called."""

import enum
from typing import Final

from swarmlog.v1 import operation_pb2, position_pb2


class Log(enum.IntEnum):
    """A log of a swarm; each is a lane of its own in every session."""

    MAIN = position_pb2.LOG_MAIN
    CONTROL = position_pb2.LOG_CONTROL
    TELEMETRY = position_pb2.LOG_TELEMETRY

    @property
    def label(self) -> str:
        """As people read it: `main`."""
        return self.name.lower()

    @property
    def wire(self) -> position_pb2.Log:
        """As messages have it."""
        return self.value


class Topic(enum.IntEnum):
    """What an operation is about; each topic lies in one log."""

    CONTROL = operation_pb2.TOPIC_CONTROL
    COMMANDS = operation_pb2.TOPIC_COMMANDS
    RECONCILIATION = operation_pb2.TOPIC_RECONCILIATION
    ALERTS = operation_pb2.TOPIC_ALERTS
    TELEMETRY = operation_pb2.TOPIC_TELEMETRY

    @property
    def label(self) -> str:
        """As people read it: `commands`."""
        return self.name.lower()

    @property
    def wire(self) -> operation_pb2.Topic:
        """As messages have it."""
        return self.value

    @property
    def log(self) -> Log:
        """The log it lies in."""
        return _LOGS[self]


_LOGS: Final = {
    Topic.CONTROL: Log.CONTROL,
    Topic.COMMANDS: Log.MAIN,
    Topic.RECONCILIATION: Log.MAIN,
    Topic.ALERTS: Log.MAIN,
    Topic.TELEMETRY: Log.TELEMETRY,
}


def topic_named(value: int) -> Topic:
    """The topic of a message's number; ValueError if it is none of the five."""
    try:
        return Topic(value)
    except ValueError:
        raise ValueError(
            f"Expected one of the five topics, but got {value}: name the topic"
        ) from None


def describe_scope(scope: operation_pb2.Scope) -> str:
    """For people to read: `commands for agent 'a'`."""
    topic = operation_pb2.Topic.Name(scope.topic).removeprefix("TOPIC_").lower()
    match scope.target.WhichOneof("target"):
        case "agent":
            return f"{topic} for agent '{scope.target.agent}'"
        case "role":
            return f"{topic} for role '{scope.target.role}'"
        case _:
            return f"{topic} for all"
