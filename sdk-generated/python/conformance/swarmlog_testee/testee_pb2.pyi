from swarmlog.v1 import drift_pb2 as _drift_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import parking_pb2 as _parking_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from swarmlog.v1 import publishing_pb2 as _publishing_pb2
from swarmlog.v1 import resume_pb2 as _resume_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Feature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEATURE_UNSPECIFIED: _ClassVar[Feature]
    FEATURE_CURSOR_ON_DISK: _ClassVar[Feature]
    FEATURE_TRANSACTION: _ClassVar[Feature]
    FEATURE_BATCHES: _ClassVar[Feature]
    FEATURE_SYNC: _ClassVar[Feature]
    FEATURE_DRIFT: _ClassVar[Feature]
    FEATURE_NACK: _ClassVar[Feature]
    FEATURE_TELEMETRY: _ClassVar[Feature]
    FEATURE_PUBLISHER: _ClassVar[Feature]
    FEATURE_TRACING: _ClassVar[Feature]

class CursorStore(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CURSOR_STORE_UNSPECIFIED: _ClassVar[CursorStore]
    CURSOR_STORE_DISK: _ClassVar[CursorStore]

class Handlers(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDLERS_UNSPECIFIED: _ClassVar[Handlers]
    HANDLERS_OPERATION: _ClassVar[Handlers]
    HANDLERS_BATCH: _ClassVar[Handlers]
    HANDLERS_TRANSACTION: _ClassVar[Handlers]

FEATURE_UNSPECIFIED: Feature
FEATURE_CURSOR_ON_DISK: Feature
FEATURE_TRANSACTION: Feature
FEATURE_BATCHES: Feature
FEATURE_SYNC: Feature
FEATURE_DRIFT: Feature
FEATURE_NACK: Feature
FEATURE_TELEMETRY: Feature
FEATURE_PUBLISHER: Feature
FEATURE_TRACING: Feature
CURSOR_STORE_UNSPECIFIED: CursorStore
CURSOR_STORE_DISK: CursorStore
HANDLERS_UNSPECIFIED: Handlers
HANDLERS_OPERATION: Handlers
HANDLERS_BATCH: Handlers
HANDLERS_TRANSACTION: Handlers

class Request(_message.Message):
    __slots__ = (
        "id",
        "describe",
        "start_agent",
        "stop_agent",
        "handle_reply",
        "start_publisher",
        "publish",
        "stop_publisher",
        "vector",
    )
    ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_FIELD_NUMBER: _ClassVar[int]
    START_AGENT_FIELD_NUMBER: _ClassVar[int]
    STOP_AGENT_FIELD_NUMBER: _ClassVar[int]
    HANDLE_REPLY_FIELD_NUMBER: _ClassVar[int]
    START_PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_FIELD_NUMBER: _ClassVar[int]
    STOP_PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    id: int
    describe: Describe
    start_agent: StartAgent
    stop_agent: StopAgent
    handle_reply: HandleReply
    start_publisher: StartPublisher
    publish: Publish
    stop_publisher: StopPublisher
    vector: Vector
    def __init__(
        self,
        id: _Optional[int] = ...,
        describe: _Optional[_Union[Describe, _Mapping]] = ...,
        start_agent: _Optional[_Union[StartAgent, _Mapping]] = ...,
        stop_agent: _Optional[_Union[StopAgent, _Mapping]] = ...,
        handle_reply: _Optional[_Union[HandleReply, _Mapping]] = ...,
        start_publisher: _Optional[_Union[StartPublisher, _Mapping]] = ...,
        publish: _Optional[_Union[Publish, _Mapping]] = ...,
        stop_publisher: _Optional[_Union[StopPublisher, _Mapping]] = ...,
        vector: _Optional[_Union[Vector, _Mapping]] = ...,
    ) -> None: ...

class Response(_message.Message):
    __slots__ = (
        "id",
        "done",
        "problem",
        "description",
        "handle",
        "event",
        "outcome",
        "vector",
        "unsupported",
    )
    ID_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    HANDLE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    UNSUPPORTED_FIELD_NUMBER: _ClassVar[int]
    id: int
    done: Done
    problem: Problem
    description: Description
    handle: Handle
    event: AgentEvent
    outcome: PublishOutcome
    vector: VectorAnswer
    unsupported: Unsupported
    def __init__(
        self,
        id: _Optional[int] = ...,
        done: _Optional[_Union[Done, _Mapping]] = ...,
        problem: _Optional[_Union[Problem, _Mapping]] = ...,
        description: _Optional[_Union[Description, _Mapping]] = ...,
        handle: _Optional[_Union[Handle, _Mapping]] = ...,
        event: _Optional[_Union[AgentEvent, _Mapping]] = ...,
        outcome: _Optional[_Union[PublishOutcome, _Mapping]] = ...,
        vector: _Optional[_Union[VectorAnswer, _Mapping]] = ...,
        unsupported: _Optional[_Union[Unsupported, _Mapping]] = ...,
    ) -> None: ...

class Done(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Problem(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Unsupported(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Describe(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Description(_message.Message):
    __slots__ = ("language", "sdk", "features")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SDK_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    language: str
    sdk: str
    features: _containers.RepeatedScalarFieldContainer[Feature]
    def __init__(
        self,
        language: _Optional[str] = ...,
        sdk: _Optional[str] = ...,
        features: _Optional[_Iterable[_Union[Feature, str]]] = ...,
    ) -> None: ...

class StartAgent(_message.Message):
    __slots__ = (
        "agent",
        "target",
        "swarm",
        "name",
        "roles",
        "view",
        "cursor_store",
        "directory",
        "handlers",
        "random_fraction",
        "traced",
    )
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SWARM_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    CURSOR_STORE_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    HANDLERS_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FRACTION_FIELD_NUMBER: _ClassVar[int]
    TRACED_FIELD_NUMBER: _ClassVar[int]
    agent: int
    target: str
    swarm: str
    name: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    view: _resume_pb2.View
    cursor_store: CursorStore
    directory: str
    handlers: Handlers
    random_fraction: float
    traced: bool
    def __init__(
        self,
        agent: _Optional[int] = ...,
        target: _Optional[str] = ...,
        swarm: _Optional[str] = ...,
        name: _Optional[str] = ...,
        roles: _Optional[_Iterable[str]] = ...,
        view: _Optional[_Union[_resume_pb2.View, _Mapping]] = ...,
        cursor_store: _Optional[_Union[CursorStore, str]] = ...,
        directory: _Optional[str] = ...,
        handlers: _Optional[_Union[Handlers, str]] = ...,
        random_fraction: _Optional[float] = ...,
        traced: _Optional[bool] = ...,
    ) -> None: ...

class StopAgent(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: int
    def __init__(self, agent: _Optional[int] = ...) -> None: ...

class Handle(_message.Message):
    __slots__ = ("agent", "log", "operations", "to", "repair", "traceparent")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    REPAIR_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    agent: int
    log: _position_pb2.Log
    operations: _containers.RepeatedCompositeFieldContainer[_operation_pb2.Operation]
    to: _position_pb2.Position
    repair: bool
    traceparent: str
    def __init__(
        self,
        agent: _Optional[int] = ...,
        log: _Optional[_Union[_position_pb2.Log, str]] = ...,
        operations: _Optional[_Iterable[_Union[_operation_pb2.Operation, _Mapping]]] = ...,
        to: _Optional[_Union[_position_pb2.Position, _Mapping]] = ...,
        repair: _Optional[bool] = ...,
        traceparent: _Optional[str] = ...,
    ) -> None: ...

class HandleReply(_message.Message):
    __slots__ = ("applied", "failed")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    applied: Done
    failed: HandlerFailure
    def __init__(
        self,
        applied: _Optional[_Union[Done, _Mapping]] = ...,
        failed: _Optional[_Union[HandlerFailure, _Mapping]] = ...,
    ) -> None: ...

class HandlerFailure(_message.Message):
    __slots__ = ("message", "decision")
    class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DECISION_UNSPECIFIED: _ClassVar[HandlerFailure.Decision]
        DECISION_RETRY: _ClassVar[HandlerFailure.Decision]
        DECISION_RETRY_LATER: _ClassVar[HandlerFailure.Decision]
        DECISION_PARK: _ClassVar[HandlerFailure.Decision]
        DECISION_SKIP: _ClassVar[HandlerFailure.Decision]
        DECISION_STOP: _ClassVar[HandlerFailure.Decision]

    DECISION_UNSPECIFIED: HandlerFailure.Decision
    DECISION_RETRY: HandlerFailure.Decision
    DECISION_RETRY_LATER: HandlerFailure.Decision
    DECISION_PARK: HandlerFailure.Decision
    DECISION_SKIP: HandlerFailure.Decision
    DECISION_STOP: HandlerFailure.Decision
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    message: str
    decision: HandlerFailure.Decision
    def __init__(
        self,
        message: _Optional[str] = ...,
        decision: _Optional[_Union[HandlerFailure.Decision, str]] = ...,
    ) -> None: ...

class AgentEvent(_message.Message):
    __slots__ = (
        "agent",
        "connected",
        "disconnected",
        "refused",
        "caught_up",
        "synced",
        "lost",
        "drifted",
        "draining",
        "nack_answered",
        "telemetry_dropped",
    )
    AGENT_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    DISCONNECTED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    DRIFTED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    NACK_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    TELEMETRY_DROPPED_FIELD_NUMBER: _ClassVar[int]
    agent: int
    connected: Connected
    disconnected: Disconnected
    refused: Failure
    caught_up: _position_pb2.Position
    synced: SyncReport
    lost: Lost
    drifted: Drifted
    draining: Draining
    nack_answered: _parking_pb2.NackReply
    telemetry_dropped: int
    def __init__(
        self,
        agent: _Optional[int] = ...,
        connected: _Optional[_Union[Connected, _Mapping]] = ...,
        disconnected: _Optional[_Union[Disconnected, _Mapping]] = ...,
        refused: _Optional[_Union[Failure, _Mapping]] = ...,
        caught_up: _Optional[_Union[_position_pb2.Position, _Mapping]] = ...,
        synced: _Optional[_Union[SyncReport, _Mapping]] = ...,
        lost: _Optional[_Union[Lost, _Mapping]] = ...,
        drifted: _Optional[_Union[Drifted, _Mapping]] = ...,
        draining: _Optional[_Union[Draining, _Mapping]] = ...,
        nack_answered: _Optional[_Union[_parking_pb2.NackReply, _Mapping]] = ...,
        telemetry_dropped: _Optional[int] = ...,
    ) -> None: ...

class Connected(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class Disconnected(_message.Message):
    __slots__ = ("why", "retry_in_ns")
    WHY_FIELD_NUMBER: _ClassVar[int]
    RETRY_IN_NS_FIELD_NUMBER: _ClassVar[int]
    why: Failure
    retry_in_ns: int
    def __init__(
        self, why: _Optional[_Union[Failure, _Mapping]] = ..., retry_in_ns: _Optional[int] = ...
    ) -> None: ...

class Draining(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class Lost(_message.Message):
    __slots__ = ("log", "lost")
    LOG_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    lost: _containers.RepeatedCompositeFieldContainer[_resume_pb2.LostEvents]
    def __init__(
        self,
        log: _Optional[_Union[_position_pb2.Log, str]] = ...,
        lost: _Optional[_Iterable[_Union[_resume_pb2.LostEvents, _Mapping]]] = ...,
    ) -> None: ...

class Drifted(_message.Message):
    __slots__ = ("scope", "keys", "events_differed")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_DIFFERED_FIELD_NUMBER: _ClassVar[int]
    scope: _operation_pb2.Scope
    keys: _containers.RepeatedScalarFieldContainer[str]
    events_differed: bool
    def __init__(
        self,
        scope: _Optional[_Union[_operation_pb2.Scope, _Mapping]] = ...,
        keys: _Optional[_Iterable[str]] = ...,
        events_differed: _Optional[bool] = ...,
    ) -> None: ...

class SyncReport(_message.Message):
    __slots__ = (
        "log",
        "target_op_id",
        "exact",
        "received_count",
        "paged_count",
        "redundant_count",
        "agrees",
    )
    LOG_FIELD_NUMBER: _ClassVar[int]
    TARGET_OP_ID_FIELD_NUMBER: _ClassVar[int]
    EXACT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    PAGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REDUNDANT_COUNT_FIELD_NUMBER: _ClassVar[int]
    AGREES_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    target_op_id: int
    exact: bool
    received_count: int
    paged_count: int
    redundant_count: int
    agrees: bool
    def __init__(
        self,
        log: _Optional[_Union[_position_pb2.Log, str]] = ...,
        target_op_id: _Optional[int] = ...,
        exact: _Optional[bool] = ...,
        received_count: _Optional[int] = ...,
        paged_count: _Optional[int] = ...,
        redundant_count: _Optional[int] = ...,
        agrees: _Optional[bool] = ...,
    ) -> None: ...

class Failure(_message.Message):
    __slots__ = ("reason", "code", "message", "action", "retryable")
    REASON_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    code: int
    message: str
    action: str
    retryable: bool
    def __init__(
        self,
        reason: _Optional[str] = ...,
        code: _Optional[int] = ...,
        message: _Optional[str] = ...,
        action: _Optional[str] = ...,
        retryable: _Optional[bool] = ...,
    ) -> None: ...

class StartPublisher(_message.Message):
    __slots__ = (
        "target",
        "swarm",
        "name",
        "max_queued_groups",
        "max_queued_bytes",
        "random_fraction",
        "traced",
    )
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SWARM_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUED_GROUPS_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUED_BYTES_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FRACTION_FIELD_NUMBER: _ClassVar[int]
    TRACED_FIELD_NUMBER: _ClassVar[int]
    target: str
    swarm: str
    name: str
    max_queued_groups: int
    max_queued_bytes: int
    random_fraction: float
    traced: bool
    def __init__(
        self,
        target: _Optional[str] = ...,
        swarm: _Optional[str] = ...,
        name: _Optional[str] = ...,
        max_queued_groups: _Optional[int] = ...,
        max_queued_bytes: _Optional[int] = ...,
        random_fraction: _Optional[float] = ...,
        traced: _Optional[bool] = ...,
    ) -> None: ...

class Publish(_message.Message):
    __slots__ = ("records", "idempotency_key", "traceparent")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_publishing_pb2.PublishRecord]
    idempotency_key: str
    traceparent: str
    def __init__(
        self,
        records: _Optional[_Iterable[_Union[_publishing_pb2.PublishRecord, _Mapping]]] = ...,
        idempotency_key: _Optional[str] = ...,
        traceparent: _Optional[str] = ...,
    ) -> None: ...

class PublishOutcome(_message.Message):
    __slots__ = ("appended", "failed", "unknown", "queue_full")
    APPENDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FULL_FIELD_NUMBER: _ClassVar[int]
    appended: Appended
    failed: Failure
    unknown: Failure
    queue_full: Failure
    def __init__(
        self,
        appended: _Optional[_Union[Appended, _Mapping]] = ...,
        failed: _Optional[_Union[Failure, _Mapping]] = ...,
        unknown: _Optional[_Union[Failure, _Mapping]] = ...,
        queue_full: _Optional[_Union[Failure, _Mapping]] = ...,
    ) -> None: ...

class Appended(_message.Message):
    __slots__ = ("first_op_id", "last_op_id", "duplicate")
    FIRST_OP_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_OP_ID_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    first_op_id: int
    last_op_id: int
    duplicate: bool
    def __init__(
        self,
        first_op_id: _Optional[int] = ...,
        last_op_id: _Optional[int] = ...,
        duplicate: _Optional[bool] = ...,
    ) -> None: ...

class StopPublisher(_message.Message):
    __slots__ = ("wait_ms",)
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    wait_ms: int
    def __init__(self, wait_ms: _Optional[int] = ...) -> None: ...

class Vector(_message.Message):
    __slots__ = ("kind", "input_json")
    KIND_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    kind: str
    input_json: str
    def __init__(self, kind: _Optional[str] = ..., input_json: _Optional[str] = ...) -> None: ...

class VectorAnswer(_message.Message):
    __slots__ = ("output_json",)
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    output_json: str
    def __init__(self, output_json: _Optional[str] = ...) -> None: ...
