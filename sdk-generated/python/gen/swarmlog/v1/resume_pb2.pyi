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

class Plan(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_UNSPECIFIED: _ClassVar[Plan]
    PLAN_CURRENT: _ClassVar[Plan]
    PLAN_DELTA: _ClassVar[Plan]
    PLAN_SNAPSHOT: _ClassVar[Plan]
    PLAN_REJECT: _ClassVar[Plan]
PLAN_UNSPECIFIED: Plan
PLAN_CURRENT: Plan
PLAN_DELTA: Plan
PLAN_SNAPSHOT: Plan
PLAN_REJECT: Plan

class View(_message.Message):
    __slots__ = ("scopes",)
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    scopes: _containers.RepeatedCompositeFieldContainer[ViewScope]
    def __init__(self, scopes: _Optional[_Iterable[_Union[ViewScope, _Mapping]]] = ...) -> None: ...

class Self(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EveryRole(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ViewScope(_message.Message):
    __slots__ = ("topic", "all", "self", "roles")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    SELF_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    topic: _operation_pb2.Topic
    all: _operation_pb2.AllAgents
    self: Self
    roles: EveryRole
    def __init__(self_, topic: _Optional[_Union[_operation_pb2.Topic, str]] = ..., all: _Optional[_Union[_operation_pb2.AllAgents, _Mapping]] = ..., self: _Optional[_Union[Self, _Mapping]] = ..., roles: _Optional[_Union[EveryRole, _Mapping]] = ...) -> None: ...

class LogResume(_message.Message):
    __slots__ = ("position", "triple", "snapshot", "sums", "scopes")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    TRIPLE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    position: _position_pb2.Position
    triple: ResumeTriple
    snapshot: SnapshotResume
    sums: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ScopeSums]
    scopes: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Scope]
    def __init__(self, position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., triple: _Optional[_Union[ResumeTriple, _Mapping]] = ..., snapshot: _Optional[_Union[SnapshotResume, _Mapping]] = ..., sums: _Optional[_Iterable[_Union[_operation_pb2.ScopeSums, _Mapping]]] = ..., scopes: _Optional[_Iterable[_Union[_operation_pb2.Scope, _Mapping]]] = ...) -> None: ...

class ResumeTriple(_message.Message):
    __slots__ = ("base_op_id", "cursor_op_id", "target_op_id", "exact")
    BASE_OP_ID_FIELD_NUMBER: _ClassVar[int]
    CURSOR_OP_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_OP_ID_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    base_op_id: int
    cursor_op_id: int
    target_op_id: int
    exact: bool
    def __init__(self, base_op_id: _Optional[int] = ..., cursor_op_id: _Optional[int] = ..., target_op_id: _Optional[int] = ..., exact: _Optional[bool] = ...) -> None: ...

class SnapshotResume(_message.Message):
    __slots__ = ("position", "scope", "last_key")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    LAST_KEY_FIELD_NUMBER: _ClassVar[int]
    position: _position_pb2.Position
    scope: _operation_pb2.Scope
    last_key: str
    def __init__(self, position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., last_key: _Optional[str] = ...) -> None: ...

class LogPlan(_message.Message):
    __slots__ = ("log", "partition", "plan", "reason", "start", "head", "missing_operations", "horizon_op_id", "status", "target", "base_op_id", "exact", "scopes", "snapshot_scopes", "lost", "compares", "fork")
    LOG_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    MISSING_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    HORIZON_OP_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BASE_OP_ID_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_SCOPES_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    COMPARES_FIELD_NUMBER: _ClassVar[int]
    FORK_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    partition: int
    plan: Plan
    reason: str
    start: _position_pb2.Position
    head: _position_pb2.Position
    missing_operations: int
    horizon_op_id: int
    status: _status_pb2.Status
    target: _position_pb2.Position
    base_op_id: int
    exact: bool
    scopes: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Scope]
    snapshot_scopes: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Scope]
    lost: _containers.RepeatedCompositeFieldContainer[LostEvents]
    compares: bool
    fork: _position_pb2.Position
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., partition: _Optional[int] = ..., plan: _Optional[_Union[Plan, str]] = ..., reason: _Optional[str] = ..., start: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., head: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., missing_operations: _Optional[int] = ..., horizon_op_id: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., target: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., base_op_id: _Optional[int] = ..., exact: _Optional[bool] = ..., scopes: _Optional[_Iterable[_Union[_operation_pb2.Scope, _Mapping]]] = ..., snapshot_scopes: _Optional[_Iterable[_Union[_operation_pb2.Scope, _Mapping]]] = ..., lost: _Optional[_Iterable[_Union[LostEvents, _Mapping]]] = ..., compares: _Optional[bool] = ..., fork: _Optional[_Union[_position_pb2.Position, _Mapping]] = ...) -> None: ...

class PartedReport(_message.Message):
    __slots__ = ("agent", "position", "fork", "head", "plan", "reason")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    FORK_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    agent: str
    position: _position_pb2.Position
    fork: _position_pb2.Position
    head: _position_pb2.Position
    plan: Plan
    reason: str
    def __init__(self, agent: _Optional[str] = ..., position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., fork: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., head: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., plan: _Optional[_Union[Plan, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class LostEvents(_message.Message):
    __slots__ = ("scope", "from_op_id", "to_op_id", "count")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    FROM_OP_ID_FIELD_NUMBER: _ClassVar[int]
    TO_OP_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    scope: _operation_pb2.Scope
    from_op_id: int
    to_op_id: int
    count: int
    def __init__(self, scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., from_op_id: _Optional[int] = ..., to_op_id: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...
