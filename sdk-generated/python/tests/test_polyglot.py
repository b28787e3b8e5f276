"""The agent of the polyglot swarm, under faults, as docs/polyglot.md has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmlog.testing import find_command

HERE = Path(__file__).parent
AGENT = HERE.parent / "polyglot" / "agent"
CHECK = HERE.parents[1] / "polyglot" / "check.py"
ENVIRONMENT = os.environ | {"VENV": sys.prefix}


@pytest.mark.timeout(400)
def test_should_hold_what_was_published_whatever_is_killed() -> None:
    # when
    (swarmlog,) = find_command(HERE)
    done = subprocess.run(
        [sys.executable, str(CHECK), "--swarmlog", swarmlog, str(AGENT), str(AGENT)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    # then
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("python, python: hold what was published")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["localhost:7400", "s", "a"],
        ["localhost", "s", "a", "."],
        ["localhost:7400", "", "a", "."],
        ["localhost:7400", "s", "a", "there-is-no-such-folder"],
    ],
)
def test_should_say_that_arguments_are_wrong(arguments: list[str]) -> None:
    done = subprocess.run(
        [str(AGENT), *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("usage: agent HOST:PORT SWARM NAME FOLDER (")
    assert done.stderr.count("\n") == 1


def test_should_say_that_it_cannot_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(AGENT), "localhost:7400", "s", "a", str(tmp_path)],
        env=os.environ | {"VENV": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (69, "")
    assert "sdk-generated/python/check --venv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_should_end_while_there_is_no_coordinator(tmp_path: Path) -> None:
    # given an address where nobody listens
    process = subprocess.Popen(
        [str(AGENT), "127.0.0.1:1", "s", "a", str(tmp_path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert '"publishes": true' in process.stdout.readline()
        # when
        process.terminate()
        # then
        assert process.wait(10) == 0
