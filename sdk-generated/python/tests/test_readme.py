"""Runs what README.md shows, each program as it stands there."""

import contextlib
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import swarmlog
from swarmlog import Publisher, Topic, blocking
from swarmlog.testing import Coordinator


def blocks(readme: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", readme.read_text(), re.MULTILINE | re.DOTALL)


BLOCKS = blocks(Path(__file__).parents[1] / "README.md")
OF_ROOT = blocks(Path(__file__).parents[3] / "README.md")
ADDRESS = '"localhost:7400"'
SWARM = '"hello"'
PATIENCE_S = 60


class Program:
    """A program of the README that runs in a directory."""

    def __init__(self, source: str, directory: Path) -> None:
        file = directory / "program.py"
        file.write_text(source)
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-W", "error", file.name],
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until(self, enough: Callable[[list[str]], bool]) -> None:
        """Return when it has printed enough."""
        with self._more:
            met = self._more.wait_for(lambda: enough(self.lines), PATIENCE_S)
        assert met, self.lines

    def press_enter(self) -> list[str]:
        """End it as a person would; what it has printed in all."""
        return self._ended("\n")

    def press_ctrl_c(self) -> list[str]:
        """End it as a person would that has no other way."""
        self._process.send_signal(signal.SIGINT)
        return self._ended("")

    def press_ctrl_c_where_it_is_not_caught(self) -> list[str]:
        """End it as a person would, and have it say so."""
        self._process.send_signal(signal.SIGINT)
        return self._ended("", -signal.SIGINT)

    def wait(self) -> list[str]:
        """Let it end by itself."""
        return self._ended("")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._reader.join()

    def _ended(self, pressed: str, code: int = 0) -> list[str]:
        assert self._process.stdin is not None
        self._process.stdin.write(pressed)
        self._process.stdin.close()
        assert self._process.wait(PATIENCE_S) == code, self.lines
        self._reader.join()
        return self.lines

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as printed:
            for line in printed:
                with self._more:
                    self.lines.append(line.rstrip("\n"))
                    self._more.notify_all()


Run = Callable[..., Program]


@pytest.fixture
def run(
    swarmlog_coordinator: Coordinator, swarm: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Run:
    """Run the one program of a README that has this in it, in a swarm of its own."""

    def start(having: str, shown_in: list[str] = BLOCKS) -> Program:
        (source,) = (block for block in shown_in if having in block)
        for shown, own in ((ADDRESS, swarmlog_coordinator.target), (SWARM, swarm)):
            assert shown in source
            source = source.replace(shown, f'"{own}"')
        program = Program(source, tmp_path)
        request.addfinalizer(program.kill)
        return program

    return start


def test_should_greet_once_each_time(run: Run) -> None:
    # when
    printed = []
    for _ in range(2):
        program = run('name="agent-1"')
        program.until(lambda lines: "Hello, swarm" in lines)
        printed.append(program.press_enter())
    # then
    assert printed == [["Hello, swarm"], ["Hello, swarm"]]


def test_should_be_ten_lines_to_a_working_agent() -> None:
    (source,) = (block for block in BLOCKS if 'name="agent-1"' in block)
    assert len([line for line in source.splitlines() if line]) <= 10


def test_should_greet_with_asyncio(run: Run) -> None:
    # when
    printed = run('name="agent-2"').wait()
    # then
    assert sorted(printed) == ["operation 1", '{"to":"swarm"}']


def test_should_print_keys_deletions_and_syncs(
    run: Run, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    program = run('name="agent-3"')
    program.until(lambda lines: "south: 12 km" in lines)
    other = Publisher(swarmlog_coordinator.target, swarm=swarm, name="test")
    # when
    with blocking.running(other) as publisher:
        publisher.publish(swarmlog.deleted(Topic.RECONCILIATION, "south"))
    program.until(lambda lines: "south is gone" in lines)
    printed = program.press_enter()
    # then
    assert printed.index("south: 12 km") < printed.index("south is gone")
    report = re.compile(r"main \d+ -> \d+ by \w+, exact: .* no mismatch")
    assert any(report.fullmatch(line) for line in printed)
    assert any(re.fullmatch(r"\d routes as of operation \d+", line) for line in printed)


def test_should_park_what_is_no_number(
    run: Run, swarmlog_coordinator: Coordinator, swarm: str
) -> None:
    # given
    program = run('name="agent-4"')
    other = Publisher(swarmlog_coordinator.target, swarm=swarm, name="test")
    with blocking.running(other) as publisher:
        # when
        for text in ("12", "far", "13"):
            publisher.publish(swarmlog.event(Topic.COMMANDS, text, type="hello.Distance"))
    program.until(lambda lines: "13 km" in lines)
    printed = program.press_ctrl_c()
    # then
    assert [line for line in printed if line.endswith(" km")] == ["12 km", "13 km"]
    assert any(f"./swarmlog parked list {swarm}" in line for line in printed)


def test_should_apply_once_in_its_own_transaction(run: Run, tmp_path: Path) -> None:
    for expected in (7, 14):
        # when
        program = run('name="agent-5"')
        program.until(lambda lines: "7 paid" in lines)
        printed = program.press_enter()
        # then
        assert printed == ["7 paid"]
        with contextlib.closing(sqlite3.connect(tmp_path / "agent-5.db")) as database:
            assert database.execute("select balance from account").fetchall() == [(expected,)]


def test_should_publish(run: Run) -> None:
    # when
    printed = run('name="planner"').wait()
    # then
    assert printed == ["operation 1", "0 groups wait"]


def test_should_test(tmp_path: Path) -> None:
    # given
    (source,) = (block for block in BLOCKS if "def test_" in block)
    (tmp_path / "test_shown.py").write_text(source)
    # when
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "--swarmlog-required"),
            *(f"--rootdir={Path(__file__).parents[3]}", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    # then
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_should_show_nothing_that_is_not_run() -> None:
    assert len(BLOCKS) == 7
    assert len(OF_ROOT) == 1


def test_should_greet_as_the_readme_of_the_project_shows(run: Run) -> None:
    # when
    program = run('name="agent-1"', OF_ROOT)
    program.until(lambda lines: "Hello, swarm" in lines)
    printed = program.press_ctrl_c_where_it_is_not_caught()
    # then
    assert printed[0] == "Hello, swarm"
    assert printed[-1] == "KeyboardInterrupt"
