"""Payloads of operations. Handlers are chosen by the payload's type."""

import json as json_text
from typing import Final

from google.protobuf.message import Message

from swarmlog.arguments import require_text
from swarmlog.v1 import operation_pb2

PROTOBUF: Final = "application/protobuf"
JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"


def protobuf(message: Message) -> operation_pb2.Payload:
    """A protobuf message; its full name is the type."""
    return operation_pb2.Payload(
        type=message.DESCRIPTOR.full_name,
        content_type=PROTOBUF,
        data=message.SerializeToString(),
    )


def json(type: str, value: object) -> operation_pb2.Payload:
    """Anything `json.dumps` takes; `type` says what it means, such as `acme.Result`.

    TypeError or ValueError if the value has no JSON; NaN and infinity have none.
    """
    text = json_text.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return raw(type, JSON, text.encode())


def text(type: str, value: str) -> operation_pb2.Payload:
    """Plain text."""
    return raw(type, TEXT, value.encode())


def raw(type: str, content_type: str, data: bytes) -> operation_pb2.Payload:
    """Any bytes."""
    return operation_pb2.Payload(type=type, content_type=content_type, data=data)


def payload(value: object, type: str = "") -> operation_pb2.Payload:
    """The payload that a value makes.

    A protobuf message is sent as it is; text as text; bytes as bytes; anything else as JSON.
    `type` is needed for all but messages, which have their own. ValueError if it is missing, or
    if a message is given another type than its own.
    """
    require_text("the type of the payload", type)
    if isinstance(value, operation_pb2.Payload):
        return _of_own_type(value, type)
    if isinstance(value, Message):
        return _of_own_type(protobuf(value), type)
    if not type:
        raise ValueError(
            "Expected the type of the payload, which says what it means and chooses the handler, "
            "but got none: add type='acme.Result'"
        )
    if isinstance(value, str):
        return text(type, value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return raw(type, BYTES, bytes(value))
    return json(type, value)


def value(of: operation_pb2.Payload) -> object:
    """The value of a payload that is text, JSON or bytes.

    Text is a str, JSON what `json.loads` makes of it, and all else the bytes, also protobuf:
    parse it by its message. ValueError if the content is not what its type says.
    """
    content_type = of.content_type.partition(";")[0].strip().lower()
    if content_type == JSON:
        return json_text.loads(of.data)
    return of.data.decode() if content_type.startswith("text/") else of.data


def _of_own_type(own: operation_pb2.Payload, type: str) -> operation_pb2.Payload:
    if type and type != own.type:
        raise ValueError(f"Expected a message of type {type}, but got one of type {own.type}.")
    return own
