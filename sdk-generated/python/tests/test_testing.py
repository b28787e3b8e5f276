"""The fixtures, and what they say where there is nothing to start."""

import stat
from pathlib import Path

import pytest

from swarmlog.testing import Coordinator, CoordinatorError, NoCoordinatorError, find_command

pytest_plugins = ["pytester"]

TEST = """
def test_starts(swarmlog_coordinator, swarm):
    assert swarmlog_coordinator.is_running
    assert swarm.startswith("test-")

def test_is_its_own(swarmlog_coordinators):
    swarmlog_coordinators()
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without a swarmlog, and with a Java."""
    monkeypatch.delenv("SWARMLOG_HOME", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    bin_directory = tmp_path / "bin"
    _program(bin_directory / "java", "exit 0")
    monkeypatch.setenv("PATH", str(bin_directory))
    return tmp_path


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_should_prefer_a_distribution_to_the_path_to_the_checkout(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoCoordinatorError, match="set SWARMLOG_HOME to an unpacked distribution"):
        find_command(bare)
    # given
    (bare / "checkout/inside").mkdir(parents=True)
    (bare / "checkout/pom.xml").touch()
    checkout = _program(bare / "checkout/swarmlog", "exit 0")
    assert find_command(bare / "checkout/inside") == [str(checkout)]
    on_the_path = _program(bare / "bin/swarmlog", "exit 0")
    assert find_command(bare / "checkout/inside") == [str(on_the_path)]
    distribution = _program(bare / "dist/bin/swarmlog", "exit 0")
    monkeypatch.setenv("SWARMLOG_HOME", str(bare / "dist"))
    assert find_command(bare / "checkout/inside") == [str(distribution)]
    monkeypatch.setenv("SWARMLOG_HOME", str(bare))
    (bare / "bin/swarmlog").unlink()
    with pytest.raises(CoordinatorError, match=r"bin/swarmlog is no program"):
        find_command(bare)


def test_should_say_that_there_is_no_java(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    _program(bare / "bin/swarmlog", "exit 0")
    monkeypatch.setenv("JAVA_HOME", str(bare))
    assert find_command(bare)
    (bare / "bin/java").unlink()
    # when, then
    with pytest.raises(NoCoordinatorError, match=r"JAVA_HOME \(.*\) has none: install Java 17"):
        find_command(bare)
    monkeypatch.delenv("JAVA_HOME")
    with pytest.raises(NoCoordinatorError, match="there is none on the PATH: install Java 17"):
        find_command(bare)


def test_should_say_why_it_did_not_start(bare: Path) -> None:
    # given
    broken = _program(bare / "bin/swarmlog", "echo 'port 7 is taken' >&2; exit 16")
    odd = _program(bare / "bin/odd", "echo 'Hello'; exec /bin/sleep 60")
    # when, then
    with pytest.raises(CoordinatorError, match=r"it ended with 16. The end of .*\nport 7 is taken"):
        Coordinator([str(broken)]).start()
    coordinator = Coordinator([str(odd)])
    with pytest.raises(CoordinatorError, match="it wrote 'Hello'"):
        coordinator.start()
    assert not coordinator.is_running
    with pytest.raises(CoordinatorError, match="to have been started"):
        coordinator.target  # noqa: B018 - it raises


def test_should_leave_one_that_was_given_alone() -> None:
    with Coordinator.at("db:7400") as coordinator:
        assert coordinator.target == "db:7400"
        assert coordinator.is_running
        with pytest.raises(CoordinatorError, match="db:7400 was given by its address"):
            coordinator.stop()


def test_should_start_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    command = find_command()
    for name in ("HOME", "SHARDS", "NOBODY_KNOWS"):
        monkeypatch.setenv(f"SWARMLOG_{name}", "no such thing")
    # when, then
    with Coordinator(command, {"in-memory": True}) as coordinator:
        assert coordinator.is_running


def test_should_come_back_with_port_and_data_and_leave_nothing() -> None:
    # given
    with Coordinator(settings={"in-memory": False}) as coordinator:
        target = coordinator.target
        directory = coordinator.data_directory
        # when
        coordinator.restart()
        # then
        assert coordinator.target == target
        assert directory.is_dir()
        coordinator.stop()
        assert not coordinator.is_running
        coordinator.kill()
    assert not directory.exists()


@pytest.mark.usefixtures("bare")
def test_should_skip_or_fail_where_there_is_no_coordinator(pytester: pytest.Pytester) -> None:
    # given
    pytester.makepyfile(TEST)
    # when, then
    skipped = pytester.runpytest_inprocess("-p", "no:asyncio", "-rs")
    skipped.assert_outcomes(skipped=2)
    skipped.stdout.fnmatch_lines(["*Expected a swarmlog to run a coordinator with*"])
    failed = pytester.runpytest_inprocess("-p", "no:asyncio", "--swarmlog-required")
    failed.assert_outcomes(errors=1, failed=1)
    given = pytester.runpytest_inprocess("-p", "no:asyncio", "--swarmlog-target=db:7400", "-rs")
    given.assert_outcomes(passed=1, skipped=1)
    given.stdout.fnmatch_lines(["*one was given by address*"])
