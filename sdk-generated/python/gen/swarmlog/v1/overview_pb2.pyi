from swarmlog.v1 import administration_pb2 as _administration_pb2
from swarmlog.v1 import operation_pb2 as _operation_pb2
from swarmlog.v1 import position_pb2 as _position_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OverviewOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERVIEW_ORDER_UNSPECIFIED: _ClassVar[OverviewOrder]
    OVERVIEW_ORDER_RATE: _ClassVar[OverviewOrder]
    OVERVIEW_ORDER_BACKLOG: _ClassVar[OverviewOrder]
    OVERVIEW_ORDER_LAG: _ClassVar[OverviewOrder]
    OVERVIEW_ORDER_NAME: _ClassVar[OverviewOrder]
OVERVIEW_ORDER_UNSPECIFIED: OverviewOrder
OVERVIEW_ORDER_RATE: OverviewOrder
OVERVIEW_ORDER_BACKLOG: OverviewOrder
OVERVIEW_ORDER_LAG: OverviewOrder
OVERVIEW_ORDER_NAME: OverviewOrder

class GetOverviewRequest(_message.Message):
    __slots__ = ("order", "max_swarms", "swarm")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    MAX_SWARMS_FIELD_NUMBER: _ClassVar[int]
    SWARM_FIELD_NUMBER: _ClassVar[int]
    order: OverviewOrder
    max_swarms: int
    swarm: str
    def __init__(self, order: _Optional[_Union[OverviewOrder, str]] = ..., max_swarms: _Optional[int] = ..., swarm: _Optional[str] = ...) -> None: ...

class GetOverviewResponse(_message.Message):
    __slots__ = ("now_unix_nano", "coordinator", "swarms")
    NOW_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    COORDINATOR_FIELD_NUMBER: _ClassVar[int]
    SWARMS_FIELD_NUMBER: _ClassVar[int]
    now_unix_nano: int
    coordinator: _administration_pb2.GetStatusResponse
    swarms: _containers.RepeatedCompositeFieldContainer[SwarmOverview]
    def __init__(self, now_unix_nano: _Optional[int] = ..., coordinator: _Optional[_Union[_administration_pb2.GetStatusResponse, _Mapping]] = ..., swarms: _Optional[_Iterable[_Union[SwarmOverview, _Mapping]]] = ...) -> None: ...

