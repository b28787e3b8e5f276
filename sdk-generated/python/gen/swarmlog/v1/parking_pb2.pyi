from google.rpc import status_pb2 as _status_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Nack(_message.Message):
    __slots__ = ("log", "op_id", "reaction", "retry_after_ms", "status", "applied_before")
    class Reaction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REACTION_UNSPECIFIED: _ClassVar[Nack.Reaction]
        REACTION_RETRY: _ClassVar[Nack.Reaction]
        REACTION_PARK: _ClassVar[Nack.Reaction]
        REACTION_SKIP: _ClassVar[Nack.Reaction]
    REACTION_UNSPECIFIED: Nack.Reaction
    REACTION_RETRY: Nack.Reaction
    REACTION_PARK: Nack.Reaction
    REACTION_SKIP: Nack.Reaction
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    APPLIED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    op_id: int
    reaction: Nack.Reaction
    retry_after_ms: int
    status: _status_pb2.Status
    applied_before: int
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ..., reaction: _Optional[_Union[Nack.Reaction, str]] = ..., retry_after_ms: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., applied_before: _Optional[int] = ...) -> None: ...

class NackReply(_message.Message):
    __slots__ = ("log", "op_id", "outcome", "attempts", "retry_at_unix_nano", "status")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[NackReply.Outcome]
        OUTCOME_RETRY: _ClassVar[NackReply.Outcome]
        OUTCOME_PARKED: _ClassVar[NackReply.Outcome]
        OUTCOME_SKIPPED: _ClassVar[NackReply.Outcome]
        OUTCOME_SUPERSEDED: _ClassVar[NackReply.Outcome]
        OUTCOME_REFUSED: _ClassVar[NackReply.Outcome]
    OUTCOME_UNSPECIFIED: NackReply.Outcome
    OUTCOME_RETRY: NackReply.Outcome
    OUTCOME_PARKED: NackReply.Outcome
    OUTCOME_SKIPPED: NackReply.Outcome
    OUTCOME_SUPERSEDED: NackReply.Outcome
    OUTCOME_REFUSED: NackReply.Outcome
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    op_id: int
    outcome: NackReply.Outcome
    attempts: int
    retry_at_unix_nano: int
    status: _status_pb2.Status
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ..., outcome: _Optional[_Union[NackReply.Outcome, str]] = ..., attempts: _Optional[int] = ..., retry_at_unix_nano: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class ParkedOperation(_message.Message):
    __slots__ = ("agent", "log", "operation", "attempts", "status", "parked_unix_nano", "retry_at_unix_nano", "operation_bytes", "released_op_id")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PARKED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    OPERATION_BYTES_FIELD_NUMBER: _ClassVar[int]
    RELEASED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    agent: str
    log: _position_pb2.Log
    operation: _operation_pb2.Operation
    attempts: int
    status: _status_pb2.Status
    parked_unix_nano: int
    retry_at_unix_nano: int
    operation_bytes: int
    released_op_id: int
    def __init__(self, agent: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ..., attempts: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., parked_unix_nano: _Optional[int] = ..., retry_at_unix_nano: _Optional[int] = ..., operation_bytes: _Optional[int] = ..., released_op_id: _Optional[int] = ...) -> None: ...

class ListParkedRequest(_message.Message):
    __slots__ = ("swarm", "agent", "include_retries", "page_size", "page_token")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_RETRIES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    include_retries: bool
    page_size: int
    page_token: str
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., include_retries: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListParkedResponse(_message.Message):
    __slots__ = ("operations", "next_page_token", "parked_count", "retry_count", "bytes")
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PARKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[ParkedOperation]
    next_page_token: str
    parked_count: int
    retry_count: int
    bytes: int
    def __init__(self, operations: _Optional[_Iterable[_Union[ParkedOperation, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., parked_count: _Optional[int] = ..., retry_count: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class GetParkedRequest(_message.Message):
    __slots__ = ("swarm", "agent", "log", "op_id")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    log: _position_pb2.Log
    op_id: int
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ...) -> None: ...

class GetParkedResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: ParkedOperation
    def __init__(self, operation: _Optional[_Union[ParkedOperation, _Mapping]] = ...) -> None: ...

class ReplayParkedRequest(_message.Message):
    __slots__ = ("swarm", "agent", "log", "op_id")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    log: _position_pb2.Log
    op_id: int
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ...) -> None: ...

class ReplayParkedResponse(_message.Message):
    __slots__ = ("replayed_count", "superseded_count", "complete")
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    replayed_count: int
    superseded_count: int
    complete: bool
    def __init__(self, replayed_count: _Optional[int] = ..., superseded_count: _Optional[int] = ..., complete: _Optional[bool] = ...) -> None: ...

class PurgeParkedRequest(_message.Message):
    __slots__ = ("swarm", "agent", "log", "op_id")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    log: _position_pb2.Log
    op_id: int
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ...) -> None: ...

class PurgeParkedResponse(_message.Message):
    __slots__ = ("purged_count", "complete")
    PURGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    purged_count: int
    complete: bool
    def __init__(self, purged_count: _Optional[int] = ..., complete: _Optional[bool] = ...) -> None: ...

class ParkedReport(_message.Message):
    __slots__ = ("agent", "log", "op_id", "attempts", "status", "new_count", "parked_count")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    NEW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    agent: str
    log: _position_pb2.Log
    op_id: int
    attempts: int
    status: _status_pb2.Status
    new_count: int
    parked_count: int
    def __init__(self, agent: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ..., attempts: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., new_count: _Optional[int] = ..., parked_count: _Optional[int] = ...) -> None: ...
