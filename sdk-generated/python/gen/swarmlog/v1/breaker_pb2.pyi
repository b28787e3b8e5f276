from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BreakerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_STATE_UNSPECIFIED: _ClassVar[BreakerState]
    BREAKER_STATE_CLOSED: _ClassVar[BreakerState]
    BREAKER_STATE_OPEN: _ClassVar[BreakerState]
    BREAKER_STATE_HALF_OPEN: _ClassVar[BreakerState]

class BreakerCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BREAKER_CAUSE_UNSPECIFIED: _ClassVar[BreakerCause]
    BREAKER_CAUSE_NACKS: _ClassVar[BreakerCause]
    BREAKER_CAUSE_VIOLATIONS: _ClassVar[BreakerCause]
    BREAKER_CAUSE_RETRIES: _ClassVar[BreakerCause]
    BREAKER_CAUSE_REFUSALS: _ClassVar[BreakerCause]
BREAKER_STATE_UNSPECIFIED: BreakerState
BREAKER_STATE_CLOSED: BreakerState
BREAKER_STATE_OPEN: BreakerState
BREAKER_STATE_HALF_OPEN: BreakerState
BREAKER_CAUSE_UNSPECIFIED: BreakerCause
BREAKER_CAUSE_NACKS: BreakerCause
BREAKER_CAUSE_VIOLATIONS: BreakerCause
BREAKER_CAUSE_RETRIES: BreakerCause
BREAKER_CAUSE_REFUSALS: BreakerCause

class BreakerChange(_message.Message):
    __slots__ = ("state", "cause", "at_unix_nano", "reason")
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state: BreakerState
    cause: BreakerCause
    at_unix_nano: int
    reason: str
    def __init__(self, state: _Optional[_Union[BreakerState, str]] = ..., cause: _Optional[_Union[BreakerCause, str]] = ..., at_unix_nano: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class AgentBreaker(_message.Message):
    __slots__ = ("agent", "state", "retry_at_unix_nano", "opened_count", "history")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AT_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    OPENED_COUNT_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    agent: str
    state: BreakerState
    retry_at_unix_nano: int
    opened_count: int
    history: _containers.RepeatedCompositeFieldContainer[BreakerChange]
    def __init__(self, agent: _Optional[str] = ..., state: _Optional[_Union[BreakerState, str]] = ..., retry_at_unix_nano: _Optional[int] = ..., opened_count: _Optional[int] = ..., history: _Optional[_Iterable[_Union[BreakerChange, _Mapping]]] = ...) -> None: ...

class BreakerReport(_message.Message):
    __slots__ = ("agent", "change", "opened_count")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    OPENED_COUNT_FIELD_NUMBER: _ClassVar[int]
    agent: str
    change: BreakerChange
    opened_count: int
    def __init__(self, agent: _Optional[str] = ..., change: _Optional[_Union[BreakerChange, _Mapping]] = ..., opened_count: _Optional[int] = ...) -> None: ...
