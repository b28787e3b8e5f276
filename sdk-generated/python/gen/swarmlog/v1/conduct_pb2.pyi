from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
CONDUCT_FIELD_NUMBER: _ClassVar[int]
conduct: _descriptor.FieldDescriptor

class Conduct(_message.Message):
    __slots__ = ("protocol_min", "protocol_max", "error_domain", "backoff", "session", "handler", "publisher")
    PROTOCOL_MIN_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAX_FIELD_NUMBER: _ClassVar[int]
    ERROR_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    BACKOFF_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    HANDLER_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    protocol_min: int
    protocol_max: int
    error_domain: str
    backoff: BackoffConduct
    session: SessionConduct
    handler: HandlerConduct
    publisher: PublisherConduct
    def __init__(self, protocol_min: _Optional[int] = ..., protocol_max: _Optional[int] = ..., error_domain: _Optional[str] = ..., backoff: _Optional[_Union[BackoffConduct, _Mapping]] = ..., session: _Optional[_Union[SessionConduct, _Mapping]] = ..., handler: _Optional[_Union[HandlerConduct, _Mapping]] = ..., publisher: _Optional[_Union[PublisherConduct, _Mapping]] = ...) -> None: ...

class BackoffConduct(_message.Message):
    __slots__ = ("first_ceiling_ms", "last_ceiling_ms", "attempt_after_loss", "stable_ms", "least_told_jitter_ms", "told_jitter_divisor", "longest_told_ms")
    FIRST_CEILING_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_CEILING_MS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_AFTER_LOSS_FIELD_NUMBER: _ClassVar[int]
    STABLE_MS_FIELD_NUMBER: _ClassVar[int]
    LEAST_TOLD_JITTER_MS_FIELD_NUMBER: _ClassVar[int]
    TOLD_JITTER_DIVISOR_FIELD_NUMBER: _ClassVar[int]
    LONGEST_TOLD_MS_FIELD_NUMBER: _ClassVar[int]
    first_ceiling_ms: int
    last_ceiling_ms: int
    attempt_after_loss: int
    stable_ms: int
    least_told_jitter_ms: int
    told_jitter_divisor: int
    longest_told_ms: int
    def __init__(self, first_ceiling_ms: _Optional[int] = ..., last_ceiling_ms: _Optional[int] = ..., attempt_after_loss: _Optional[int] = ..., stable_ms: _Optional[int] = ..., least_told_jitter_ms: _Optional[int] = ..., told_jitter_divisor: _Optional[int] = ..., longest_told_ms: _Optional[int] = ...) -> None: ...

class SessionConduct(_message.Message):
    __slots__ = ("handshake_timeout_ms", "heartbeat_interval_ms", "max_unanswered_heartbeats", "clock_samples", "flush_delay_ms", "nack_patience_ms", "sums_slack_divisor", "state_interval_ms", "min_digest_parts", "max_digest_parts", "max_message_bytes")
    HANDSHAKE_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_UNANSWERED_HEARTBEATS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    FLUSH_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    NACK_PATIENCE_MS_FIELD_NUMBER: _ClassVar[int]
    SUMS_SLACK_DIVISOR_FIELD_NUMBER: _ClassVar[int]
    STATE_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_DIGEST_PARTS_FIELD_NUMBER: _ClassVar[int]
    MAX_DIGEST_PARTS_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    handshake_timeout_ms: int
    heartbeat_interval_ms: int
    max_unanswered_heartbeats: int
    clock_samples: int
    flush_delay_ms: int
    nack_patience_ms: int
    sums_slack_divisor: int
    state_interval_ms: int
    min_digest_parts: int
    max_digest_parts: int
    max_message_bytes: int
    def __init__(self, handshake_timeout_ms: _Optional[int] = ..., heartbeat_interval_ms: _Optional[int] = ..., max_unanswered_heartbeats: _Optional[int] = ..., clock_samples: _Optional[int] = ..., flush_delay_ms: _Optional[int] = ..., nack_patience_ms: _Optional[int] = ..., sums_slack_divisor: _Optional[int] = ..., state_interval_ms: _Optional[int] = ..., min_digest_parts: _Optional[int] = ..., max_digest_parts: _Optional[int] = ..., max_message_bytes: _Optional[int] = ...) -> None: ...

