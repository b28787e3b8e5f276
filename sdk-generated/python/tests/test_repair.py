"""An agent and publishers of a coordinator that lost what it had acknowledged, and was repaired."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import log
import swarmlog
from swarmlog import Agent, AgentListener, Log, Operation, Publication, Publisher, Topic
from swarmlog.testing import Coordinator
from swarmlog.testing.coordinator import find_command
from swarmlog.v1 import position_pb2

Make = Callable[..., Coordinator]
PUBLISHED = 400


class Heard(AgentListener):
    """What is told of losses, to the agent and to publishers."""

    def __init__(self) -> None:
        self.told = log.Told()
        self.parted_at: list[tuple[int, int | None]] = []
        self.lost_of_agent: list[tuple[Log, int, int]] = []
        self.lost_of_planner: list[tuple[Log, int, int]] = []

    def parted(self, applied: position_pb2.Position, fork: position_pb2.Position | None) -> None:
        self.parted_at.append((applied.op_id, None if fork is None else fork.op_id))
        self.told.note()

    def published_lost(self, log: Log, groups: int, newest: position_pb2.Position) -> None:
        self.lost_of_agent.append((log, groups, newest.op_id))
        self.told.note()

    def planner_lost(self, log: Log, groups: int, newest: position_pb2.Position) -> None:
        self.lost_of_planner.append((log, groups, newest.op_id))
        self.told.note()


async def test_should_tell_what_of_theirs_is_lost(
    swarmlog_coordinators: Make, swarm: str, caplog: pytest.LogCaptureFixture
) -> None:
    # given an agent that has applied what it and a planner published in turn, and nothing waits
    coordinator = swarmlog_coordinators(shards=1)
    heard = Heard()
    applied: list[str] = []
    agent = Agent(coordinator.target, swarm=swarm, name="a", listener=heard)

    @agent.on(Topic.COMMANDS)
    async def apply(operation: Operation) -> None:
        applied.append(operation.text.rstrip())
        heard.told.note()

    planner = Publisher(coordinator.target, swarm=swarm, name="p", lost_listener=heard.planner_lost)
    with caplog.at_level(logging.WARNING, "swarmlog"):
        async with agent, planner:
            publishers = [planner, agent.publisher]
            published = [f"operation {i + 1}" for i in range(PUBLISHED)]
            for i, text in enumerate(published):
                await publishers[i % 2].publish(command(text))
            await heard.told.until(lambda: applied == published)
            # when the last quarter of what was written is gone
            await asyncio.to_thread(coordinator.kill)
            cut(coordinator.data_directory)
            await asyncio.to_thread(repair, coordinator.data_directory)
            await asyncio.to_thread(coordinator.start)
            # then both publishers are told, and the agent, though nothing was published since
            await heard.told.until(
                lambda: bool(heard.parted_at and heard.lost_of_agent and heard.lost_of_planner)
            )
            ((stood, fork),) = heard.parted_at
            assert stood == PUBLISHED
            assert fork is not None
            assert 0 < fork < PUBLISHED
            lost = PUBLISHED - fork
            # the agent published the last one
            assert heard.lost_of_planner == [(Log.MAIN, lost // 2, PUBLISHED - 1)]
            assert heard.lost_of_agent == [(Log.MAIN, lost - lost // 2, PUBLISHED)]
            # when the swarm goes on
            where = await planner.publish(command("new"))
            await agent.publisher.publish(command("newer"))
            await heard.told.until(lambda: applied[-1] == "newer")
    # then in the place of what is lost, and what was done stays done
    assert fork < where.op_id < stood
    assert applied == [*published, "new", "newer"]
    there = [
        operation.payload.data.decode().rstrip()
        for operation in await log.operations(coordinator.target, swarm)
        if operation.topic == Topic.COMMANDS.wire
    ]
    assert there == [*published[:fork], "new", "newer"]
    assert len(heard.lost_of_planner) == len(heard.lost_of_agent) == 1
    assert (
        f"Applied what the coordinator has lost: agent 'a' of swarm '{swarm}' stood at operation "
        f"{PUBLISHED} of main, of which the log has those up to {fork}: what the rest did has to "
        "be looked at"
    ) in caplog.messages
    assert sum("Published what" in message for message in caplog.messages) == 2


def command(text: str) -> Publication:
    return swarmlog.event(Topic.COMMANDS, text + " " * 200, type="test.Text")


def cut(data: Path) -> None:
    """Cut the write-ahead log short, which holds all that was published."""
    written = max(data.glob("**/rocksdb/*.log"), key=lambda file: file.stat().st_size)
    os.truncate(written, written.stat().st_size * 3 // 4)


def repair(data: Path) -> None:
    done = subprocess.run(
        [*find_command(), "repair", str(data)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
