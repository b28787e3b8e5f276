from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Limits(_message.Message):
    __slots__ = ("max_payload_bytes", "max_key_bytes", "max_group_records", "max_group_bytes", "max_unacknowledged_operations", "max_delivery_bytes", "dedupe_window", "idempotency_ttl_ms", "drift_check_interval_ms")
    MAX_PAYLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_KEY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_GROUP_RECORDS_FIELD_NUMBER: _ClassVar[int]
    MAX_GROUP_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_UNACKNOWLEDGED_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    MAX_DELIVERY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEDUPE_WINDOW_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_TTL_MS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_CHECK_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    max_payload_bytes: int
    max_key_bytes: int
    max_group_records: int
    max_group_bytes: int
    max_unacknowledged_operations: int
    max_delivery_bytes: int
    dedupe_window: int
    idempotency_ttl_ms: int
    drift_check_interval_ms: int
    def __init__(self, max_payload_bytes: _Optional[int] = ..., max_key_bytes: _Optional[int] = ..., max_group_records: _Optional[int] = ..., max_group_bytes: _Optional[int] = ..., max_unacknowledged_operations: _Optional[int] = ..., max_delivery_bytes: _Optional[int] = ..., dedupe_window: _Optional[int] = ..., idempotency_ttl_ms: _Optional[int] = ..., drift_check_interval_ms: _Optional[int] = ...) -> None: ...
