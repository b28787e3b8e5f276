"""The heartbeats of an agent's sessions, and what they tell of the coordinator's clock."""

from __future__ import annotations

from typing import NamedTuple

from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants, session_pb2


class ClockOffset(NamedTuple):
    """How far the coordinator's clock is ahead of the agent's.

    By the heartbeat with the least delay of the last eight (the clock filter of NTP, RFC 5905
    section 10).
    """

    offset_ns: int
    """To add to the agent's clock to read the coordinator's; negative if that is behind."""
    uncertainty_ns: int
    """Half the round trip of that heartbeat: the true offset lies within, either way."""


class ClockFilter:
    """The clock filter of NTP (RFC 5905 section 10).

    Of the last eight heartbeats the one with the least delay says the offset, because what delays
    a heartbeat also falsifies it.
    """

    def __init__(self) -> None:
        # Delay and offset; the oldest one is overwritten.
        self._samples: list[tuple[int, int]] = []
        self._count = 0

    def sample(
        self, agent_sent_ns: int, received_ns: int, sent_ns: int, agent_received_ns: int
    ) -> None:
        """Add a heartbeat by its four times, in ns since 1970 by the clock of who noted them."""
        delay_ns = (agent_received_ns - agent_sent_ns) - (sent_ns - received_ns)
        if delay_ns < 0:
            return  # One of the clocks was set in between.
        twice_ns = (received_ns - agent_sent_ns) + (sent_ns - agent_received_ns)
        # Towards zero, as every SDK rounds.
        offset_ns = twice_ns // 2 if twice_ns >= 0 else -(-twice_ns // 2)
        slot = self._count % constants.SESSION_CLOCK_SAMPLES
        self._samples[slot : slot + 1] = [(delay_ns, offset_ns)]
        self._count += 1

    def offset(self) -> ClockOffset | None:
        """The offset; None before there is a sample."""
        if not self._samples:
            return None
        delay_ns, offset_ns = min(self._samples, key=lambda sample: sample[0])
        return ClockOffset(offset_ns, delay_ns // 2)


class Heartbeats:
    """The heartbeats of an agent's sessions, and what they tell of the coordinator's clock."""

    def __init__(self) -> None:
        self._clock = ClockFilter()
        self.interval_ns = 0
        """How often one is sent."""
        self._number = 0
        self._unanswered = 0

    def begin(self, interval_ms: int) -> None:
        """A session begins."""
        self.interval_ns = (interval_ms or constants.SESSION_HEARTBEAT_INTERVAL_MS) * NS_PER_MS
        self._unanswered = 0

    @property
    def are_unanswered(self) -> bool:
        """Whether so many in a row were not answered that the connection must be dead."""
        return self._unanswered >= constants.SESSION_MAX_UNANSWERED_HEARTBEATS

    def next(self) -> session_pb2.Heartbeat:
        """The next one, which is sent now: its number, and what is known of the clock."""
        self._unanswered += 1
        self._number += 1
        heartbeat = session_pb2.Heartbeat(number=self._number)
        clock = self._clock.offset()
        if clock is not None:
            heartbeat.clock_offset_nano = clock.offset_ns
            heartbeat.clock_uncertainty_nano = clock.uncertainty_ns
        return heartbeat

    def answered(self, reply: session_pb2.HeartbeatReply, now_unix_ns: int) -> None:
        """One was answered."""
        self._unanswered = 0
        self._clock.sample(
            reply.agent_sent_unix_nano,
            reply.received_unix_nano,
            reply.sent_unix_nano,
            now_unix_ns,
        )

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the coordinator's clock is ahead; None before a heartbeat was answered."""
        return self._clock.offset()
