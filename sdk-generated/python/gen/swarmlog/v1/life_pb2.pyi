from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgentFate(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGENT_FATE_UNSPECIFIED: _ClassVar[AgentFate]
    AGENT_FATE_RETRY: _ClassVar[AgentFate]
    AGENT_FATE_PARKED: _ClassVar[AgentFate]
    AGENT_FATE_SKIPPED: _ClassVar[AgentFate]
    AGENT_FATE_DELIVERED: _ClassVar[AgentFate]
    AGENT_FATE_NOT_DELIVERED: _ClassVar[AgentFate]
    AGENT_FATE_NOT_CONNECTED: _ClassVar[AgentFate]
    AGENT_FATE_ACKNOWLEDGED: _ClassVar[AgentFate]
    AGENT_FATE_SNAPSHOT: _ClassVar[AgentFate]
    AGENT_FATE_SUPERSEDED: _ClassVar[AgentFate]
    AGENT_FATE_EXPIRED: _ClassVar[AgentFate]
    AGENT_FATE_NOT_IN_VIEW: _ClassVar[AgentFate]
AGENT_FATE_UNSPECIFIED: AgentFate
AGENT_FATE_RETRY: AgentFate
AGENT_FATE_PARKED: AgentFate
AGENT_FATE_SKIPPED: AgentFate
AGENT_FATE_DELIVERED: AgentFate
AGENT_FATE_NOT_DELIVERED: AgentFate
AGENT_FATE_NOT_CONNECTED: AgentFate
AGENT_FATE_ACKNOWLEDGED: AgentFate
AGENT_FATE_SNAPSHOT: AgentFate
AGENT_FATE_SUPERSEDED: AgentFate
AGENT_FATE_EXPIRED: AgentFate
AGENT_FATE_NOT_IN_VIEW: AgentFate

class GetOperationLifeRequest(_message.Message):
    __slots__ = ("swarm", "log", "op_id", "agent", "max_agents")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MAX_AGENTS_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    log: _position_pb2.Log
    op_id: int
    agent: str
    max_agents: int
    def __init__(self, swarm: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., op_id: _Optional[int] = ..., agent: _Optional[str] = ..., max_agents: _Optional[int] = ...) -> None: ...

class GetOperationLifeResponse(_message.Message):
    __slots__ = ("operation", "head_op_id", "horizon_op_id", "received_unix_nano", "appended_unix_nano", "durable_unix_nano", "superseded_by_op_id", "agents", "fates", "incomplete", "now_unix_nano", "started_unix_nano")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    HORIZON_OP_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    APPENDED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DURABLE_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_OP_ID_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    FATES_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    NOW_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    STARTED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    operation: _operation_pb2.Operation
    head_op_id: int
    horizon_op_id: int
    received_unix_nano: int
    appended_unix_nano: int
    durable_unix_nano: int
    superseded_by_op_id: int
    agents: _containers.RepeatedCompositeFieldContainer[AgentLife]
    fates: _containers.RepeatedCompositeFieldContainer[FateCount]
    incomplete: bool
    now_unix_nano: int
    started_unix_nano: int
    def __init__(self, operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ..., head_op_id: _Optional[int] = ..., horizon_op_id: _Optional[int] = ..., received_unix_nano: _Optional[int] = ..., appended_unix_nano: _Optional[int] = ..., durable_unix_nano: _Optional[int] = ..., superseded_by_op_id: _Optional[int] = ..., agents: _Optional[_Iterable[_Union[AgentLife, _Mapping]]] = ..., fates: _Optional[_Iterable[_Union[FateCount, _Mapping]]] = ..., incomplete: _Optional[bool] = ..., now_unix_nano: _Optional[int] = ..., started_unix_nano: _Optional[int] = ...) -> None: ...

class FateCount(_message.Message):
    __slots__ = ("fate", "count")
    FATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    fate: AgentFate
    count: int
    def __init__(self, fate: _Optional[_Union[AgentFate, str]] = ..., count: _Optional[int] = ...) -> None: ...

class AgentLife(_message.Message):
    __slots__ = ("agent", "fate", "reason", "connected", "acked_op_id", "handed_out_unix_nano", "acknowledged_unix_nano", "applied_unix_nano", "applied_uncertainty_nano", "attempts", "retry_at_unix_nano", "released_op_id", "last_seen_unix_nano", "roles", "scopes")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    FATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    ACKED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    HANDED_OUT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    APPLIED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    APPLIED_UNCERTAINTY_NANO_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    RELEASED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    agent: str
    fate: AgentFate
    reason: str
    connected: bool
    acked_op_id: int
    handed_out_unix_nano: int
    acknowledged_unix_nano: int
    applied_unix_nano: int
    applied_uncertainty_nano: int
    attempts: int
    retry_at_unix_nano: int
    released_op_id: int
    last_seen_unix_nano: int
    roles: _containers.RepeatedScalarFieldContainer[str]
    scopes: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Scope]
    def __init__(self, agent: _Optional[str] = ..., fate: _Optional[_Union[AgentFate, str]] = ..., reason: _Optional[str] = ..., connected: _Optional[bool] = ..., acked_op_id: _Optional[int] = ..., handed_out_unix_nano: _Optional[int] = ..., acknowledged_unix_nano: _Optional[int] = ..., applied_unix_nano: _Optional[int] = ..., applied_uncertainty_nano: _Optional[int] = ..., attempts: _Optional[int] = ..., retry_at_unix_nano: _Optional[int] = ..., released_op_id: _Optional[int] = ..., last_seen_unix_nano: _Optional[int] = ..., roles: _Optional[_Iterable[str]] = ..., scopes: _Optional[_Iterable[_Union[_operation_pb2.Scope, _Mapping]]] = ...) -> None: ...
