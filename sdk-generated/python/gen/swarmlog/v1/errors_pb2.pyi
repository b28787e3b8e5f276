from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.rpc import code_pb2 as _code_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Retry(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETRY_UNSPECIFIED: _ClassVar[Retry]
    RETRY_BACKOFF: _ClassVar[Retry]
    RETRY_NEVER: _ClassVar[Retry]

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_ARGUMENT: _ClassVar[ErrorReason]
    ERROR_REASON_SWARM_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SWARM_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_PAYLOAD_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_OUT_OF_SEQUENCE: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_TOO_OLD: _ClassVar[ErrorReason]
    ERROR_REASON_PRODUCER_FENCED: _ClassVar[ErrorReason]
    ERROR_REASON_STALE_TERM: _ClassVar[ErrorReason]
    ERROR_REASON_POSITION_BEYOND_HEAD: _ClassVar[ErrorReason]
    ERROR_REASON_EPOCH_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_BELOW_HORIZON: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_OWNER: _ClassVar[ErrorReason]
    ERROR_REASON_RATE_LIMITED: _ClassVar[ErrorReason]
    ERROR_REASON_BREAKER_OPEN: _ClassVar[ErrorReason]
    ERROR_REASON_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_SESSION_SUPERSEDED: _ClassVar[ErrorReason]
    ERROR_REASON_SESSION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_HANDSHAKE_TIMEOUT: _ClassVar[ErrorReason]
    ERROR_REASON_PROTOCOL_VIOLATION: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_FRAME: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_SERVED: _ClassVar[ErrorReason]
    ERROR_REASON_UNAUTHENTICATED: _ClassVar[ErrorReason]
    ERROR_REASON_PERMISSION_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_DISK_FULL: _ClassVar[ErrorReason]
    ERROR_REASON_HEARTBEAT_TIMEOUT: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
    ERROR_REASON_DRIFTED: _ClassVar[ErrorReason]
    ERROR_REASON_AGENT_NOT_CONNECTED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_PARKED: _ClassVar[ErrorReason]
    ERROR_REASON_PARKING_FULL: _ClassVar[ErrorReason]
RETRY_UNSPECIFIED: Retry
RETRY_BACKOFF: Retry
RETRY_NEVER: Retry
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_ARGUMENT: ErrorReason
ERROR_REASON_SWARM_NOT_FOUND: ErrorReason
ERROR_REASON_SWARM_EXISTS: ErrorReason
ERROR_REASON_PAYLOAD_TOO_LARGE: ErrorReason
ERROR_REASON_OUT_OF_SEQUENCE: ErrorReason
ERROR_REASON_REQUEST_CONFLICT: ErrorReason
ERROR_REASON_REQUEST_TOO_OLD: ErrorReason
ERROR_REASON_PRODUCER_FENCED: ErrorReason
ERROR_REASON_STALE_TERM: ErrorReason
ERROR_REASON_POSITION_BEYOND_HEAD: ErrorReason
ERROR_REASON_EPOCH_MISMATCH: ErrorReason
ERROR_REASON_BELOW_HORIZON: ErrorReason
ERROR_REASON_NOT_OWNER: ErrorReason
ERROR_REASON_RATE_LIMITED: ErrorReason
ERROR_REASON_BREAKER_OPEN: ErrorReason
ERROR_REASON_OVERLOADED: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_SESSION_SUPERSEDED: ErrorReason
ERROR_REASON_SESSION_NOT_FOUND: ErrorReason
ERROR_REASON_HANDSHAKE_TIMEOUT: ErrorReason
ERROR_REASON_PROTOCOL_VIOLATION: ErrorReason
ERROR_REASON_UNKNOWN_FRAME: ErrorReason
ERROR_REASON_NOT_SERVED: ErrorReason
ERROR_REASON_UNAUTHENTICATED: ErrorReason
ERROR_REASON_PERMISSION_DENIED: ErrorReason
ERROR_REASON_DISK_FULL: ErrorReason
ERROR_REASON_HEARTBEAT_TIMEOUT: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
ERROR_REASON_DRIFTED: ErrorReason
ERROR_REASON_AGENT_NOT_CONNECTED: ErrorReason
ERROR_REASON_NOT_PARKED: ErrorReason
ERROR_REASON_PARKING_FULL: ErrorReason
REASON_FIELD_NUMBER: _ClassVar[int]
reason: _descriptor.FieldDescriptor

class ReasonDetail(_message.Message):
    __slots__ = ("code", "retry", "action")
    CODE_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    code: _code_pb2.Code
    retry: Retry
    action: str
    def __init__(self, code: _Optional[_Union[_code_pb2.Code, str]] = ..., retry: _Optional[_Union[Retry, str]] = ..., action: _Optional[str] = ...) -> None: ...
