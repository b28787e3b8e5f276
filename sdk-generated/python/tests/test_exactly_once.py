"""Effects and cursor in one transaction: exactly once, however often the agent is killed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import swarmlog
from swarmlog import Publisher, Topic
from swarmlog.testing import Coordinator

OPERATIONS = 400
AGENT = """
import sys
from swarmlog import Agent, AgentListener, SqliteEffectStore

class Listener(AgentListener):
    def caught_up(self, position, received, duplicates):
        print("caught up at", position.op_id, flush=True)

def apply(connection, batch):
    for operation in batch.operations:
        connection.execute("insert into work (text) values (?)", (operation.text,))
        print(operation.text, flush=True)

store = SqliteEffectStore(
    sys.argv[3],
    apply,
    schema="create table if not exists work (id integer primary key, text text not null);",
)
Agent(sys.argv[1], swarm=sys.argv[2], name="a", effects=store, listener=Listener()).run()
"""


async def test_should_apply_each_operation_once_although_it_is_killed(
    swarmlog_coordinator: Coordinator, swarm: str, tmp_path: Path
) -> None:
    # given
    database = tmp_path / "work.db"
    expected = [f"operation {i}" for i in range(OPERATIONS)]
    target = swarmlog_coordinator.target
    command = [sys.executable, "-c", AGENT, target, swarm, str(database)]
    seed = random.randrange(1 << 30)
    draws = random.Random(seed)

    async def publish() -> None:
        async with Publisher(target, swarm=swarm, name="p") as publisher:
            for text in expected:
                await publisher.publish(swarmlog.event(Topic.COMMANDS, text, type="test.Text"))

    publishing = asyncio.create_task(publish())
    # when
    kills = 0
    last = ""
    done = {expected[-1], f"caught up at {OPERATIONS}"}
    while last not in done:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
        with process:
            for _ in range(draws.randrange(1, 120)):
                last = await line(process)
                if last in done:
                    break
            process.kill()
        kills += 1
    await publishing
    # then, when a last run has committed what is left
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    with process:
        while await line(process) != f"caught up at {OPERATIONS}":
            pass
        process.terminate()
        assert await asyncio.to_thread(process.wait, 30) == 0
    assert applied(database) == expected, f"seed {seed}"
    assert kills > 1


async def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    read = await asyncio.to_thread(process.stdout.readline)
    assert read, "the agent ended"
    return read.rstrip("\n")


def applied(database: Path) -> list[str]:
    connection = sqlite3.connect(database, timeout=10)
    try:
        return [text for (text,) in connection.execute("select text from work order by id")]
    finally:
        connection.close()
