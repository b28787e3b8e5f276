from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Topic(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOPIC_UNSPECIFIED: _ClassVar[Topic]
    TOPIC_CONTROL: _ClassVar[Topic]
    TOPIC_COMMANDS: _ClassVar[Topic]
    TOPIC_RECONCILIATION: _ClassVar[Topic]
    TOPIC_ALERTS: _ClassVar[Topic]
    TOPIC_TELEMETRY: _ClassVar[Topic]

class OperationClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_CLASS_UNSPECIFIED: _ClassVar[OperationClass]
    OPERATION_CLASS_EVENT: _ClassVar[OperationClass]
    OPERATION_CLASS_KEYED: _ClassVar[OperationClass]
    OPERATION_CLASS_EPHEMERAL: _ClassVar[OperationClass]
TOPIC_UNSPECIFIED: Topic
TOPIC_CONTROL: Topic
TOPIC_COMMANDS: Topic
TOPIC_RECONCILIATION: Topic
TOPIC_ALERTS: Topic
TOPIC_TELEMETRY: Topic
OPERATION_CLASS_UNSPECIFIED: OperationClass
OPERATION_CLASS_EVENT: OperationClass
OPERATION_CLASS_KEYED: OperationClass
OPERATION_CLASS_EPHEMERAL: OperationClass

class AllAgents(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Target(_message.Message):
    __slots__ = ("all", "agent", "role")
    ALL_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    all: AllAgents
    agent: str
    role: str
    def __init__(self, all: _Optional[_Union[AllAgents, _Mapping]] = ..., agent: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...

class Scope(_message.Message):
    __slots__ = ("topic", "target")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    topic: Topic
    target: Target
    def __init__(self, topic: _Optional[_Union[Topic, str]] = ..., target: _Optional[_Union[Target, _Mapping]] = ...) -> None: ...

class Payload(_message.Message):
    __slots__ = ("type", "content_type", "schema_version", "data")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    type: str
    content_type: str
    schema_version: int
    data: bytes
    def __init__(self, type: _Optional[str] = ..., content_type: _Optional[str] = ..., schema_version: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class Origin(_message.Message):
    __slots__ = ("op_id", "attempt", "operation_class", "target", "key", "tombstone")
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OPERATION_CLASS_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    op_id: int
    attempt: int
    operation_class: OperationClass
    target: Target
    key: str
    tombstone: bool
    def __init__(self, op_id: _Optional[int] = ..., attempt: _Optional[int] = ..., operation_class: _Optional[_Union[OperationClass, str]] = ..., target: _Optional[_Union[Target, _Mapping]] = ..., key: _Optional[str] = ..., tombstone: _Optional[bool] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("op_id", "group_first", "group_last", "topic", "target", "operation_class", "key", "key_existed", "tombstone", "origin", "term", "publish_time_unix_nano", "append_time_unix_nano", "deliver_at_unix_nano", "expires_at_unix_nano", "publisher", "producer_id", "producer_epoch", "request_number", "value_digest", "traceparent", "tracestate", "payload")
    OP_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIRST_FIELD_NUMBER: _ClassVar[int]
    GROUP_LAST_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    OPERATION_CLASS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    KEY_EXISTED_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    APPEND_TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DELIVER_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VALUE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    op_id: int
    group_first: int
    group_last: int
    topic: Topic
    target: Target
    operation_class: OperationClass
    key: str
    key_existed: bool
    tombstone: bool
    origin: Origin
    term: int
    publish_time_unix_nano: int
    append_time_unix_nano: int
    deliver_at_unix_nano: int
    expires_at_unix_nano: int
    publisher: str
    producer_id: str
    producer_epoch: int
    request_number: int
    value_digest: bytes
    traceparent: str
    tracestate: str
    payload: Payload
    def __init__(self, op_id: _Optional[int] = ..., group_first: _Optional[int] = ..., group_last: _Optional[int] = ..., topic: _Optional[_Union[Topic, str]] = ..., target: _Optional[_Union[Target, _Mapping]] = ..., operation_class: _Optional[_Union[OperationClass, str]] = ..., key: _Optional[str] = ..., key_existed: _Optional[bool] = ..., tombstone: _Optional[bool] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ..., term: _Optional[int] = ..., publish_time_unix_nano: _Optional[int] = ..., append_time_unix_nano: _Optional[int] = ..., deliver_at_unix_nano: _Optional[int] = ..., expires_at_unix_nano: _Optional[int] = ..., publisher: _Optional[str] = ..., producer_id: _Optional[str] = ..., producer_epoch: _Optional[int] = ..., request_number: _Optional[int] = ..., value_digest: _Optional[bytes] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ..., payload: _Optional[_Union[Payload, _Mapping]] = ...) -> None: ...

class ScopeSums(_message.Message):
    __slots__ = ("scope", "state_digest", "event_count", "event_hash", "op_count")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    STATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    EVENT_HASH_FIELD_NUMBER: _ClassVar[int]
    OP_COUNT_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    state_digest: bytes
    event_count: int
    event_hash: bytes
    op_count: int
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., state_digest: _Optional[bytes] = ..., event_count: _Optional[int] = ..., event_hash: _Optional[bytes] = ..., op_count: _Optional[int] = ...) -> None: ...
