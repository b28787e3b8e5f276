from swarmlog.v1 import delivery_pb2 as _delivery_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from swarmlog.v1 import resume_pb2 as _resume_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncRequest(_message.Message):
    __slots__ = ("swarm", "agent", "roles", "view", "resume", "capabilities")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    view: _resume_pb2.View
    resume: _resume_pb2.LogResume
    capabilities: int
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., view: _Optional[_Union[_resume_pb2.View, _Mapping]] = ..., resume: _Optional[_Union[_resume_pb2.LogResume, _Mapping]] = ..., capabilities: _Optional[int] = ...) -> None: ...

class SyncResponse(_message.Message):
    __slots__ = ("plan", "page", "receipt", "snapshot")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    plan: _resume_pb2.LogPlan
    page: SyncPage
    receipt: SyncReceipt
    snapshot: _delivery_pb2.SnapshotPage
    def __init__(self, plan: _Optional[_Union[_resume_pb2.LogPlan, _Mapping]] = ..., page: _Optional[_Union[SyncPage, _Mapping]] = ..., receipt: _Optional[_Union[SyncReceipt, _Mapping]] = ..., snapshot: _Optional[_Union[_delivery_pb2.SnapshotPage, _Mapping]] = ...) -> None: ...

class SyncPage(_message.Message):
    __slots__ = ("operations", "to", "skipped")
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    to: _position_pb2.Position
    skipped: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.Skipped]
    def __init__(self, operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ..., to: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., skipped: _Optional[_Iterable[_Union[_delivery_pb2.Skipped, _Mapping]]] = ...) -> None: ...

class SyncReceipt(_message.Message):
    __slots__ = ("target", "sums", "examined_count", "sent_count", "superseded_count", "net_zero_count", "expired_count", "snapshot_count")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    EXAMINED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NET_ZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_COUNT_FIELD_NUMBER: _ClassVar[int]
    target: _position_pb2.Position
    sums: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ScopeSums]
    examined_count: int
    sent_count: int
    superseded_count: int
    net_zero_count: int
    expired_count: int
    snapshot_count: int
    def __init__(self, target: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., sums: _Optional[_Iterable[_Union[_operation_pb2.ScopeSums, _Mapping]]] = ..., examined_count: _Optional[int] = ..., sent_count: _Optional[int] = ..., superseded_count: _Optional[int] = ..., net_zero_count: _Optional[int] = ..., expired_count: _Optional[int] = ..., snapshot_count: _Optional[int] = ...) -> None: ...

class PlanSyncRequest(_message.Message):
    __slots__ = ("sync", "max_elisions")
    SYNC_FIELD_NUMBER: _ClassVar[int]
    MAX_ELISIONS_FIELD_NUMBER: _ClassVar[int]
    sync: SyncRequest
    max_elisions: int
    def __init__(self, sync: _Optional[_Union[SyncRequest, _Mapping]] = ..., max_elisions: _Optional[int] = ...) -> None: ...

class PlanSyncResponse(_message.Message):
    __slots__ = ("plan", "delta", "snapshot", "replay", "superseded_count", "net_zero_count", "expired_count", "elisions")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NET_ZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ELISIONS_FIELD_NUMBER: _ClassVar[int]
    plan: _resume_pb2.LogPlan
    delta: SyncSize
    snapshot: SyncSize
    replay: SyncSize
    superseded_count: int
    net_zero_count: int
    expired_count: int
    elisions: _containers.RepeatedCompositeFieldContainer[Elision]
    def __init__(self, plan: _Optional[_Union[_resume_pb2.LogPlan, _Mapping]] = ..., delta: _Optional[_Union[SyncSize, _Mapping]] = ..., snapshot: _Optional[_Union[SyncSize, _Mapping]] = ..., replay: _Optional[_Union[SyncSize, _Mapping]] = ..., superseded_count: _Optional[int] = ..., net_zero_count: _Optional[int] = ..., expired_count: _Optional[int] = ..., elisions: _Optional[_Iterable[_Union[Elision, _Mapping]]] = ...) -> None: ...

class SyncSize(_message.Message):
    __slots__ = ("events_count", "keys_count", "tombstones_count", "bytes")
    EVENTS_COUNT_FIELD_NUMBER: _ClassVar[int]
    KEYS_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONES_COUNT_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    events_count: int
    keys_count: int
    tombstones_count: int
    bytes: int
    def __init__(self, events_count: _Optional[int] = ..., keys_count: _Optional[int] = ..., tombstones_count: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class Elision(_message.Message):
    __slots__ = ("reason", "scope", "key", "op_id", "left_out_count")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Elision.Reason]
        REASON_SUPERSEDED: _ClassVar[Elision.Reason]
        REASON_NET_ZERO: _ClassVar[Elision.Reason]
        REASON_EXPIRED: _ClassVar[Elision.Reason]
    REASON_UNSPECIFIED: Elision.Reason
    REASON_SUPERSEDED: Elision.Reason
    REASON_NET_ZERO: Elision.Reason
    REASON_EXPIRED: Elision.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: Elision.Reason
    scope: _operation_pb2.Scope
    key: str
    op_id: int
    left_out_count: int
    def __init__(self, reason: _Optional[_Union[Elision.Reason, str]] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., key: _Optional[str] = ..., op_id: _Optional[int] = ..., left_out_count: _Optional[int] = ...) -> None: ...

class DiffRequest(_message.Message):
    __slots__ = ("swarm", "agent", "roles", "view", "log", "from_op_id", "to_op_id", "without_events")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    FROM_OP_ID_FIELD_NUMBER: _ClassVar[int]
    TO_OP_ID_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_EVENTS_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    view: _resume_pb2.View
    log: _position_pb2.Log
    from_op_id: int
    to_op_id: int
    without_events: bool
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., view: _Optional[_Union[_resume_pb2.View, _Mapping]] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., from_op_id: _Optional[int] = ..., to_op_id: _Optional[int] = ..., without_events: _Optional[bool] = ...) -> None: ...

class DiffResponse(_message.Message):
    __slots__ = ("page", "summary")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    page: DiffPage
    summary: DiffSummary
    def __init__(self, page: _Optional[_Union[DiffPage, _Mapping]] = ..., summary: _Optional[_Union[DiffSummary, _Mapping]] = ...) -> None: ...

class DiffPage(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("after", "before")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    after: _operation_pb2.Operation
    before: _operation_pb2.Operation
    def __init__(self, after: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ..., before: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ...) -> None: ...

class DiffSummary(_message.Message):
    __slots__ = ("to", "events_count", "created_count", "changed_count", "deleted_count", "net_zero_count", "sums")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    EVENTS_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DELETED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NET_ZERO_COUNT_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    to: _position_pb2.Position
    events_count: int
    created_count: int
    changed_count: int
    deleted_count: int
    net_zero_count: int
    sums: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ScopeSums]
    def __init__(self, to: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., events_count: _Optional[int] = ..., created_count: _Optional[int] = ..., changed_count: _Optional[int] = ..., deleted_count: _Optional[int] = ..., net_zero_count: _Optional[int] = ..., sums: _Optional[_Iterable[_Union[_operation_pb2.ScopeSums, _Mapping]]] = ..., **kwargs) -> None: ...
