from fixed_random import FixedRandom
from statuses import failure
from swarmlog.backoff import Backoff
from swarmlog.publishing.telemetry_session import TelemetrySession, TelemetryState
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants, publishing_pb2


class Recorder:
    """A session that says what it does."""

    def __init__(self) -> None:
        self.outputs: list[str] = []
        self.session = TelemetrySession(
            publishing_pb2.TelemetryHello(), self, Backoff(FixedRandom())
        )

    def drain(self) -> list[publishing_pb2.TelemetryBatch]:
        batches = []
        while (batch := self.session.poll()) is not None:
            batches.append(batch)
        return batches

    def open_stream(self, hello: publishing_pb2.TelemetryHello) -> None:
        self.outputs.append("open stream")

    def end_stream(self) -> None:
        self.outputs.append("end stream")

    def settled(self, taken: int, shed: int, dropped: int, bytes: int) -> None:
        self.outputs.append(f"taken {taken}, shed {shed}, dropped {dropped}")

    def start_timer(self, delay_ns: int) -> None:
        self.outputs.append(f"timer in {delay_ns // NS_PER_MS} ms")


def record(key: str) -> publishing_pb2.PublishRecord:
    return publishing_pb2.PublishRecord(key=key)


def test_should_cut_what_waits_into_batches_and_keep_a_few_in_flight() -> None:
    # given
    recorder = Recorder()
    session = recorder.session
    for i in range(10 * constants.PUBLISHER_MAX_TELEMETRY_BATCH_RECORDS):
        session.offer(record(f"k{i}"))
    assert session.poll() is None
    # when
    session.welcome(0)
    sent = recorder.drain()
    # then
    in_flight = constants.PUBLISHER_MAX_TELEMETRY_BATCHES_IN_FLIGHT
    assert [batch.number for batch in sent] == list(range(1, in_flight + 1))
    assert {len(batch.records) for batch in sent} == {
        constants.PUBLISHER_MAX_TELEMETRY_BATCH_RECORDS
    }
    # when
    session.acked(publishing_pb2.TelemetryAck(number=1, shed_count=6))
    # then
    assert [batch.number for batch in recorder.drain()] == [in_flight + 1]
    assert recorder.outputs == ["open stream", "taken 250, shed 6, dropped 0"]


def test_should_bound_batches_in_bytes() -> None:
    # given
    recorder = Recorder()
    recorder.session.offer(record("k" * 200_000))
    recorder.session.offer(record("k" * 200_000))
    recorder.session.offer(record("k" * 300_000))
    # when
    recorder.session.welcome(0)
    # then
    assert [len(batch.records) for batch in recorder.drain()] == [1, 1, 1]


def test_should_never_send_twice_and_count_what_a_broken_stream_leaves() -> None:
    # given
    recorder = Recorder()
    session = recorder.session
    session.offer(record("1"))
    session.welcome(0)
    session.poll()
    session.offer(record("2"))
    # when
    session.stream_ended(failure("UNAVAILABLE"), 0)
    session.timer()
    session.welcome(0)
    # then
    (batch,) = recorder.drain()
    assert list(batch.records) == [record("2")]
    assert recorder.outputs == [
        "open stream",
        "taken 0, shed 0, dropped 1",
        "timer in 800 ms",
        "open stream",
    ]


def test_should_stay_away_while_there_is_nothing_to_send() -> None:
    # given
    session = Recorder().session
    session.offer(record("1"))
    session.welcome(0)
    session.poll()
    session.stream_ended(failure("PERMISSION_DENIED"), 0)
    # when
    session.timer()
    # then
    assert session.state is TelemetryState.IDLE
    session.offer(record("2"))
    assert session.state.name == "CONNECTING"


def test_should_count_an_unanswered_batch_as_dropped_when_a_later_one_is_answered() -> None:
    # given
    recorder = Recorder()
    session = recorder.session
    session.offer(record("1"))
    session.welcome(0)
    session.poll()
    session.offer(record("2"))
    session.poll()
    # when
    session.acked(publishing_pb2.TelemetryAck(number=2))
    # then
    assert recorder.outputs[1:] == ["taken 0, shed 0, dropped 1", "taken 1, shed 0, dropped 0"]


def test_should_drop_everything_when_closed() -> None:
    # given
    recorder = Recorder()
    session = recorder.session
    session.offer(record("1"))
    session.welcome(0)
    session.poll()
    session.offer(record("2"))
    # when
    session.close()
    session.offer(record("3"))
    # then
    dropped = "taken 0, shed 0, dropped 1"
    assert recorder.outputs == ["open stream", "end stream", dropped, dropped, dropped]