class HandlerConduct(_message.Message):
    __slots__ = ("max_retries_at_once", "successes_per_retry", "first_retries", "most_retries", "first_retry_ms", "last_retry_ms", "longest_retry_ms", "max_status_message_chars", "max_lacking_keys", "breaker_window", "breaker_least", "breaker_failed_percent", "breaker_first_wait_ms", "breaker_last_wait_ms")
    MAX_RETRIES_AT_ONCE_FIELD_NUMBER: _ClassVar[int]
    SUCCESSES_PER_RETRY_FIELD_NUMBER: _ClassVar[int]
    FIRST_RETRIES_FIELD_NUMBER: _ClassVar[int]
    MOST_RETRIES_FIELD_NUMBER: _ClassVar[int]
    FIRST_RETRY_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_RETRY_MS_FIELD_NUMBER: _ClassVar[int]
    LONGEST_RETRY_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_STATUS_MESSAGE_CHARS_FIELD_NUMBER: _ClassVar[int]
    MAX_LACKING_KEYS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_WINDOW_FIELD_NUMBER: _ClassVar[int]
    BREAKER_LEAST_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FAILED_PERCENT_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIRST_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    BREAKER_LAST_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    max_retries_at_once: int
    successes_per_retry: int
    first_retries: int
    most_retries: int
    first_retry_ms: int
    last_retry_ms: int
    longest_retry_ms: int
    max_status_message_chars: int
    max_lacking_keys: int
    breaker_window: int
    breaker_least: int
    breaker_failed_percent: int
    breaker_first_wait_ms: int
    breaker_last_wait_ms: int
    def __init__(self, max_retries_at_once: _Optional[int] = ..., successes_per_retry: _Optional[int] = ..., first_retries: _Optional[int] = ..., most_retries: _Optional[int] = ..., first_retry_ms: _Optional[int] = ..., last_retry_ms: _Optional[int] = ..., longest_retry_ms: _Optional[int] = ..., max_status_message_chars: _Optional[int] = ..., max_lacking_keys: _Optional[int] = ..., breaker_window: _Optional[int] = ..., breaker_least: _Optional[int] = ..., breaker_failed_percent: _Optional[int] = ..., breaker_first_wait_ms: _Optional[int] = ..., breaker_last_wait_ms: _Optional[int] = ...) -> None: ...

class PublisherConduct(_message.Message):
    __slots__ = ("max_queued_groups", "max_queued_bytes", "max_in_flight_groups", "successes_per_retry", "first_retries", "most_retries", "breaker_failures_in_a_row", "max_telemetry_batch_records", "max_telemetry_batch_bytes", "max_telemetry_batches_in_flight")
    MAX_QUEUED_GROUPS_FIELD_NUMBER: _ClassVar[int]
    MAX_QUEUED_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_GROUPS_FIELD_NUMBER: _ClassVar[int]
    SUCCESSES_PER_RETRY_FIELD_NUMBER: _ClassVar[int]
    FIRST_RETRIES_FIELD_NUMBER: _ClassVar[int]
    MOST_RETRIES_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FAILURES_IN_A_ROW_FIELD_NUMBER: _ClassVar[int]
    MAX_TELEMETRY_BATCH_RECORDS_FIELD_NUMBER: _ClassVar[int]
    MAX_TELEMETRY_BATCH_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_TELEMETRY_BATCHES_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    max_queued_groups: int
    max_queued_bytes: int
    max_in_flight_groups: int
    successes_per_retry: int
    first_retries: int
    most_retries: int
    breaker_failures_in_a_row: int
    max_telemetry_batch_records: int
    max_telemetry_batch_bytes: int
    max_telemetry_batches_in_flight: int
    def __init__(self, max_queued_groups: _Optional[int] = ..., max_queued_bytes: _Optional[int] = ..., max_in_flight_groups: _Optional[int] = ..., successes_per_retry: _Optional[int] = ..., first_retries: _Optional[int] = ..., most_retries: _Optional[int] = ..., breaker_failures_in_a_row: _Optional[int] = ..., max_telemetry_batch_records: _Optional[int] = ..., max_telemetry_batch_bytes: _Optional[int] = ..., max_telemetry_batches_in_flight: _Optional[int] = ...) -> None: ...
