from swarmlog.v1 import breaker_pb2 as _breaker_pb2
from swarmlog.v1 import limits_pb2 as _limits_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from swarmlog.v1 import rate_limits_pb2 as _rate_limits_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LogLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_LEVEL_UNSPECIFIED: _ClassVar[LogLevel]
    LOG_LEVEL_ERROR: _ClassVar[LogLevel]
    LOG_LEVEL_WARN: _ClassVar[LogLevel]
    LOG_LEVEL_INFO: _ClassVar[LogLevel]
    LOG_LEVEL_DEBUG: _ClassVar[LogLevel]
    LOG_LEVEL_TRACE: _ClassVar[LogLevel]
LOG_LEVEL_UNSPECIFIED: LogLevel
LOG_LEVEL_ERROR: LogLevel
LOG_LEVEL_WARN: LogLevel
LOG_LEVEL_INFO: LogLevel
LOG_LEVEL_DEBUG: LogLevel
LOG_LEVEL_TRACE: LogLevel

class Swarm(_message.Message):
    __slots__ = ("name", "incarnation", "epoch", "shard", "slot", "main_head", "control_head", "created_unix_nano", "connected_agents", "main_horizon_op_id", "control_horizon_op_id", "rate_limits", "ancestors")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SHARD_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    MAIN_HEAD_FIELD_NUMBER: _ClassVar[int]
    CONTROL_HEAD_FIELD_NUMBER: _ClassVar[int]
    CREATED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    MAIN_HORIZON_OP_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_HORIZON_OP_ID_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    ANCESTORS_FIELD_NUMBER: _ClassVar[int]
    name: str
    incarnation: int
    epoch: int
    shard: int
    slot: int
    main_head: _position_pb2.Position
    control_head: _position_pb2.Position
    created_unix_nano: int
    connected_agents: int
    main_horizon_op_id: int
    control_horizon_op_id: int
    rate_limits: _rate_limits_pb2.RateLimits
    ancestors: _containers.RepeatedCompositeFieldContainer[_position_pb2.Ancestor]
    def __init__(self, name: _Optional[str] = ..., incarnation: _Optional[int] = ..., epoch: _Optional[int] = ..., shard: _Optional[int] = ..., slot: _Optional[int] = ..., main_head: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., control_head: _Optional[_Union[_position_pb2.Position, _Mapping]] = ..., created_unix_nano: _Optional[int] = ..., connected_agents: _Optional[int] = ..., main_horizon_op_id: _Optional[int] = ..., control_horizon_op_id: _Optional[int] = ..., rate_limits: _Optional[_Union[_rate_limits_pb2.RateLimits, _Mapping]] = ..., ancestors: _Optional[_Iterable[_Union[_position_pb2.Ancestor, _Mapping]]] = ...) -> None: ...

class CreateSwarmRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CreateSwarmResponse(_message.Message):
    __slots__ = ("swarm",)
    SWARM_FIELD_NUMBER: _ClassVar[int]
    swarm: Swarm
    def __init__(self, swarm: _Optional[_Union[Swarm, _Mapping]] = ...) -> None: ...

class ListSwarmsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSwarmsResponse(_message.Message):
    __slots__ = ("swarms", "next_page_token")
    SWARMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    swarms: _containers.RepeatedCompositeFieldContainer[Swarm]
    next_page_token: str
    def __init__(self, swarms: _Optional[_Iterable[_Union[Swarm, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSwarmRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetSwarmResponse(_message.Message):
    __slots__ = ("swarm", "sums", "scope_count", "rate_limit_figures")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    SCOPE_COUNT_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIGURES_FIELD_NUMBER: _ClassVar[int]
    swarm: Swarm
    sums: _containers.RepeatedCompositeFieldContainer[_operation_pb2.ScopeSums]
    scope_count: int
    rate_limit_figures: _rate_limits_pb2.RateLimitFigures
    def __init__(self, swarm: _Optional[_Union[Swarm, _Mapping]] = ..., sums: _Optional[_Iterable[_Union[_operation_pb2.ScopeSums, _Mapping]]] = ..., scope_count: _Optional[int] = ..., rate_limit_figures: _Optional[_Union[_rate_limits_pb2.RateLimitFigures, _Mapping]] = ...) -> None: ...

class ListAgentsRequest(_message.Message):
    __slots__ = ("swarm", "page_size", "page_token")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    page_size: int
    page_token: str
    def __init__(self, swarm: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAgentsResponse(_message.Message):
    __slots__ = ("agents", "breakers", "next_page_token", "connected_agents")
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    BREAKERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    agents: _containers.RepeatedCompositeFieldContainer[ConnectedAgent]
    breakers: _containers.RepeatedCompositeFieldContainer[_breaker_pb2.AgentBreaker]
    next_page_token: str
    connected_agents: int
    def __init__(self, agents: _Optional[_Iterable[_Union[ConnectedAgent, _Mapping]]] = ..., breakers: _Optional[_Iterable[_Union[_breaker_pb2.AgentBreaker, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., connected_agents: _Optional[int] = ...) -> None: ...

class ConnectedAgent(_message.Message):
    __slots__ = ("agent", "instance", "roles", "session_id", "principal", "sdk", "peer", "connected_unix_nano", "last_heartbeat_unix_nano", "lanes", "handler_running_ms", "handler_held_ms")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    SDK_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    LAST_HEARTBEAT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    HANDLER_RUNNING_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_HELD_MS_FIELD_NUMBER: _ClassVar[int]
    agent: str
    instance: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    session_id: str
    principal: str
    sdk: str
    peer: str
    connected_unix_nano: int
    last_heartbeat_unix_nano: int
    lanes: _containers.RepeatedCompositeFieldContainer[ConnectedLane]
    handler_running_ms: int
    handler_held_ms: int
    def __init__(self, agent: _Optional[str] = ..., instance: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., session_id: _Optional[str] = ..., principal: _Optional[str] = ..., sdk: _Optional[str] = ..., peer: _Optional[str] = ..., connected_unix_nano: _Optional[int] = ..., last_heartbeat_unix_nano: _Optional[int] = ..., lanes: _Optional[_Iterable[_Union[ConnectedLane, _Mapping]]] = ..., handler_running_ms: _Optional[int] = ..., handler_held_ms: _Optional[int] = ...) -> None: ...

class ConnectedLane(_message.Message):
    __slots__ = ("log", "sent_op_id", "acked_op_id", "head_op_id", "state")
    LOG_FIELD_NUMBER: _ClassVar[int]
    SENT_OP_ID_FIELD_NUMBER: _ClassVar[int]
    ACKED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    sent_op_id: int
    acked_op_id: int
    head_op_id: int
    state: str
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., sent_op_id: _Optional[int] = ..., acked_op_id: _Optional[int] = ..., head_op_id: _Optional[int] = ..., state: _Optional[str] = ...) -> None: ...

class CompactSwarmRequest(_message.Message):
    __slots__ = ("swarm", "log", "up_to_op_id")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    UP_TO_OP_ID_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    log: _position_pb2.Log
    up_to_op_id: int
    def __init__(self, swarm: _Optional[str] = ..., log: _Optional[_Union[_position_pb2.Log, str]] = ..., up_to_op_id: _Optional[int] = ...) -> None: ...

class CompactSwarmResponse(_message.Message):
    __slots__ = ("horizon_op_id", "complete")
    HORIZON_OP_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    horizon_op_id: int
    complete: bool
    def __init__(self, horizon_op_id: _Optional[int] = ..., complete: _Optional[bool] = ...) -> None: ...

class SetRateLimitsRequest(_message.Message):
    __slots__ = ("swarm", "rate_limits")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    rate_limits: _rate_limits_pb2.RateLimits
    def __init__(self, swarm: _Optional[str] = ..., rate_limits: _Optional[_Union[_rate_limits_pb2.RateLimits, _Mapping]] = ...) -> None: ...

class SetRateLimitsResponse(_message.Message):
    __slots__ = ("rate_limits",)
    RATE_LIMITS_FIELD_NUMBER: _ClassVar[int]
    rate_limits: _rate_limits_pb2.RateLimits
    def __init__(self, rate_limits: _Optional[_Union[_rate_limits_pb2.RateLimits, _Mapping]] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "started_unix_nano", "data_directory", "swarm_count", "session_count", "shards", "configuration", "limits", "heap_used_bytes", "heap_max_bytes", "heap_after_collection_bytes", "direct_used_bytes", "direct_max_bytes", "unread_bytes", "unread_max_bytes", "stalled_streams_ended", "scarce_memory", "log_levels")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STARTED_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DATA_DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    SWARM_COUNT_FIELD_NUMBER: _ClassVar[int]
    SESSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHARDS_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    HEAP_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_AFTER_COLLECTION_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIRECT_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIRECT_MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNREAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNREAD_MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    STALLED_STREAMS_ENDED_FIELD_NUMBER: _ClassVar[int]
    SCARCE_MEMORY_FIELD_NUMBER: _ClassVar[int]
    LOG_LEVELS_FIELD_NUMBER: _ClassVar[int]
    version: str
    started_unix_nano: int
    data_directory: str
    swarm_count: int
    session_count: int
    shards: _containers.RepeatedCompositeFieldContainer[ShardStatus]
    configuration: _containers.RepeatedCompositeFieldContainer[ConfigurationValue]
    limits: _limits_pb2.Limits
    heap_used_bytes: int
    heap_max_bytes: int
    heap_after_collection_bytes: int
    direct_used_bytes: int
    direct_max_bytes: int
    unread_bytes: int
    unread_max_bytes: int
    stalled_streams_ended: int
    scarce_memory: str
    log_levels: _containers.RepeatedCompositeFieldContainer[LoggerLevel]
    def __init__(self, version: _Optional[str] = ..., started_unix_nano: _Optional[int] = ..., data_directory: _Optional[str] = ..., swarm_count: _Optional[int] = ..., session_count: _Optional[int] = ..., shards: _Optional[_Iterable[_Union[ShardStatus, _Mapping]]] = ..., configuration: _Optional[_Iterable[_Union[ConfigurationValue, _Mapping]]] = ..., limits: _Optional[_Union[_limits_pb2.Limits, _Mapping]] = ..., heap_used_bytes: _Optional[int] = ..., heap_max_bytes: _Optional[int] = ..., heap_after_collection_bytes: _Optional[int] = ..., direct_used_bytes: _Optional[int] = ..., direct_max_bytes: _Optional[int] = ..., unread_bytes: _Optional[int] = ..., unread_max_bytes: _Optional[int] = ..., stalled_streams_ended: _Optional[int] = ..., scarce_memory: _Optional[str] = ..., log_levels: _Optional[_Iterable[_Union[LoggerLevel, _Mapping]]] = ...) -> None: ...

class LoggerLevel(_message.Message):
    __slots__ = ("logger", "level")
    LOGGER_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    logger: str
    level: LogLevel
    def __init__(self, logger: _Optional[str] = ..., level: _Optional[_Union[LogLevel, str]] = ...) -> None: ...

class SetLogLevelRequest(_message.Message):
    __slots__ = ("logger", "level")
    LOGGER_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    logger: str
    level: LogLevel
    def __init__(self, logger: _Optional[str] = ..., level: _Optional[_Union[LogLevel, str]] = ...) -> None: ...

class SetLogLevelResponse(_message.Message):
    __slots__ = ("log_levels",)
    LOG_LEVELS_FIELD_NUMBER: _ClassVar[int]
    log_levels: _containers.RepeatedCompositeFieldContainer[LoggerLevel]
    def __init__(self, log_levels: _Optional[_Iterable[_Union[LoggerLevel, _Mapping]]] = ...) -> None: ...

class ShardStatus(_message.Message):
    __slots__ = ("shard", "applied_index", "durable_index", "entries_count", "operations_count", "deliveries_count", "queued_commands", "queued_bytes", "swarm_count", "commit_p50_us", "commit_p99_us", "state")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    APPLIED_INDEX_FIELD_NUMBER: _ClassVar[int]
    DURABLE_INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_COUNT_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_COUNT_FIELD_NUMBER: _ClassVar[int]
    QUEUED_COMMANDS_FIELD_NUMBER: _ClassVar[int]
    QUEUED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SWARM_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMMIT_P50_US_FIELD_NUMBER: _ClassVar[int]
    COMMIT_P99_US_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    shard: int
    applied_index: int
    durable_index: int
    entries_count: int
    operations_count: int
    deliveries_count: int
    queued_commands: int
    queued_bytes: int
    swarm_count: int
    commit_p50_us: int
    commit_p99_us: int
    state: str
    def __init__(self, shard: _Optional[int] = ..., applied_index: _Optional[int] = ..., durable_index: _Optional[int] = ..., entries_count: _Optional[int] = ..., operations_count: _Optional[int] = ..., deliveries_count: _Optional[int] = ..., queued_commands: _Optional[int] = ..., queued_bytes: _Optional[int] = ..., swarm_count: _Optional[int] = ..., commit_p50_us: _Optional[int] = ..., commit_p99_us: _Optional[int] = ..., state: _Optional[str] = ...) -> None: ...

class ConfigurationValue(_message.Message):
    __slots__ = ("name", "value", "origin")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    origin: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., origin: _Optional[str] = ...) -> None: ...
