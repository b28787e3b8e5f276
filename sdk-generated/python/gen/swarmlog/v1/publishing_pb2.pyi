from google.rpc import status_pb2 as _status_pb2
from swarmlog.v1 import limits_pb2 as _limits_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Durability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DURABILITY_UNSPECIFIED: _ClassVar[Durability]
    DURABILITY_OS: _ClassVar[Durability]
    DURABILITY_INTERVAL: _ClassVar[Durability]
    DURABILITY_ALWAYS: _ClassVar[Durability]

class TelemetryOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TELEMETRY_OUTCOME_UNSPECIFIED: _ClassVar[TelemetryOutcome]
    TELEMETRY_OUTCOME_ACCEPTED: _ClassVar[TelemetryOutcome]
    TELEMETRY_OUTCOME_STORED: _ClassVar[TelemetryOutcome]
    TELEMETRY_OUTCOME_SHED: _ClassVar[TelemetryOutcome]
DURABILITY_UNSPECIFIED: Durability
DURABILITY_OS: Durability
DURABILITY_INTERVAL: Durability
DURABILITY_ALWAYS: Durability
TELEMETRY_OUTCOME_UNSPECIFIED: TelemetryOutcome
TELEMETRY_OUTCOME_ACCEPTED: TelemetryOutcome
TELEMETRY_OUTCOME_STORED: TelemetryOutcome
TELEMETRY_OUTCOME_SHED: TelemetryOutcome

