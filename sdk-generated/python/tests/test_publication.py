from datetime import datetime, timedelta, timezone

import pytest

from swarmlog import (
    GroupPosition,
    Log,
    Topic,
    deleted,
    event,
    keyed,
    measurement,
    payloads,
    targets,
)
from swarmlog.names import describe_scope, topic_named
from swarmlog.v1 import operation_pb2, position_pb2, publishing_pb2


def test_should_take_the_type_of_a_message_from_the_message() -> None:
    # given
    message = position_pb2.Position(op_id=7)
    # when
    made = event(Topic.COMMANDS, message).record.payload
    # then
    assert (made.type, made.content_type) == ("swarmlog.v1.Position", "application/protobuf")
    assert position_pb2.Position.FromString(made.data) == message


@pytest.mark.parametrize(
    ("value", "content_type", "data"),
    [
        ("Grüße", "text/plain; charset=utf-8", "Grüße".encode()),
        (b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        (
            {"weg": "Süd", "km": [1, None]},
            "application/json",
            '{"weg":"Süd","km":[1,null]}'.encode(),
        ),
        (None, "application/json", b"null"),
    ],
)
def test_should_choose_the_content_type_by_the_value(
    value: object, content_type: str, data: bytes
) -> None:
    # when
    made = event(Topic.COMMANDS, value, type="hello.Route").record.payload
    # then
    assert (made.type, made.content_type, made.data) == ("hello.Route", content_type, data)
    # and back
    assert payloads.value(made) == value


def test_should_take_a_payload_as_it_is() -> None:
    # given
    given = payloads.raw("acme.Image", "image/png", b"png")
    # when, then
    assert event(Topic.ALERTS, given).record.payload == given


def test_should_refuse_what_has_no_type_no_json_or_two_types() -> None:
    with pytest.raises(ValueError, match=r"add type='acme\.Result'"):
        event(Topic.COMMANDS, "Hello")
    with pytest.raises(ValueError, match="JSON compliant"):
        event(Topic.COMMANDS, [float("nan")], type="a")
    with pytest.raises(ValueError, match=r"type swarmlog\.v1\.Position"):
        event(Topic.COMMANDS, position_pb2.Position(), type="a")


def test_should_state_class_key_and_target() -> None:
    # when
    put = keyed(Topic.RECONCILIATION, "south", "12 km", type="hello.Route").record
    gone = deleted(Topic.RECONCILIATION, "south", to=targets.role("scout")).record
    measured = measurement(1, type="acme.Load", to=targets.agent("a"))
    # then
    assert put.operation_class == operation_pb2.OPERATION_CLASS_KEYED
    assert put.target.HasField("all")
    assert (gone.key, gone.tombstone, gone.target.role) == ("south", True, "scout")
    assert not gone.HasField("payload")
    assert measured.log is Log.TELEMETRY
    assert measured.record.operation_class == operation_pb2.OPERATION_CLASS_EPHEMERAL


def test_should_leave_the_publication_as_it_is() -> None:
    # given
    given = event(Topic.COMMANDS, "a", type="t")
    # when
    made = given.with_term(3).with_idempotency_key("k")
    # then
    assert (given.record.term, given.idempotency_key) == (0, "")
    assert (made.record.term, made.idempotency_key) == (3, "k")


def test_should_expire() -> None:
    # given
    given = event(Topic.COMMANDS, "a", type="t")
    instant = datetime(2030, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone.utc)
    # when, then
    assert given.expiring_at(instant).record.expires_at_unix_nano == 1_893_553_445_678_901_000
    before = datetime.now(timezone.utc).timestamp() * 1e9
    soon = given.expiring_in(timedelta(minutes=1)).record.expires_at_unix_nano
    assert before + 59e9 < soon < before + 90e9


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1970, 1, 1, tzinfo=timezone.utc),
        datetime(2262, 1, 1, tzinfo=timezone.utc),
        datetime(2030, 1, 1),  # noqa: DTZ001 - that is the point
    ],
)
def test_should_refuse_an_expiry_that_means_nothing(instant: datetime) -> None:
    with pytest.raises(ValueError, match="Expected an"):
        event(Topic.COMMANDS, "a", type="t").expiring_at(instant)


def test_should_refuse_a_time_to_live_that_means_nothing() -> None:
    given = event(Topic.COMMANDS, "a", type="t")
    for time_to_live in (timedelta(0), timedelta(seconds=-1), timedelta.max):
        with pytest.raises(ValueError, match="Expected a"):
            given.expiring_in(time_to_live)
    with pytest.raises(ValueError, match="deletes a key"):
        deleted(Topic.COMMANDS, "k").expiring_in(timedelta(1))


def test_should_know_the_log_of_each_topic() -> None:
    assert {topic.label: topic.log.label for topic in Topic} == {
        "control": "control",
        "commands": "main",
        "reconciliation": "main",
        "alerts": "main",
        "telemetry": "telemetry",
    }
    with pytest.raises(ValueError, match="one of the five topics, but got 0"):
        topic_named(0)


def test_should_describe_scopes() -> None:
    def scope(target: operation_pb2.Target) -> operation_pb2.Scope:
        return operation_pb2.Scope(topic=Topic.COMMANDS.wire, target=target)

    assert describe_scope(scope(targets.all_agents())) == "commands for all"
    assert describe_scope(scope(targets.role("r"))) == "commands for role 'r'"
    assert describe_scope(scope(targets.agent("a"))) == "commands for agent 'a'"


def test_should_show_where_a_group_lies_without_raw_bytes() -> None:
    # given
    last = position_pb2.Position(log=Log.MAIN.wire, op_id=9, running_hash=b"\xff" * 32)
    # when
    shown = GroupPosition(7, last, publishing_pb2.DURABILITY_ALWAYS, False)
    # then
    expected = "GroupPosition(log=MAIN, first_op_id=7, op_id=9, durability=ALWAYS, duplicate=False)"
    assert (str(shown), repr(shown)) == (expected, expected)
