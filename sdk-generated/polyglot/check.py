#!/usr/bin/env python3
"""Runs agents of docs/polyglot.md in a swarm under faults, and checks what they say they hold.

    check.py [--seed N] [--rounds N] [--swarmlog COMMAND] AGENT…

AGENT is the path of a polyglot/agent; one that is given twice runs twice. What is published is
published by the command line, and what must come of it is computed here, so it shares no code with
any agent. In each round but the last every agent is killed with SIGKILL while it applies, and again
while it is asked; in two of them the coordinator goes, too, by SIGKILL and by SIGTERM, which drains
it. Needs Python 3.10 or newer and nothing else. Exit code 0: all hold the same; 1 and a message:
they do not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent_process import PATIENCE_S, SWARM, Agent, MismatchError
from model import Model, fold_table

T = TypeVar("T")

# The environment of whoever runs this must not change what is checked.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name in ("SWARMLOG_BUILD", "SWARMLOG_JAVA_OPTS", "SWARMLOG_PREPARED")
    or not name.startswith(("SWARMLOG_", "OTEL_"))
}

REPORTS_PER_ROUND = 60
# By the number of the round.
ENDS_OF_COORDINATOR = {1: signal.SIGKILL, 2: signal.SIGTERM}
# In UTF-16 the last two would be the other way round.
KEYS = ["rack/1", "rack/10", "rack/2", "é", "\uff5e", "\U0001d11e"]
TEXTS = ["", " ", "plain", "Grüße, 世界 𝄞", '{"a":[1,2]}', "x" * 20_000]


class Check:
    """One run: coordinator, agents, and the model that follows what is published."""

    def __init__(self, swarmlog: str, agents: list[str], folder: Path, seed: int) -> None:
        self._swarmlog, self._folder = swarmlog, folder
        self._random = random.Random(seed)
        self._changed = threading.Condition()
        names = [f"agent-{i}" for i in range(len(agents))]
        self.agents = [
            Agent(str(Path(program).resolve()), name, folder / name, self._changed)
            for name, program in zip(names, agents, strict=True)
        ]
        self._model = Model()
        self._head = 0
        self._published: list[str] = []
        self._coordinator: subprocess.Popen[str] | None = None
        self._port = 0
        self._calls = 0

    @property
    def _target(self) -> str:
        return f"127.0.0.1:{self._port}"

    def run(self, rounds: int) -> None:
        """All rounds, then what each has said."""
        self.start_coordinator()
        self._publish(["before anybody is there"], "--type", "test.Early")
        for agent in self.agents:
            agent.start(self._target)
        for number in range(rounds):
            faults = number < rounds - 1
            self._keyed(number)
            self._events(number, faults, ENDS_OF_COORDINATOR.get(number) if faults else None)
            self._asks(number, faults)
            self._settle(number)
        for agent in self.agents:
            agent.stop()
            self._check_reports(agent)

    def start_coordinator(self) -> None:
        """Start it, on the port it had before."""
        command = [
            self._swarmlog,
            "serve",
            "--json",
            "--console=false",
            "--drain-timeout=2s",
            f"--port={self._port}",
        ]
        with (self._folder / "coordinator.log").open("a") as log:
            self._coordinator = subprocess.Popen(
                [*command, f"--data-directory={self._folder / 'data'}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=ENVIRONMENT,
                text=True,
            )
        assert self._coordinator.stdout is not None
        line = self._coordinator.stdout.readline()
        if not line:
            said = (self._folder / "coordinator.log").read_text()
            raise MismatchError(f"Expected a coordinator, but it ended: {said}")
        self._port = json.loads(line)["port"]

    def end_coordinator(self, how: signal.Signals) -> None:
        """End it, if it is there."""
        if self._coordinator is not None and self._coordinator.stdout is not None:
            self._coordinator.send_signal(how)
            self._coordinator.wait(PATIENCE_S)
            self._coordinator.stdout.close()

    def _keyed(self, number: int) -> None:
        """Keys that are set, set again and deleted, among what is of no concern to the state."""
        for key in self._random.sample(KEYS, 2):
            values = [f"{number} {self._random.randrange(100)}" for _ in range(3)]
            self._publish(values, "--topic=reconciliation", f"--key={key}")
        if number > 0:
            self._publish(
                [], "--topic=reconciliation", f"--key={self._random.choice(KEYS)}", "--delete"
            )
        of_no_concern = [
            ["--topic=reconciliation", "--key=of-one", f"--target=agent:{self.agents[0].name}"],
            ["--topic=commands", f"--target=agent:{self.agents[-1].name}"],
            ["--topic=commands", "--key=rack/1"],
            ["--topic=reconciliation"],
        ]
        self._publish(["of no concern"], *self._random.choice(of_no_concern))

    def _events(self, number: int, faults: bool, end: signal.Signals | None) -> None:
        """Events with every agent killed while it applies them, and the coordinator by that."""
        self._publish(self._random.sample(TEXTS, len(TEXTS)), "--type", "test.Text")
        lines = [f"round {number} report {i}" for i in range(REPORTS_PER_ROUND)]
        before = {agent.name: len(agent.reports) for agent in self.agents}
        kill_after = {
            agent.name: before[agent.name] + self._random.randrange(1, REPORTS_PER_ROUND // 2)
            for agent in self.agents
        }
        publishing = threading.Thread(
            target=self._publish, args=(lines, "--type", "polyglot.Report")
        )
        publishing.start()
        try:
            if end is not None:
                self._until(
                    lambda: len(self.agents[0].reports) > before[self.agents[0].name], "report"
                )
                self.end_coordinator(end)
                self.start_coordinator()
            waiting = list(self.agents) if faults else []
            while waiting:
                due = self._next_due(waiting, kill_after)
                due.kill()
                due.start(self._target)
                waiting.remove(due)
        finally:
            publishing.join()
        self._follow()

    def _next_due(self, waiting: list[Agent], kill_after: dict[str, int]) -> Agent:
        def due() -> Agent | None:
            reached = (agent for agent in waiting if len(agent.reports) >= kill_after[agent.name])
            return next(reached, None)

        found = self._until(due, "report as much as they are killed after")
        assert found is not None
        return found

    def _asks(self, number: int, faults: bool) -> None:
        """Asks, and each agent killed as it may be about to answer."""
        asked = [agent for agent in self.agents if agent.started.get("publishes")]
        if not asked:
            return
        first = self._head
        self._publish([agent.name for agent in asked], "--type", "polyglot.Ask", "--topic=commands")
        if faults:
            for agent in asked:
                agent.kill()
                agent.start(self._target)
        operations = self._follow_until(
            lambda found: sum(map(is_answer, found)) >= len(asked), first
        )
        asks = {
            str(op["payload"]): op["opId"] for op in operations if op.get("type") == "polyglot.Ask"
        }
        answers = sorted((str(op["key"]), op["payload"]) for op in operations if is_answer(op))
        expected = sorted((f"answer/{a.name}/{asks[a.name]}", a.started["language"]) for a in asked)
        if answers != expected:
            raise MismatchError(
                f"Expected the answers {expected} in round {number}, but got {answers}."
            )

    def _settle(self, number: int) -> None:
        """Has all report, with nothing under way, and compares what they hold."""
        text = f"end of round {number}"
        self._publish([text], "--type", "polyglot.Report")
        self._follow()
        self._until(lambda: all(reported(agent, text) for agent in self.agents), "report")
        op_id = max(self._model.reports)
        _, events, chain = self._model.reports[op_id]
        expected = {"report": text, "opId": op_id, "events": events, "chain": chain}
        expected |= {"keys": len(self._model.table), "table": fold_table(self._model.table)}
        for agent in self.agents:
            found = reported(agent, text)
            if found != expected:
                raise MismatchError(f"Expected {expected}, but {agent.name} has {found}.")

    def _check_reports(self, agent: Agent) -> None:
        """Each report of all its lives: once, in order, with the chain of just then.

        Not with the table of then: a delta leaves out what a later operation on the key supersedes.
        """
        last = 0
        for line in agent.reports:
            op_id = int(str(line["opId"]))
            found = (line["report"], line["events"], line["chain"])
            if op_id <= last:
                raise MismatchError(
                    f"Expected {agent.name} to report behind {last}, but it reports {op_id} again."
                )
            expected = self._model.reports.get(op_id)
            if found != expected:
                raise MismatchError(f"Expected {expected}, but {agent.name} has {found}.")
            last = op_id

    def _publish(self, lines: list[str], *flags: str) -> None:
        """Publish each, in order, exactly once, whatever happens to the coordinator meanwhile."""
        self._calls += 1
        command = [
            self._swarmlog,
            "publish",
            SWARM,
            f"--server={self._target}",
            f"--idempotency-key={self._calls}",
        ]
        self._published += lines or [""]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            done = subprocess.run(
                [*command, *flags, *(["--lines"] if lines else [])],
                input="".join(f"{line}\n" for line in lines),
                capture_output=True,
                env=ENVIRONMENT,
                text=True,
                encoding="utf-8",
                check=False,
            )
            if done.returncode == 0:
                return
            if done.returncode not in (3, 18) or time.monotonic() > deadline:
                raise MismatchError(f"Expected {command} to publish, but: {done.stderr}")

    def _follow(self) -> list[dict[str, object]]:
        """Take what is new in the log into the model; raises unless it is what was published."""
        command = [
            self._swarmlog,
            "tail",
            SWARM,
            f"--server={self._target}",
            "--json",
            "--no-follow",
        ]
        shown = subprocess.run(
            [*command, f"--from={self._head + 1}"],
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
            text=True,
            encoding="utf-8",
            check=True,
        )
        operations = [json.loads(line) for line in shown.stdout.splitlines()]
        for operation in operations:
            self._head = operation["opId"]
            self._model.apply(operation)
        by_us = [
            str(op.get("payload", "")) for op in operations if op["publisher"] == "swarmlog-cli"
        ]
        if by_us != self._published[: len(by_us)]:
            raise MismatchError(f"Expected {self._published} in the log, but it has {by_us}.")
        del self._published[: len(by_us)]
        return operations

    def _follow_until(
        self, enough: Callable[[list[dict[str, object]]], bool], after: int
    ) -> list[dict[str, object]]:
        deadline = time.monotonic() + PATIENCE_S
        found: list[dict[str, object]] = []
        while not enough(found):
            if time.monotonic() > deadline:
                raise MismatchError(
                    f"Expected more answers behind {after}, but the log has {found}."
                )
            found += self._follow()
        return found

    def _until(self, met: Callable[[], T], what: str) -> T:
        """Wait until it is met, by what agents print; answers with what that is."""

        def checked() -> T:
            for agent in self.agents:
                agent.check()
            return met()

        with self._changed:
            found = self._changed.wait_for(checked, PATIENCE_S)
        if not found:
            last = {agent.name: agent.lines[-1:] for agent in self.agents}
            raise MismatchError(f"Expected the agents to {what}, but their last lines are {last}.")
        return found


def is_answer(operation: dict[str, object]) -> bool:
    """Whether it is what an agent answers with."""
    return str(operation.get("key", "")).startswith("answer/")


def reported(agent: Agent, text: str) -> dict[str, object] | None:
    """The report of that text."""
    return next((line for line in reversed(agent.reports) if line["report"] == text), None)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("agents", nargs="+", metavar="AGENT")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument(
        "--swarmlog", default=str(Path(__file__).resolve().parent.parent / "swarmlog")
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="swarmlog-polyglot-"))
    check = Check(options.swarmlog, options.agents, folder, options.seed)
    began = time.monotonic()
    try:
        check.run(options.rounds)
    except MismatchError as e:
        sys.stderr.write(f"{e}\nSeed {options.seed}; what was left lies in {folder}.\n")
        return 1
    finally:
        for agent in check.agents:
            agent.abandon()
        check.end_coordinator(signal.SIGKILL)
    shutil.rmtree(folder)
    languages = ", ".join(str(agent.started["language"]) for agent in check.agents)
    sys.stdout.write(f"{languages}: hold what was published, in {time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
