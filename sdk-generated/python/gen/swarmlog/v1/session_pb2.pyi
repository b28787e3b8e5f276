from google.rpc import status_pb2 as _status_pb2
from swarmlog.v1 import delivery_pb2 as _delivery_pb2
from swarmlog.v1 import drift_pb2 as _drift_pb2
from swarmlog.v1 import limits_pb2 as _limits_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import parking_pb2 as _parking_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from swarmlog.v1 import resume_pb2 as _resume_pb2
from swarmlog.v1 import sync_pb2 as _sync_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Capability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAPABILITY_UNSPECIFIED: _ClassVar[Capability]
    CAPABILITY_SYNC: _ClassVar[Capability]
    CAPABILITY_DRIFT: _ClassVar[Capability]
    CAPABILITY_NACK: _ClassVar[Capability]
CAPABILITY_UNSPECIFIED: Capability
CAPABILITY_SYNC: Capability
CAPABILITY_DRIFT: Capability
CAPABILITY_NACK: Capability

class ControlRequest(_message.Message):
    __slots__ = ("hello", "heartbeat", "nack")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    NACK_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    heartbeat: Heartbeat
    nack: _parking_pb2.Nack
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., nack: _Optional[_Union[_parking_pb2.Nack, _Mapping]] = ...) -> None: ...