class PublishRecord(_message.Message):
    __slots__ = ("topic", "target", "operation_class", "key", "tombstone", "payload", "term", "publish_time_unix_nano", "deliver_at_unix_nano", "expires_at_unix_nano", "traceparent", "tracestate")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    OPERATION_CLASS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DELIVER_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    topic: _operation_pb2.Topic
    target: _operation_pb2.Target
    operation_class: _operation_pb2.OperationClass
    key: str
    tombstone: bool
    payload: _operation_pb2.Payload
    term: int
    publish_time_unix_nano: int
    deliver_at_unix_nano: int
    expires_at_unix_nano: int
    traceparent: str
    tracestate: str
    def __init__(self, topic: _Optional[_Union[_operation_pb2.Topic, str]] = ..., target: _Optional[_Union[_operation_pb2.Target, _Mapping]] = ..., operation_class: _Optional[_Union[_operation_pb2.OperationClass, str]] = ..., key: _Optional[str] = ..., tombstone: _Optional[bool] = ..., payload: _Optional[_Union[_operation_pb2.Payload, _Mapping]] = ..., term: _Optional[int] = ..., publish_time_unix_nano: _Optional[int] = ..., deliver_at_unix_nano: _Optional[int] = ..., expires_at_unix_nano: _Optional[int] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class PublishGroup(_message.Message):
    __slots__ = ("number", "records", "idempotency_key")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    number: int
    records: _containers.RepeatedCompositeFieldContainer[PublishRecord]
    idempotency_key: str
    def __init__(self, number: _Optional[int] = ..., records: _Optional[_Iterable[_Union[PublishRecord, _Mapping]]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class PublishAck(_message.Message):
    __slots__ = ("number", "first_op_id", "last", "durability", "duplicate")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FIRST_OP_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    number: int
    first_op_id: int
    last: _position_pb2.Position
    durability: Durability
    duplicate: bool
    def __init__(self, number: _Optional[int] = ..., first_op_id: _Optional[int] = ..., last: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., durability: _Optional[_Union[Durability, str]] = ..., duplicate: _Optional[bool] = ...) -> None: ...

class PublishRefusal(_message.Message):
    __slots__ = ("number", "status")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    number: int
    status: _status_pb2.Status
    def __init__(self, number: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class PublishRequest(_message.Message):
    __slots__ = ("swarm", "publisher", "group")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    publisher: str
    group: PublishGroup
    def __init__(self, swarm: _Optional[str] = ..., publisher: _Optional[str] = ..., group: _Optional[_Union[PublishGroup, _Mapping]] = ...) -> None: ...

class PublishResponse(_message.Message):
    __slots__ = ("ack",)
    ACK_FIELD_NUMBER: _ClassVar[int]
    ack: PublishAck
    def __init__(self, ack: _Optional[_Union[PublishAck, _Mapping]] = ...) -> None: ...

class PublishStreamRequest(_message.Message):
    __slots__ = ("hello", "group")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    hello: ProducerHello
    group: PublishGroup
    def __init__(self, hello: _Optional[_Union[ProducerHello, _Mapping]] = ..., group: _Optional[_Union[PublishGroup, _Mapping]] = ...) -> None: ...

class PublishStreamResponse(_message.Message):
    __slots__ = ("welcome", "ack", "refusal")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    welcome: ProducerWelcome
    ack: PublishAck
    refusal: PublishRefusal
    def __init__(self, welcome: _Optional[_Union[ProducerWelcome, _Mapping]] = ..., ack: _Optional[_Union[PublishAck, _Mapping]] = ..., refusal: _Optional[_Union[PublishRefusal, _Mapping]] = ...) -> None: ...

class ProducerHello(_message.Message):
    __slots__ = ("swarm", "publisher", "producer_id", "producer_epoch", "log")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_ID_FIELD_NUMBER: _ClassVar[int]
    PRODUCER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    publisher: str
    producer_id: str
    producer_epoch: int
    log: _position_pb2.Log
    def __init__(self, swarm: _Optional[str] = ..., publisher: _Optional[str] = ..., producer_id: _Optional[str] = ..., producer_epoch: _Optional[int] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ...) -> None: ...

class ProducerWelcome(_message.Message):
    __slots__ = ("producer_epoch", "next_number", "max_in_flight_groups", "limits")
    PRODUCER_EPOCH_FIELD_NUMBER: _ClassVar[int]
    NEXT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_GROUPS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    producer_epoch: int
    next_number: int
    max_in_flight_groups: int
    limits: _limits_pb2.Limits
    def __init__(self, producer_epoch: _Optional[int] = ..., next_number: _Optional[int] = ..., max_in_flight_groups: _Optional[int] = ..., limits: _Optional[_Union[_limits_pb2.Limits, _Mapping]] = ...) -> None: ...

class TelemetryRequest(_message.Message):
    __slots__ = ("hello", "batch")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    hello: TelemetryHello
    batch: TelemetryBatch
    def __init__(self, hello: _Optional[_Union[TelemetryHello, _Mapping]] = ..., batch: _Optional[_Union[TelemetryBatch, _Mapping]] = ...) -> None: ...

class TelemetryResponse(_message.Message):
    __slots__ = ("welcome", "ack")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    welcome: TelemetryWelcome
    ack: TelemetryAck
    def __init__(self, welcome: _Optional[_Union[TelemetryWelcome, _Mapping]] = ..., ack: _Optional[_Union[TelemetryAck, _Mapping]] = ...) -> None: ...

class TelemetryHello(_message.Message):
    __slots__ = ("swarm", "publisher")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    publisher: str
    def __init__(self, swarm: _Optional[str] = ..., publisher: _Optional[str] = ...) -> None: ...

class TelemetryWelcome(_message.Message):
    __slots__ = ("limits",)
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    limits: _limits_pb2.Limits
    def __init__(self, limits: _Optional[_Union[_limits_pb2.Limits, _Mapping]] = ...) -> None: ...

class TelemetryBatch(_message.Message):
    __slots__ = ("number", "records")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    number: int
    records: _containers.RepeatedCompositeFieldContainer[PublishRecord]
    def __init__(self, number: _Optional[int] = ..., records: _Optional[_Iterable[_Union[PublishRecord, _Mapping]]] = ...) -> None: ...

class TelemetryAck(_message.Message):
    __slots__ = ("number", "outcome", "last_sequence", "shed_count", "status")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    number: int
    outcome: TelemetryOutcome
    last_sequence: int
    shed_count: int
    status: _status_pb2.Status
    def __init__(self, number: _Optional[int] = ..., outcome: _Optional[_Union[TelemetryOutcome, str]] = ..., last_sequence: _Optional[int] = ..., shed_count: _Optional[int] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
