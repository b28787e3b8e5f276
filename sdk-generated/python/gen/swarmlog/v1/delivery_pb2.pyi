from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Delivery(_message.Message):
    __slots__ = ("from_op_id", "to", "operations", "skipped", "traced_op_ids")
    FROM_OP_ID_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    TRACED_OP_IDS_FIELD_NUMBER: _ClassVar[int]
    from_op_id: int
    to: _position_pb2.Position
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    skipped: _containers.RepeatedCompositeFieldContainer[Skipped]
    traced_op_ids: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, from_op_id: _Optional[int] = ..., to: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ..., skipped: _Optional[_Iterable[_Union[Skipped, _Mapping]]] = ..., traced_op_ids: _Optional[_Iterable[int]] = ...) -> None: ...

class Skipped(_message.Message):
    __slots__ = ("scope", "count", "event_hash")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    EVENT_HASH_FIELD_NUMBER: _ClassVar[int]
    scope: _operation_pb2.Scope
    count: int
    event_hash: bytes
    def __init__(self, scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., count: _Optional[int] = ..., event_hash: _Optional[bytes] = ...) -> None: ...

class SnapshotPage(_message.Message):
    __slots__ = ("position", "scope", "after_key", "through_key", "operations")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    AFTER_KEY_FIELD_NUMBER: _ClassVar[int]
    THROUGH_KEY_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    position: _position_pb2.Position
    scope: _operation_pb2.Scope
    after_key: str
    through_key: str
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    def __init__(self, position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., after_key: _Optional[str] = ..., through_key: _Optional[str] = ..., operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ("position",)
    POSITION_FIELD_NUMBER: _ClassVar[int]
    position: _position_pb2.Position
    def __init__(self, position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ...) -> None: ...

class FellBehind(_message.Message):
    __slots__ = ("position", "head")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    position: _position_pb2.Position
    head: _position_pb2.Position
    def __init__(self, position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., head: _Optional[_Union[_position_pb2.Position, _Mapping]] = ...) -> None: ...

class TelemetryDelivery(_message.Message):
    __slots__ = ("operations", "dropped_count")
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    dropped_count: int
    def __init__(self, operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ..., dropped_count: _Optional[int] = ...) -> None: ...
