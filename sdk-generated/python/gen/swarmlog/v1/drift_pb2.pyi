from swarmlog.v1 import delivery_pb2 as _delivery_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DigestQuery(_message.Message):
    __slots__ = ("query_id", "scope", "after_key", "through_key", "max_parts")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    AFTER_KEY_FIELD_NUMBER: _ClassVar[int]
    THROUGH_KEY_FIELD_NUMBER: _ClassVar[int]
    MAX_PARTS_FIELD_NUMBER: _ClassVar[int]
    query_id: int
    scope: _operation_pb2.Scope
    after_key: str
    through_key: str
    max_parts: int
    def __init__(self, query_id: _Optional[int] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., after_key: _Optional[str] = ..., through_key: _Optional[str] = ..., max_parts: _Optional[int] = ...) -> None: ...

class DigestReport(_message.Message):
    __slots__ = ("query_id", "position", "parts", "unknown")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    query_id: int
    position: _position_pb2.Position
    parts: _containers.RepeatedCompositeFieldContainer[DigestPart]
    unknown: bool
    def __init__(self, query_id: _Optional[int] = ..., position: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., parts: _Optional[_Iterable[_Union[DigestPart, _Mapping]]] = ..., unknown: _Optional[bool] = ...) -> None: ...

class DigestPart(_message.Message):
    __slots__ = ("through_key", "key_count", "digest")
    THROUGH_KEY_FIELD_NUMBER: _ClassVar[int]
    KEY_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    through_key: str
    key_count: int
    digest: bytes
    def __init__(self, through_key: _Optional[str] = ..., key_count: _Optional[int] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Repair(_message.Message):
    __slots__ = ("pages", "events", "good_op_id", "repair_id", "traceparent", "tracestate")
    PAGES_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    GOOD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    REPAIR_ID_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    pages: _containers.RepeatedCompositeFieldContainer[_delivery_pb2.SnapshotPage]
    events: _operation_pb2.ScopeSums
    good_op_id: int
    repair_id: int
    traceparent: str
    tracestate: str
    def __init__(self, pages: _Optional[_Iterable[_Union[_delivery_pb2.SnapshotPage, _Mapping]]] = ..., events: _Optional[_Union[_operation_pb2.ScopeSums, _Mapping]] = ..., good_op_id: _Optional[int] = ..., repair_id: _Optional[int] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class DriftReport(_message.Message):
    __slots__ = ("agent", "scope", "what", "good_op_id", "found_op_id", "found_unix_nano", "healing", "healed_op_id", "keys", "differing_keys_count", "messages_count", "bytes", "times")
    class What(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        WHAT_UNSPECIFIED: _ClassVar[DriftReport.What]
        WHAT_STATE: _ClassVar[DriftReport.What]
        WHAT_EVENTS: _ClassVar[DriftReport.What]
    WHAT_UNSPECIFIED: DriftReport.What
    WHAT_STATE: DriftReport.What
    WHAT_EVENTS: DriftReport.What
    class Healing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        HEALING_UNSPECIFIED: _ClassVar[DriftReport.Healing]
        HEALING_STARTED: _ClassVar[DriftReport.Healing]
        HEALING_REPAIRED: _ClassVar[DriftReport.Healing]
        HEALING_SNAPSHOT: _ClassVar[DriftReport.Healing]
        HEALING_TOLD: _ClassVar[DriftReport.Healing]
        HEALING_STOPPED: _ClassVar[DriftReport.Healing]
        HEALING_VANISHED: _ClassVar[DriftReport.Healing]
        HEALING_FAILED: _ClassVar[DriftReport.Healing]
        HEALING_RELEASED: _ClassVar[DriftReport.Healing]
    HEALING_UNSPECIFIED: DriftReport.Healing
    HEALING_STARTED: DriftReport.Healing
    HEALING_REPAIRED: DriftReport.Healing
    HEALING_SNAPSHOT: DriftReport.Healing
    HEALING_TOLD: DriftReport.Healing
    HEALING_STOPPED: DriftReport.Healing
    HEALING_VANISHED: DriftReport.Healing
    HEALING_FAILED: DriftReport.Healing
    HEALING_RELEASED: DriftReport.Healing
    AGENT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    GOOD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    FOUND_OP_ID_FIELD_NUMBER: _ClassVar[int]
    FOUND_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    HEALING_FIELD_NUMBER: _ClassVar[int]
    HEALED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    DIFFERING_KEYS_COUNT_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_COUNT_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    agent: str
    scope: _operation_pb2.Scope
    what: DriftReport.What
    good_op_id: int
    found_op_id: int
    found_unix_nano: int
    healing: DriftReport.Healing
    healed_op_id: int
    keys: _containers.RepeatedScalarFieldContainer[str]
    differing_keys_count: int
    messages_count: int
    bytes: int
    times: int
    def __init__(self, agent: _Optional[str] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., what: _Optional[_Union[DriftReport.What, str]] = ..., good_op_id: _Optional[int] = ..., found_op_id: _Optional[int] = ..., found_unix_nano: _Optional[int] = ..., healing: _Optional[_Union[DriftReport.Healing, str]] = ..., healed_op_id: _Optional[int] = ..., keys: _Optional[_Iterable[str]] = ..., differing_keys_count: _Optional[int] = ..., messages_count: _Optional[int] = ..., bytes: _Optional[int] = ..., times: _Optional[int] = ...) -> None: ...

class ListDriftRequest(_message.Message):
    __slots__ = ("swarm",)
    SWARM_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    def __init__(self, swarm: _Optional[str] = ...) -> None: ...

class ListDriftResponse(_message.Message):
    __slots__ = ("reports", "stopped_agents", "unwatched_agents")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    UNWATCHED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[DriftReport]
    stopped_agents: _containers.RepeatedScalarFieldContainer[str]
    unwatched_agents: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reports: _Optional[_Iterable[_Union[DriftReport, _Mapping]]] = ..., stopped_agents: _Optional[_Iterable[str]] = ..., unwatched_agents: _Optional[_Iterable[str]] = ...) -> None: ...

class CompareAgentsRequest(_message.Message):
    __slots__ = ("swarm", "agents", "log")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agents: _containers.RepeatedScalarFieldContainer[str]
    log: _position_pb2.Log
    def __init__(self, swarm: _Optional[str] = ..., agents: _Optional[_Iterable[str]] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ...) -> None: ...

class CompareAgentsResponse(_message.Message):
    __slots__ = ("differences", "cut", "positions", "unknown_agents")
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_AGENTS_FIELD_NUMBER: _ClassVar[int]
    differences: _containers.RepeatedCompositeFieldContainer[AgentDifference]
    cut: bool
    positions: _containers.RepeatedCompositeFieldContainer[_position_pb2.Position]
    unknown_agents: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, differences: _Optional[_Iterable[_Union[AgentDifference, _Mapping]]] = ..., cut: _Optional[bool] = ..., positions: _Optional[_Iterable[_Union[_position_pb2.Position, _Mapping]]] = ..., unknown_agents: _Optional[_Iterable[str]] = ...) -> None: ...

class AgentDifference(_message.Message):
    __slots__ = ("agent", "scope", "key", "expected", "held", "held_digest")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    HELD_DIGEST_FIELD_NUMBER: _ClassVar[int]
    agent: str
    scope: _operation_pb2.Scope
    key: str
    expected: _operation_pb2.Operation
    held: bool
    held_digest: bytes
    def __init__(self, agent: _Optional[str] = ..., scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ..., key: _Optional[str] = ..., expected: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ..., held: _Optional[bool] = ..., held_digest: _Optional[bytes] = ...) -> None: ...

class ReleaseAgentRequest(_message.Message):
    __slots__ = ("swarm", "agent")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    agent: str
    def __init__(self, swarm: _Optional[str] = ..., agent: _Optional[str] = ...) -> None: ...

class ReleaseAgentResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
