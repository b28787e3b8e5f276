"""Operations as handlers get them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message

from swarmlog.session.redelivery import Redelivery, redelivery_of
from swarmlog.session.scopes import Scope
from swarmlog.v1 import operation_pb2

M = TypeVar("M", bound=Message)


class Operation:
    """One operation of the log, as a handler gets it: who may change what, and with which payload.

    Not to be changed.
    """

    __slots__ = ("message",)

    def __init__(self, message: operation_pb2.Operation) -> None:
        self.message = message
        """All there is of it, as the contract has it."""

    @property
    def op_id(self) -> int:
        """Its place in the log; increasing, not dense for one agent."""
        return self.message.op_id

    @property
    def topic(self) -> int:
        """Its topic, a number that equals one of `Topic`."""
        return self.message.topic

    @property
    def scope(self) -> Scope:
        """Its topic, and whom it is for."""
        return Scope.of(self.message)

    @property
    def key(self) -> str:
        """The key that it sets or deletes; empty for an event."""
        return self.message.key

    @property
    def is_deletion(self) -> bool:
        """Whether the key is deleted; there is no payload then."""
        return self.message.tombstone

    @property
    def payload(self) -> operation_pb2.Payload:
        """A copy of the payload, to be kept.

        A part of `message` would keep all of the frame in memory that the operation came in.
        """
        copied = operation_pb2.Payload()
        copied.CopyFrom(self.message.payload)
        return copied

    @property
    def type(self) -> str:
        """What the payload means, such as the full name of a protobuf message."""
        return self.message.payload.type

    @property
    def content_type(self) -> str:
        """The payload's media type."""
        return self.message.payload.content_type

    @property
    def data(self) -> bytes:
        """The payload's bytes."""
        return self.message.payload.data

    @property
    def text(self) -> str:
        """The payload as text. Raises UnicodeDecodeError if it is no UTF-8."""
        return self.message.payload.data.decode()

    def json(self) -> Any:
        """The payload read as JSON. Raises ValueError if it is none."""
        return json.loads(self.message.payload.data)

    def parse(self, message: Callable[[], M]) -> M:
        """The payload read as a protobuf message.

        Raises google.protobuf.message.DecodeError if it is none.
        """
        parsed = message()
        parsed.ParseFromString(self.message.payload.data)
        return parsed

    @property
    def publisher(self) -> str:
        """Who published it; empty for the coordinator itself."""
        return self.message.publisher

    @property
    def redelivery(self) -> Redelivery | None:
        """Says that the agent is given it again; None for one that comes for the first time."""
        return redelivery_of(self.message)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Operation) and self.message == other.message

    def __hash__(self) -> int:
        return hash((self.message.op_id, self.message.topic, self.message.key))

    def __repr__(self) -> str:
        what = f" key '{self.key}'" if self.key else ""
        gone = " deleted" if self.is_deletion else f" {self.type}" if self.type else ""
        return f"<Operation {self.op_id} of {self.scope}{what}{gone}>"