class ControlResponse(_message.Message):
    __slots__ = ("welcome", "heartbeat_reply", "drain", "notice", "nack_reply")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_REPLY_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    NACK_REPLY_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    heartbeat_reply: HeartbeatReply
    drain: Drain
    notice: _status_pb2.Status
    nack_reply: _parking_pb2.NackReply
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., heartbeat_reply: _Optional[_Union[HeartbeatReply, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., notice: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., nack_reply: _Optional[_Union[_parking_pb2.NackReply, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_min", "protocol_max", "capabilities", "swarm", "agent", "instance", "roles", "view", "resume", "highest_term", "sdk")
    PROTOCOL_MIN_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAX_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_TERM_FIELD_NUMBER: _ClassVar[int]
    SDK_FIELD_NUMBER: _ClassVar[int]
    protocol_min: int
    protocol_max: int
    capabilities: int
    swarm: str
    agent: str
    instance: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    view: _resume_pb2.View
    resume: _containers.RepeatedCompositeFieldContainer[_resume_pb2.LogResume]
    highest_term: int
    sdk: str
    def __init__(self, protocol_min: _Optional[int] = ..., protocol_max: _Optional[int] = ..., capabilities: _Optional[int] = ..., swarm: _Optional[str] = ..., agent: _Optional[str] = ..., instance: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., view: _Optional[_Union[_resume_pb2.View, _Mapping]] = ..., resume: _Optional[_Iterable[_Union[_resume_pb2.LogResume, _Mapping]]] = ..., highest_term: _Optional[int] = ..., sdk: _Optional[str] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("session_id", "protocol", "capabilities", "plans", "limits", "principal", "owner", "heartbeat_interval_ms", "server_version", "chooses_traced")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    PLANS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHOOSES_TRACED_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    protocol: int
    capabilities: int
    plans: _containers.RepeatedCompositeFieldContainer[_resume_pb2.LogPlan]
    limits: _limits_pb2.Limits
    principal: str
    owner: str
    heartbeat_interval_ms: int
    server_version: str
    chooses_traced: bool
    def __init__(self, session_id: _Optional[str] = ..., protocol: _Optional[int] = ..., capabilities: _Optional[int] = ..., plans: _Optional[_Iterable[_Union[_resume_pb2.LogPlan, _Mapping]]] = ..., limits: _Optional[_Union[_limits_pb2.Limits, _Mapping]] = ..., principal: _Optional[str] = ..., owner: _Optional[str] = ..., heartbeat_interval_ms: _Optional[int] = ..., server_version: _Optional[str] = ..., chooses_traced: _Optional[bool] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("number", "sent_unix_nano", "handler_running_ms", "handler_held_ms", "clock_offset_nano", "clock_uncertainty_nano", "ignored_duplicates", "out_of_order")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SENT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    HANDLER_RUNNING_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_HELD_MS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_NANO_FIELD_NUMBER: _ClassVar[int]
    CLOCK_UNCERTAINTY_NANO_FIELD_NUMBER: _ClassVar[int]
    IGNORED_DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    OUT_OF_ORDER_FIELD_NUMBER: _ClassVar[int]
    number: int
    sent_unix_nano: int
    handler_running_ms: int
    handler_held_ms: int
    clock_offset_nano: int
    clock_uncertainty_nano: int
    ignored_duplicates: int
    out_of_order: int
    def __init__(self, number: _Optional[int] = ..., sent_unix_nano: _Optional[int] = ..., handler_running_ms: _Optional[int] = ..., handler_held_ms: _Optional[int] = ..., clock_offset_nano: _Optional[int] = ..., clock_uncertainty_nano: _Optional[int] = ..., ignored_duplicates: _Optional[int] = ..., out_of_order: _Optional[int] = ...) -> None: ...

class HeartbeatReply(_message.Message):
    __slots__ = ("number", "agent_sent_unix_nano", "received_unix_nano", "sent_unix_nano", "lanes")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AGENT_SENT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    SENT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    number: int
    agent_sent_unix_nano: int
    received_unix_nano: int
    sent_unix_nano: int
    lanes: _containers.RepeatedCompositeFieldContainer[LaneState]
    def __init__(self, number: _Optional[int] = ..., agent_sent_unix_nano: _Optional[int] = ..., received_unix_nano: _Optional[int] = ..., sent_unix_nano: _Optional[int] = ..., lanes: _Optional[_Iterable[_Union[LaneState, _Mapping]]] = ...) -> None: ...

class LaneState(_message.Message):
    __slots__ = ("log", "last_sent_op_id", "head_op_id", "stalled")
    LOG_FIELD_NUMBER: _ClassVar[int]
    LAST_SENT_OP_ID_FIELD_NUMBER: _ClassVar[int]
    HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    STALLED_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    last_sent_op_id: int
    head_op_id: int
    stalled: bool
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., last_sent_op_id: _Optional[int] = ..., head_op_id: _Optional[int] = ..., stalled: _Optional[bool] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("reason", "reconnect_after_ms")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    reconnect_after_ms: int
    def __init__(self, reason: _Optional[str] = ..., reconnect_after_ms: _Optional[int] = ...) -> None: ...

class DataRequest(_message.Message):
    __slots__ = ("attach", "ack", "digest_report")
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    DIGEST_REPORT_FIELD_NUMBER: _ClassVar[int]
    attach: Attach
    ack: Ack
    digest_report: _drift_pb2.DigestReport
    def __init__(self, attach: _Optional[_Union[Attach, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., digest_report: _Optional[_Union[_drift_pb2.DigestReport, _Mapping]] = ...) -> None: ...

class DataResponse(_message.Message):
    __slots__ = ("delivery", "caught_up", "fell_behind", "telemetry", "notice", "snapshot", "receipt", "digest_query", "repair")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    FELL_BEHIND_FIELD_NUMBER: _ClassVar[int]
    TELEMETRY_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_QUERY_FIELD_NUMBER: _ClassVar[int]
    REPAIR_FIELD_NUMBER: _ClassVar[int]
    delivery: _delivery_pb2.Delivery
    caught_up: _delivery_pb2.CaughtUp
    fell_behind: _delivery_pb2.FellBehind
    telemetry: _delivery_pb2.TelemetryDelivery
    notice: _status_pb2.Status
    snapshot: _delivery_pb2.SnapshotPage
    receipt: _sync_pb2.SyncReceipt
    digest_query: _drift_pb2.DigestQuery
    repair: _drift_pb2.Repair
    def __init__(self, delivery: _Optional[_Union[_delivery_pb2.Delivery, _Mapping]] = ..., caught_up: _Optional[_Union[_delivery_pb2.CaughtUp, _Mapping]] = ..., fell_behind: _Optional[_Union[_delivery_pb2.FellBehind, _Mapping]] = ..., telemetry: _Optional[_Union[_delivery_pb2.TelemetryDelivery, _Mapping]] = ..., notice: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., snapshot: _Optional[_Union[_delivery_pb2.SnapshotPage, _Mapping]] = ..., receipt: _Optional[_Union[_sync_pb2.SyncReceipt, _Mapping]] = ..., digest_query: _Optional[_Union[_drift_pb2.DigestQuery, _Mapping]] = ..., repair: _Optional[_Union[_drift_pb2.Repair, _Mapping]] = ...) -> None: ...

class Attach(_message.Message):
    __slots__ = ("session_id", "log", "traceparent", "tracestate")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    log: _position_pb2.Log
    traceparent: str
    tracestate: str
    def __init__(self, session_id: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("applied", "sums", "last_repair_id", "applied_unix_nano")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    LAST_REPAIR_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    applied: _position_pb2.Position
    sums: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ScopeSums]
    last_repair_id: int
    applied_unix_nano: int
    def __init__(self, applied: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., sums: _Optional[_Iterable[_Union[_operation_pb2.ScopeSums, _Mapping]]] = ..., last_repair_id: _Optional[int] = ..., applied_unix_nano: _Optional[int] = ...) -> None: ...