class SwarmOverview(_message.Message):
    __slots__ = ("name", "main_head_op_id", "control_head_op_id", "appended_count", "delivered_count", "acked_count", "appended_by_topic", "recently_appended_count", "recently_delivered_count", "connected_agents", "backlog_sum", "backlog_max", "backlog_max_agent", "deliver_lag", "ack_lag", "lane_states", "oldest_heartbeat_ms", "oldest_heartbeat_agent", "open_breakers", "parked_count", "retry_count", "open_drift_incidents", "stopped_agents", "waiting_publishes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAIN_HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    CONTROL_HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    APPENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    APPENDED_BY_TOPIC_FIELD_NUMBER: _ClassVar[int]
    RECENTLY_APPENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECENTLY_DELIVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_SUM_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_MAX_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_MAX_AGENT_FIELD_NUMBER: _ClassVar[int]
    DELIVER_LAG_FIELD_NUMBER: _ClassVar[int]
    ACK_LAG_FIELD_NUMBER: _ClassVar[int]
    LANE_STATES_FIELD_NUMBER: _ClassVar[int]
    OLDEST_HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    OLDEST_HEARTBEAT_AGENT_FIELD_NUMBER: _ClassVar[int]
    OPEN_BREAKERS_FIELD_NUMBER: _ClassVar[int]
    PARKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_DRIFT_INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_PUBLISHES_FIELD_NUMBER: _ClassVar[int]
    name: str
    main_head_op_id: int
    control_head_op_id: int
    appended_count: int
    delivered_count: int
    acked_count: int
    appended_by_topic: _containers.RepeatedCompositeFieldContainer[TopicCount]
    recently_appended_count: int
    recently_delivered_count: int
    connected_agents: int
    backlog_sum: int
    backlog_max: int
    backlog_max_agent: str
    deliver_lag: LagQuantiles
    ack_lag: LagQuantiles
    lane_states: _containers.RepeatedCompositeFieldContainer[LaneStateCount]
    oldest_heartbeat_ms: int
    oldest_heartbeat_agent: str
    open_breakers: int
    parked_count: int
    retry_count: int
    open_drift_incidents: int
    stopped_agents: int
    waiting_publishes: int
    def __init__(self, name: _Optional[str] = ..., main_head_op_id: _Optional[int] = ..., control_head_op_id: _Optional[int] = ..., appended_count: _Optional[int] = ..., delivered_count: _Optional[int] = ..., acked_count: _Optional[int] = ..., appended_by_topic: _Optional[_Iterable[_Union[TopicCount, _Mapping]]] = ..., recently_appended_count: _Optional[int] = ..., recently_delivered_count: _Optional[int] = ..., connected_agents: _Optional[int] = ..., backlog_sum: _Optional[int] = ..., backlog_max: _Optional[int] = ..., backlog_max_agent: _Optional[str] = ..., deliver_lag: _Optional[_Union[LagQuantiles, _Mapping]] = ..., ack_lag: _Optional[_Union[LagQuantiles, _Mapping]] = ..., lane_states: _Optional[_Iterable[_Union[LaneStateCount, _Mapping]]] = ..., oldest_heartbeat_ms: _Optional[int] = ..., oldest_heartbeat_agent: _Optional[str] = ..., open_breakers: _Optional[int] = ..., parked_count: _Optional[int] = ..., retry_count: _Optional[int] = ..., open_drift_incidents: _Optional[int] = ..., stopped_agents: _Optional[int] = ..., waiting_publishes: _Optional[int] = ...) -> None: ...

class TopicCount(_message.Message):
    __slots__ = ("topic", "count")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    topic: _operation_pb2.Topic
    count: int
    def __init__(self, topic: _Optional[_Union[_operation_pb2.Topic, str]] = ..., count: _Optional[int] = ...) -> None: ...

class LaneStateCount(_message.Message):
    __slots__ = ("state", "count")
    STATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    state: str
    count: int
    def __init__(self, state: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class LagQuantiles(_message.Message):
    __slots__ = ("count", "p50_us", "p99_us", "max_us")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    P50_US_FIELD_NUMBER: _ClassVar[int]
    P99_US_FIELD_NUMBER: _ClassVar[int]
    MAX_US_FIELD_NUMBER: _ClassVar[int]
    count: int
    p50_us: int
    p99_us: int
    max_us: int
    def __init__(self, count: _Optional[int] = ..., p50_us: _Optional[int] = ..., p99_us: _Optional[int] = ..., max_us: _Optional[int] = ...) -> None: ...

class ListBacklogsRequest(_message.Message):
    __slots__ = ("swarm", "max_agents")
    SWARM_FIELD_NUMBER: _ClassVar[int]
    MAX_AGENTS_FIELD_NUMBER: _ClassVar[int]
    swarm: str
    max_agents: int
    def __init__(self, swarm: _Optional[str] = ..., max_agents: _Optional[int] = ...) -> None: ...

class ListBacklogsResponse(_message.Message):
    __slots__ = ("agents", "connected_agents", "backlog_sum")
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_AGENTS_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_SUM_FIELD_NUMBER: _ClassVar[int]
    agents: _containers.RepeatedCompositeFieldContainer[AgentBacklog]
    connected_agents: int
    backlog_sum: int
    def __init__(self, agents: _Optional[_Iterable[_Union[AgentBacklog, _Mapping]]] = ..., connected_agents: _Optional[int] = ..., backlog_sum: _Optional[int] = ...) -> None: ...

class AgentBacklog(_message.Message):
    __slots__ = ("agent", "backlog", "lanes", "last_heartbeat_ms", "handler_running_ms", "handler_held_ms")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    LAST_HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_RUNNING_MS_FIELD_NUMBER: _ClassVar[int]
    HANDLER_HELD_MS_FIELD_NUMBER: _ClassVar[int]
    agent: str
    backlog: int
    lanes: _containers.RepeatedCompositeFieldContainer[LaneBacklog]
    last_heartbeat_ms: int
    handler_running_ms: int
    handler_held_ms: int
    def __init__(self, agent: _Optional[str] = ..., backlog: _Optional[int] = ..., lanes: _Optional[_Iterable[_Union[LaneBacklog, _Mapping]]] = ..., last_heartbeat_ms: _Optional[int] = ..., handler_running_ms: _Optional[int] = ..., handler_held_ms: _Optional[int] = ...) -> None: ...

class LaneBacklog(_message.Message):
    __slots__ = ("log", "sent_op_id", "acked_op_id", "head_op_id", "backlog", "state", "state_ms")
    LOG_FIELD_NUMBER: _ClassVar[int]
    SENT_OP_ID_FIELD_NUMBER: _ClassVar[int]
    ACKED_OP_ID_FIELD_NUMBER: _ClassVar[int]
    HEAD_OP_ID_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_MS_FIELD_NUMBER: _ClassVar[int]
    log: _position_pb2.Log
    sent_op_id: int
    acked_op_id: int
    head_op_id: int
    backlog: int
    state: str
    state_ms: int
    def __init__(self, log: _Optional[_Union[_position_pb2.Log, str]] = ..., sent_op_id: _Optional[int] = ..., acked_op_id: _Optional[int] = ..., head_op_id: _Optional[int] = ..., backlog: _Optional[int] = ..., state: _Optional[str] = ..., state_ms: _Optional[int] = ...) -> None: ...
