"""Which handler an operation is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.message import Message

from swarmlog.arguments import require_topic
from swarmlog.handling.handler_check import check_handler, is_coroutine
from swarmlog.names import Topic
from swarmlog.operation import Operation
from swarmlog.v1 import operation_pb2

PayloadType = str | type[Message] | None
"""A payload type by its name, a protobuf message's class, or None for any."""

_OPERATION = ("the operation",)
_OPERATION_AND_MESSAGE = ("the operation", "the parsed message")


class Handler(NamedTuple):
    """A user's code, and how it is called."""

    call: Callable[[Operation], Awaitable[object] | object]
    is_async: bool

    @staticmethod
    def of(handler: Callable[..., Any], message: type[Message] | None = None) -> Handler:
        """Make one; of a message's class it gets the operation and the parsed message."""
        check_handler(handler, _OPERATION if message is None else _OPERATION_AND_MESSAGE)
        return Handler(
            handler if message is None else _parsing(handler, message), is_coroutine(handler)
        )


@dataclass
class _OfTopic:
    by_type: dict[str, Handler] = field(default_factory=dict)
    on_deletion: Handler | None = None
    otherwise: Handler | None = None


class HandlerTable:
    """Chooses the handler of an operation by topic and payload type."""

    def __init__(self) -> None:
        self._by_topic: dict[int, _OfTopic] = {}

    def __bool__(self) -> bool:
        return bool(self._by_topic)

    @property
    def topics(self) -> list[Topic]:
        """Those that have handlers."""
        return [Topic(topic) for topic in self._by_topic]

    def add(self, topic: Topic, payload_type: PayloadType, handler: Callable[..., Any]) -> None:
        """Add a handler. ValueError if there is one for the same operations."""
        of_topic = self._of(topic)
        if payload_type is None:
            if of_topic.otherwise is not None:
                raise _twice(topic, "any other payload")
            of_topic.otherwise = Handler.of(handler)
            return
        message = None if isinstance(payload_type, str) else _message_class(payload_type)
        name = payload_type if isinstance(payload_type, str) else payload_type.DESCRIPTOR.full_name
        if name in of_topic.by_type:
            raise _twice(topic, f"payload type '{name}'")
        of_topic.by_type[name] = Handler.of(handler, message)

    def add_deletion(self, topic: Topic, handler: Callable[..., Any]) -> None:
        """Add a handler of deletions. ValueError if there is one."""
        of_topic = self._of(topic)
        if of_topic.on_deletion is not None:
            raise _twice(topic, "deletions")
        of_topic.on_deletion = Handler.of(handler)

    def find(self, operation: operation_pb2.Operation) -> Handler | None:
        """The handler of the operation; None if there is none."""
        of_topic = self._by_topic.get(operation.topic)
        if of_topic is None:
            return None
        chosen = (
            of_topic.on_deletion
            if operation.tombstone
            else of_topic.by_type.get(operation.payload.type)
        )
        return chosen or of_topic.otherwise

    def _of(self, topic: Topic) -> _OfTopic:
        return self._by_topic.setdefault(require_topic(topic), _OfTopic())


def _message_class(given: object) -> type[Message]:
    if not (isinstance(given, type) and issubclass(given, Message)):
        raise TypeError(
            "Expected the type of a payload by its name, or the class of a protobuf message, but "
            f"got {given!r}: decorate with agent.on(topic, type)"
        )
    return given


def _parsing(handler: Callable[..., Any], message: type[Message]) -> Callable[[Operation], Any]:
    return lambda operation: handler(operation, operation.parse(message))


def _twice(topic: Topic, what: str) -> ValueError:
    return ValueError(
        f"Expected one handler per topic and payload type, but {Topic(topic).label} has two for "
        f"{what}: keep one"
    )
