from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Log(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_UNSPECIFIED: _ClassVar[Log]
    LOG_CONTROL: _ClassVar[Log]
    LOG_MAIN: _ClassVar[Log]
    LOG_TELEMETRY: _ClassVar[Log]
LOG_UNSPECIFIED: Log
LOG_CONTROL: Log
LOG_MAIN: Log
LOG_TELEMETRY: Log

class Position(_message.Message):
    __slots__ = ("incarnation", "epoch", "log", "partition", "op_id", "running_hash")
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNING_HASH_FIELD_NUMBER: _ClassVar[int]
    incarnation: int
    epoch: int
    log: Log
    partition: int
    op_id: int
    running_hash: bytes
    def __init__(self, incarnation: _Optional[int] = ..., epoch: _Optional[int] = ..., log: _Optional[_Union[Log, str]] = ..., partition: _Optional[int] = ..., op_id: _Optional[int] = ..., running_hash: _Optional[bytes] = ...) -> None: ...

class Ancestor(_message.Message):
    __slots__ = ("epoch", "main_fork", "control_fork", "ended_unix_nano")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    MAIN_FORK_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FORK_FIELD_NUMBER: _ClassVar[int]
    ENDED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    main_fork: Position
    control_fork: Position
    ended_unix_nano: int
    def __init__(self, epoch: _Optional[int] = ..., main_fork: _Optional[_Union[Position, _Mapping]] = ..., control_fork: _Optional[_Union[Position, _Mapping]] = ..., ended_unix_nano: _Optional[int] = ...) -> None: ...
