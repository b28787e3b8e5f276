"""A real coordinator for tests."""

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

_START_TIMEOUT: Final = timedelta(minutes=5)
_STOP_TIMEOUT: Final = timedelta(seconds=30)
_LOOPBACK: Final = "127.0.0.1"
_SETTINGS: Final = {"shards": "2", "drain-timeout": "5s", "console": "false"}
# Of the launchers themselves; all other SWARMLOG_… variables are settings of a coordinator.
_KEPT: Final = {
    "SWARMLOG_BUILD",
    "SWARMLOG_JAVA_OPTS",
    "SWARMLOG_PREPARED",
}
_LOG_TAIL_LINES: Final = 20


class CoordinatorError(Exception):
    """A coordinator could not be started, or is not one that may be stopped."""


class NoCoordinatorError(CoordinatorError):
    """There is nothing on this machine that a coordinator could be started with."""


def find_command(start: Path | None = None) -> list[str]:
    """How to run `swarmlog` on this machine.

    `bin/swarmlog` of the distribution in SWARMLOG_HOME, else `swarmlog` on the PATH, else that of
    the checkout that `start` (the working directory, unless it is given) lies in. Raises
    NoCoordinatorError if there is none, or no Java to run it with.
    """
    command = _distribution() or _on_the_path() or _checkout(start or Path.cwd())
    if command is None:
        raise NoCoordinatorError(
            "Expected a swarmlog to run a coordinator with, but there is none: set SWARMLOG_HOME "
            "to an unpacked distribution, or put its bin on the PATH, or run this in a checkout."
        )
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=None if not home else str(Path(home) / "bin"))
    if java is None:
        where = f"JAVA_HOME ({home}) has none" if home else "there is none on the PATH"
        raise NoCoordinatorError(
            f"Expected a Java to run a coordinator with, but {where}: install Java 17 or newer "
            "(Debian, Ubuntu: apt install openjdk-17-jre-headless), or set JAVA_HOME."
        )
    return [str(command)]


