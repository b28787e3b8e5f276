from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RateLimit(_message.Message):
    __slots__ = ("operations_per_second", "operations_burst", "bytes_per_second", "bytes_burst")
    OPERATIONS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_BURST_FIELD_NUMBER: _ClassVar[int]
    BYTES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BYTES_BURST_FIELD_NUMBER: _ClassVar[int]
    operations_per_second: int
    operations_burst: int
    bytes_per_second: int
    bytes_burst: int
    def __init__(self, operations_per_second: _Optional[int] = ..., operations_burst: _Optional[int] = ..., bytes_per_second: _Optional[int] = ..., bytes_burst: _Optional[int] = ...) -> None: ...

class TopicRateLimit(_message.Message):
    __slots__ = ("topic", "limit")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    topic: _operation_pb2.Topic
    limit: RateLimit
    def __init__(self, topic: _Optional[_Union[_operation_pb2.Topic, str]] = ..., limit: _Optional[_Union[RateLimit, _Mapping]] = ...) -> None: ...

class RateLimits(_message.Message):
    __slots__ = ("swarm", "agent")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    swarm: RateLimit
    agent: _containers.RepeatedCompositeFieldContainer[TopicRateLimit]
    def __init__(self, swarm: _Optional[_Union[RateLimit, _Mapping]] = ..., agent: _Optional[_Iterable[_Union[TopicRateLimit, _Mapping]]] = ...) -> None: ...

class RateLimitFigures(_message.Message):
    __slots__ = ("waiting_count", "waited_count", "waited_total_ms", "waited_longest_ms", "refused_count", "shed_count", "waiting_publishers")
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITED_TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    WAITED_LONGEST_MS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITING_PUBLISHERS_FIELD_NUMBER: _ClassVar[int]
    waiting_count: int
    waited_count: int
    waited_total_ms: int
    waited_longest_ms: int
    refused_count: int
    shed_count: int
    waiting_publishers: _containers.RepeatedCompositeFieldContainer[WaitingPublisher]
    def __init__(self, waiting_count: _Optional[int] = ..., waited_count: _Optional[int] = ..., waited_total_ms: _Optional[int] = ..., waited_longest_ms: _Optional[int] = ..., refused_count: _Optional[int] = ..., shed_count: _Optional[int] = ..., waiting_publishers: _Optional[_Iterable[_Union[WaitingPublisher, _Mapping]]] = ...) -> None: ...

class WaitingPublisher(_message.Message):
    __slots__ = ("publisher", "log", "waiting_count", "waiting_ms", "limit")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    WAITING_MS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    log: _position_pb2.Log
    waiting_count: int
    waiting_ms: int
    limit: str
    def __init__(self, publisher: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., waiting_count: _Optional[int] = ..., waiting_ms: _Optional[int] = ..., limit: _Optional[str] = ...) -> None: ...
