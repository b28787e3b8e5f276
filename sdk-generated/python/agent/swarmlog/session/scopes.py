"""Scopes: which one an operation belongs to, and how people read it."""

from __future__ import annotations

from typing import NamedTuple, cast

from swarmlog.v1 import operation_pb2


class Scope(NamedTuple):
    """What an operation belongs to: its topic, and whom it is for. Hashable, unlike the message.

    `agent` or `role` is set where it is for one agent or one role, neither where it is for all.
    """

    topic: int
    agent: str = ""
    role: str = ""

    @classmethod
    def of(cls, operation: operation_pb2.Operation) -> Scope:
        """The scope of an operation, as the log has it."""
        target = operation.target
        return cls(operation.topic, target.agent, target.role)

    @classmethod
    def from_message(cls, message: operation_pb2.Scope) -> Scope:
        """Reads the message."""
        return cls(message.topic, message.target.agent, message.target.role)

    def to_message(self) -> operation_pb2.Scope:
        """Writes the message."""
        return operation_pb2.Scope(
            topic=cast("operation_pb2.Topic", self.topic), target=self.target()
        )

    def target(self) -> operation_pb2.Target:
        """Whom its operations are for."""
        if self.agent:
            return operation_pb2.Target(agent=self.agent)
        if self.role:
            return operation_pb2.Target(role=self.role)
        return operation_pb2.Target(all=operation_pb2.AllAgents())

    def __str__(self) -> str:
        if self.agent:
            return f"{topic_name(self.topic)} for agent '{self.agent}'"
        if self.role:
            return f"{topic_name(self.topic)} for role '{self.role}'"
        return f"{topic_name(self.topic)} for all"


def topic_name(topic: int) -> str:
    """As people read it: `commands`; the number of one that is not known."""
    if topic not in operation_pb2.Topic.values():
        return str(topic)
    return (
        operation_pb2.Topic.Name(cast("operation_pb2.Topic", topic)).removeprefix("TOPIC_").lower()
    )
