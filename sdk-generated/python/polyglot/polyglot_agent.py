"""An agent of the polyglot swarm, see docs/polyglot.md.

python polyglot_agent.py HOST:PORT SWARM NAME FOLDER
"""

import asyncio
import hashlib
import json
import logging
import signal
import sqlite3
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import swarmlog
from swarmlog import (
    Agent,
    AgentCursor,
    Batch,
    CursorStoreError,
    FailurePolicy,
    HeldKey,
    Operation,
    Publication,
    Publisher,
    SqliteEffectStore,
    SwarmlogError,
    Topic,
)
from swarmlog.version import version

SCHEMA = """
create table if not exists fold (
    id integer primary key check (id = 1), events integer not null, chain blob not null);
insert or ignore into fold values (1, 0, zeroblob(32));
create table if not exists entry (key text primary key, data blob not null) without rowid;
"""
LANGUAGE = "python"
TO_ALL = swarmlog.targets.all_agents()
# Three of them, for handlers, publisher and store, are less than the 10 s that it may take to end.
CLOSE_TIMEOUT = timedelta(seconds=3)
WRONG_ARGUMENTS = 64


class State:
    """What the agent makes of the log: an `EffectStore` that also answers asks and prints reports.

    Operations and cursor are committed in one transaction; before it asks are answered, behind it
    reports are printed. Called on threads of the agent's, one call at a time.
    """

    def __init__(self, database: Path, name: str) -> None:
        self._store = SqliteEffectStore(database, self._fold, schema=SCHEMA)
        self._name = name
        self._reports: list[dict[str, object]] = []
        self._publisher: tuple[Publisher, asyncio.AbstractEventLoop] | None = None

    def publish_by(self, publisher: Publisher, loop: asyncio.AbstractEventLoop) -> None:
        """Say who publishes the answers, and where; before the agent is started."""
        self._publisher = publisher, loop

    def load(self) -> AgentCursor:
        """The cursor committed last."""
        return self._store.load()

    def held_keys(self) -> Iterable[HeldKey]:
        """The keys committed with it."""
        return self._store.held_keys()

    def apply(self, batch: Batch, after: AgentCursor) -> None:
        """Answer, commit, report. A kill between these leaves an ask answered, never twice."""
        for operation in folded(batch):
            if is_event(operation, "polyglot.Ask") and operation.data == self._name.encode():
                self._publish(self._answer(operation))
        self._reports.clear()
        self._store.apply(batch, after)
        for report in self._reports:
            say(report)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def _fold(self, connection: sqlite3.Connection, batch: Batch) -> None:
        for operation in folded(batch):
            if operation.topic == Topic.COMMANDS and not operation.key:
                add_event(connection, operation)
                if is_event(operation, "polyglot.Report"):
                    self._reports.append(report(connection, operation))
            elif operation.topic == Topic.RECONCILIATION and operation.is_deletion:
                connection.execute("delete from entry where key = ?", (operation.key,))
            elif operation.topic == Topic.RECONCILIATION and operation.key:
                connection.execute(
                    "insert or replace into entry values (?, ?)", (operation.key, operation.data)
                )

    def _answer(self, ask: Operation) -> Publication:
        return swarmlog.keyed(
            Topic.RECONCILIATION,
            f"answer/{self._name}/{ask.op_id}",
            LANGUAGE,
            type="polyglot.Answer",
        ).with_idempotency_key(f"{self._name}/{ask.op_id}")

    def _publish(self, publication: Publication) -> None:
        if self._publisher is None:
            raise RuntimeError("Expected a publisher before the agent was started, but got none")
        # It lives on the event loop, and this thread may wait.
        publisher, loop = self._publisher
        asyncio.run_coroutine_threadsafe(publisher.publish(publication), loop).result()


def folded(batch: Batch) -> Iterable[Operation]:
    """Of a batch what counts: for all agents, and not given again to this one."""
    return (
        operation
        for operation in batch.operations
        if operation.message.target == TO_ALL and operation.redelivery is None
    )


def is_event(operation: Operation, type: str) -> bool:
    """Whether it is an event of commands of that type."""
    return operation.topic == Topic.COMMANDS and not operation.key and operation.type == type


def add_event(connection: sqlite3.Connection, operation: Operation) -> None:
    """Link an event to the chain of those before it."""
    (chain,) = connection.execute("select chain from fold").fetchone()
    link = hashlib.sha256(chain + operation.op_id.to_bytes(8, "big") + operation.data)
    connection.execute("update fold set events = events + 1, chain = ?", (link.digest(),))


def report(connection: sqlite3.Connection, operation: Operation) -> dict[str, object]:
    """What the agent holds as of an operation."""
    events, chain = connection.execute("select events, chain from fold").fetchone()
    keys, table = 0, hashlib.sha256()
    # SQLite compares text by its UTF-8.
    for key, data in connection.execute("select key, data from entry order by key"):
        keys += 1
        for part in (key.encode(), data):
            table.update(len(part).to_bytes(4, "big"))
            table.update(part)
    return {
        "report": operation.text,
        "opId": operation.op_id,
        "events": events,
        "chain": chain.hex(),
        "keys": keys,
        "table": table.hexdigest(),
    }


def say(line: dict[str, object]) -> None:
    """Write a line of JSON to standard output, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def run(agent: Agent, state: State) -> None:
    """Run until SIGTERM, or Ctrl-C; SwarmlogError if the agent was refused for good.

    Says that it starts once a signal would end it in order.
    """
    loop = asyncio.get_running_loop()
    state.publish_by(agent.publisher, loop)
    asked_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_end.set)
    say({"agent": agent.name, "language": LANGUAGE, "version": version(), "publishes": True})
    await agent.start()
    tasks = [asyncio.ensure_future(agent.stopped()), asyncio.ensure_future(asked_to_end.wait())]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await agent.close(CLOSE_TIMEOUT)
    for task in tasks:
        task.cancel()
    for task in done:
        task.result()


def main(arguments: list[str]) -> int:
    """Read the command line; answers with the exit code."""
    logging.basicConfig(level=logging.INFO)
    try:
        target, swarm, name, folder = arguments
        if not Path(folder).is_dir():
            raise ValueError(f"Expected an existing folder, but {folder} is none.")
        state = State(Path(folder) / "state.db", name)
        # Order counts here: what cannot be applied now holds up the rest.
        agent = Agent(
            target,
            swarm=swarm,
            name=name,
            effects=state,
            topics=[Topic.COMMANDS, Topic.RECONCILIATION],
            failure_policy=FailurePolicy.retry(),
        )
    except ValueError as e:
        sys.stderr.write(f"usage: agent HOST:PORT SWARM NAME FOLDER ({e})\n")
        return WRONG_ARGUMENTS
    try:
        asyncio.run(run(agent, state))
    except (SwarmlogError, CursorStoreError) as e:
        sys.stderr.write(f"{e}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
