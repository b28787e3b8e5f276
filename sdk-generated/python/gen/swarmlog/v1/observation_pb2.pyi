from swarmlog.v1 import delivery_pb2 as _delivery_pb2
from swarmlog.v1 import life_pb2 as _life_pb2
from swarmlog.v1 import overview_pb2 as _overview_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TailRequest(_message.Message):
    __slots__ = ("swarm", "log", "after_op_id", "last_operations", "stop_at_head")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    AFTER_OP_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    STOP_AT_HEAD_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    log: _position_pb2.Log
    after_op_id: int
    last_operations: int
    stop_at_head: bool
    def __init__(self, swarm: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., after_op_id: _Optional[int] = ..., last_operations: _Optional[int] = ..., stop_at_head: _Optional[bool] = ...) -> None: ...

class TailResponse(_message.Message):
    __slots__ = ("delivery", "caught_up", "telemetry")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    TELEMETRY_FIELD_NUMBER: _ClassVar[int]
    delivery: _delivery_pb2.Delivery
    caught_up: _delivery_pb2.CaughtUp
    telemetry: _delivery_pb2.TelemetryDelivery
    def __init__(self, delivery: _Optional[_Union[_delivery_pb2.Delivery, _Mapping]] = ..., caught_up: _Optional[_Union[_delivery_pb2.CaughtUp, _Mapping]] = ..., telemetry: _Optional[_Union[_delivery_pb2.TelemetryDelivery, _Mapping]] = ...) -> None: ...