class Coordinator:
    """A coordinator in a process of its own: on a free port of loopback, in a directory of its own.

    It creates swarms on first use. `restart` and `kill` let a test see how its agents cope with a
    coordinator that goes and comes back: port and data stay the same. Of one that was given by its
    address (`Coordinator.at`) a test can only use the address. Tests of different swarms do not
    disturb each other on one coordinator. Not thread-safe.

        with Coordinator() as coordinator:
            connect_your_agent_to(coordinator.target)
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        settings: Mapping[str, str | int | bool] | None = None,
        *,
        directory: Path | None = None,
        start_timeout: timedelta = _START_TIMEOUT,
    ) -> None:
        """Make one that is not started yet.

        `command` is found by `find_command` unless it is given; `directory` is a temporary one,
        removed at the end, unless it is given. Settings are those of `swarmlog serve`, such as
        `{"in-memory": True, "parking-attempts": 2}`. A checkout that has to be built first needs a
        minute of `start_timeout`.
        """
        self._command = list(command) if command is not None else find_command()
        self._given_directory = directory
        self._start_timeout = start_timeout
        self._settings = _SETTINGS | {
            name.replace("_", "-"): str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in (settings or {}).items()
        }
        self._directory: Path | None = directory
        self._process: subprocess.Popen[str] | None = None
        self._address: str | None = None
        self._port = 0

    @classmethod
    def at(cls, target: str) -> "Coordinator":
        """One that runs already, at "host:port", and that nobody here starts or stops."""
        made = cls(["swarmlog"])
        made._address = target
        return made

    @property
    def target(self) -> str:
        """Where clients connect: `127.0.0.1:41234`; stays the same across restarts."""
        return self._address or f"{_LOOPBACK}:{self.port}"

    @property
    def port(self) -> int:
        """The port; stays the same across restarts."""
        if self._port == 0:
            raise CoordinatorError("Expected the coordinator to have been started, but it was not.")
        return self._port

    @property
    def data_directory(self) -> Path:
        """Where its data is; for tests that look at it, or damage it while it is stopped."""
        return self._own_directory() / "data"

    @property
    def log_file(self) -> Path:
        """What it logs."""
        return self._own_directory() / "coordinator.log"

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return self._address is not None or (
            self._process is not None and self._process.poll() is None
        )

    def start(self) -> None:
        """Start it, on the port it had before. Does nothing if it runs.

        Raises CoordinatorError if it cannot; the message says why.
        """
        if self.is_running:
            return
        self._own_directory().mkdir(parents=True, exist_ok=True)
        settings = {"data-directory": str(self.data_directory)} | self._settings
        flags = [f"--{name}={value}" for name, value in settings.items()]
        with self.log_file.open("a") as log:
            process = subprocess.Popen(
                [*self._command, "serve", "--json", f"--port={self._port}", *flags],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                text=True,
                # A Ctrl-C is for the tests, which then stop it.
                start_new_session=True,
            )
        self._process = process
        try:
            self._port = self._ready_port(process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop it gracefully: agents are told to come back, what was accepted is finished.

        Does nothing if it is stopped.
        """
        process = self._own_process()
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT.total_seconds())
        except subprocess.TimeoutExpired:
            self.kill()
            raise CoordinatorError(
                f"Expected the coordinator to stop within {_STOP_TIMEOUT}, but it did not; it was "
                f"killed. {self._log_tail()}"
            ) from None
        self._gone(process)

    def kill(self) -> None:
        """Kill it with SIGKILL: connections break, what was not acknowledged may be lost.

        Does nothing if it is stopped.
        """
        process = self._own_process()
        if process is not None:
            process.kill()
            process.wait()
            self._gone(process)

    def restart(self) -> None:
        """Stop it, and start it."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Kill it, and remove its directory, unless that was given."""
        if self._address is not None:
            return
        self.kill()
        if self._given_directory is None and self._directory is not None:
            shutil.rmtree(self._directory)
            self._directory = None

    def __enter__(self) -> "Coordinator":
        if self._address is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _own_directory(self) -> Path:
        if self._address is not None:
            raise CoordinatorError(_not_ours(self._address))
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="swarmlog-test-"))
        return self._directory

    def _own_process(self) -> "subprocess.Popen[str] | None":
        if self._address is not None:
            raise CoordinatorError(_not_ours(self._address))
        return self._process

    def _gone(self, process: "subprocess.Popen[str]") -> None:
        self._process = None
        if process.stdout is not None:
            process.stdout.close()

    def _ready_port(self, process: "subprocess.Popen[str]") -> int:
        lines: queue.Queue[str] = queue.Queue()
        if process.stdout is None:
            raise AssertionError("Expected a pipe, for one was asked for")
        threading.Thread(target=_first_line, args=(process.stdout, lines), daemon=True).start()
        try:
            line = lines.get(timeout=self._start_timeout.total_seconds())
        except queue.Empty:
            raise CoordinatorError(
                f"Expected the coordinator to be ready within {self._start_timeout}, but it is "
                f"not. {self._log_tail()}"
            ) from None
        try:
            port = json.loads(line)["port"]
        except (ValueError, KeyError, TypeError):
            ended = process.wait(_STOP_TIMEOUT.total_seconds()) if not line else None
            how = f"wrote {line.strip()!r}" if line else f"ended with {ended}"
            raise CoordinatorError(
                f"Expected {' '.join(self._command)} serve to say that it is ready, but it {how}. "
                f"{self._log_tail()}"
            ) from None
        return int(port)

    def _log_tail(self) -> str:
        lines = self.log_file.read_text().splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([f"The end of {self.log_file}:", *lines])


def _first_line(stdout: IO[str], lines: "queue.Queue[str]") -> None:
    # An empty one if there is none.
    lines.put(stdout.readline())


def _environment() -> dict[str, str]:
    """The environment of whoever runs the tests must not change what they test."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or not name.startswith(("SWARMLOG_", "OTEL_"))
    }


def _not_ours(target: str) -> str:
    return (
        f"Expected a coordinator that may be started and stopped, but {target} was given by its "
        "address: run this without one."
    )


def _distribution() -> Path | None:
    home = os.environ.get("SWARMLOG_HOME")
    if not home:
        return None
    command = Path(home) / "bin" / "swarmlog"
    if not os.access(command, os.X_OK):
        raise CoordinatorError(
            f"Expected SWARMLOG_HOME to be an unpacked distribution, but {command} is no program."
        )
    return command


def _on_the_path() -> Path | None:
    found = shutil.which("swarmlog")
    return None if found is None else Path(found)


def _checkout(start: Path) -> Path | None:
    for directory in (start.absolute(), *start.absolute().parents):
        command = directory / "swarmlog"
        if (directory / "pom.xml").is_file() and os.access(command, os.X_OK) and command.is_file():
            return command
    return None
