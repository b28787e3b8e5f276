"""Operations to be published."""

import dataclasses
import time
from datetime import datetime, timedelta, timezone

from swarmlog import payloads, targets
from swarmlog.arguments import require_a, require_text, require_topic
from swarmlog.names import Log, Topic, topic_named
from swarmlog.units import NS_PER_SECOND, NS_PER_US
from swarmlog.v1 import operation_pb2, position_pb2, publishing_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST_EXPIRY = datetime(2262, 1, 1, tzinfo=timezone.utc)


@dataclasses.dataclass(frozen=True)
class Publication:
    """An operation to be published; made by `event`, `keyed`, `deleted` and `measurement`.

    Immutable: do not change its record.
    """

    record: publishing_pb2.PublishRecord
    """As it will be sent; trace context and publish time are filled in by the publisher."""
    idempotency_key: str = ""
    """While the coordinator remembers it, publishing the same key again gets the first answer.

    Whoever publishes it, also after a crash; empty for none. Up to 256 bytes of UTF-8.
    """

    @property
    def topic(self) -> Topic:
        """What it is about."""
        return topic_named(self.record.topic)

    @property
    def log(self) -> Log:
        """The log it goes to."""
        return self.topic.log

    def with_idempotency_key(self, key: str) -> "Publication":
        """The same, under an idempotency key; under none if that is empty."""
        require_text("an idempotency key", key)
        return dataclasses.replace(self, idempotency_key=key)

    def with_term(self, term: int) -> "Publication":
        """The same, under a term: refused with STALE_TERM if a newer one exists."""
        record = self._copy()
        record.term = term
        return dataclasses.replace(self, record=record)

    def expiring_in(self, time_to_live: timedelta) -> "Publication":
        """The same, worthless after some time from now.

        An event is not handed out any more then, a key is deleted, unless it has been published
        anew, and telemetry is dropped. Now is by this machine's clock, and the coordinator compares
        with its own: how far they are apart is how much earlier or later it expires. ValueError
        unless the time is above zero and ends before the year 2262, or if this is a deletion.
        """
        if time_to_live <= timedelta(0):
            raise ValueError(f"Expected a time to live above zero, but got {time_to_live}.")
        try:
            instant = datetime.now(timezone.utc) + time_to_live
        except OverflowError:
            instant = datetime.max.replace(tzinfo=timezone.utc)
        return self.expiring_at(instant)

    def expiring_at(self, instant: datetime) -> "Publication":
        """The same, worthless from an instant on.

        One that is past is fine: a key comes to life and is deleted at once. ValueError unless the
        instant has a time zone, is after the beginning of 1970 and before the year 2262, or if this
        is a deletion.
        """
        if self.record.tombstone:
            raise ValueError(
                "Expected an operation with a value to expire, but this one deletes a key."
            )
        if instant.tzinfo is None:
            raise ValueError(f"Expected an instant with a time zone, but got {instant}.")
        if not _EPOCH < instant < _LAST_EXPIRY:
            raise ValueError(
                f"Expected an expiry between the years 1970 and 2262, but got {instant}."
            )
        since = instant - _EPOCH
        record = self._copy()
        record.expires_at_unix_nano = (
            since.days * 86_400 + since.seconds
        ) * NS_PER_SECOND + since.microseconds * NS_PER_US
        return dataclasses.replace(self, record=record)

    def stamped(self) -> publishing_pb2.PublishRecord:
        """A copy of the record that says when it was published: now."""
        record = self._copy()
        record.publish_time_unix_nano = time.time_ns()
        return record

    def _copy(self) -> publishing_pb2.PublishRecord:
        record = publishing_pb2.PublishRecord()
        record.CopyFrom(self.record)
        return record


@dataclasses.dataclass(frozen=True, repr=False)
class GroupPosition:
    """Where a publish group lies.

    Its operations are `first_op_id` to `last.op_id`, in the order they were given.
    """

    first_op_id: int
    last: position_pb2.Position
    durability: publishing_pb2.Durability
    """The level reached when the coordinator answered."""
    duplicate: bool
    """The group had been appended before, and this is its first answer again."""

    @property
    def op_id(self) -> int:
        """The number of its last operation, which is the only one where one was published."""
        return self.last.op_id

    def __repr__(self) -> str:
        # Position is a message, and shows its hash as bytes.
        of_log = position_pb2.Log.DESCRIPTOR.values_by_number.get(self.last.log)
        log = str(self.last.log) if of_log is None else of_log.name.removeprefix("LOG_")
        # A later coordinator may know levels that this does not.
        level = publishing_pb2.Durability.DESCRIPTOR.values_by_number.get(self.durability)
        durability = (
            str(self.durability) if level is None else level.name.removeprefix("DURABILITY_")
        )
        return (
            f"GroupPosition(log={log}, first_op_id={self.first_op_id}, op_id={self.op_id}, "
            f"durability={durability}, duplicate={self.duplicate})"
        )


def event(
    topic: Topic, value: object, *, type: str = "", to: operation_pb2.Target | None = None
) -> Publication:
    """An event: delivered, each one, in order.

    `value` becomes the payload as `payloads.payload` says; `to` is every agent unless it is given.
    """
    operation_class = operation_pb2.OPERATION_CLASS_EVENT
    return _publication(topic, to, operation_class, payloads.payload(value, type))


def keyed(
    topic: Topic, key: str, value: object, *, type: str = "", to: operation_pb2.Target | None = None
) -> Publication:
    """A keyed operation: the last one on (topic, target, key) wins.

    The key has 1 to `Limits.max_key_bytes` bytes of UTF-8.
    """
    operation_class = operation_pb2.OPERATION_CLASS_KEYED
    return _publication(topic, to, operation_class, payloads.payload(value, type), key)


def deleted(topic: Topic, key: str, *, to: operation_pb2.Target | None = None) -> Publication:
    """The deletion of a key."""
    record = _record(topic, to, operation_pb2.OPERATION_CLASS_KEYED, key)
    record.tombstone = True
    return Publication(record)


def measurement(
    value: object, *, type: str = "", to: operation_pb2.Target | None = None
) -> Publication:
    """A measurement for `Publisher.telemetry`: may be dropped, with a count."""
    operation_class = operation_pb2.OPERATION_CLASS_EPHEMERAL
    return _publication(Topic.TELEMETRY, to, operation_class, payloads.payload(value, type))


def _publication(
    topic: Topic,
    to: operation_pb2.Target | None,
    operation_class: operation_pb2.OperationClass,
    payload: operation_pb2.Payload,
    key: str = "",
) -> Publication:
    record = _record(topic, to, operation_class, key)
    record.payload.CopyFrom(payload)
    return Publication(record)


def _record(
    topic: Topic,
    to: operation_pb2.Target | None,
    operation_class: operation_pb2.OperationClass,
    key: str,
) -> publishing_pb2.PublishRecord:
    """TypeError unless each is what it should be."""
    hint = "give targets.agent(name) or targets.role(name), or leave it out for all"
    return publishing_pb2.PublishRecord(
        topic=require_topic(topic).wire,
        target=targets.all_agents()
        if to is None
        else require_a(operation_pb2.Target, "a target", to, hint),
        operation_class=operation_class,
        key=require_text("the key", key),
    )


def require_publication(given: object) -> Publication:
    """The publication; TypeError if it is none."""
    hint = (
        "publish several by publish_group"
        if isinstance(given, (list, tuple))
        else "make one by swarmlog.event, keyed, deleted or measurement"
    )
    return require_a(Publication, "a publication", given, hint)
