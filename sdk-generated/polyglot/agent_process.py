"""An agent of the polyglot swarm as a process that may be killed."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path

SWARM = "polyglot"
PATIENCE_S = 120


class MismatchError(Exception):
    """What was found is not what must be."""


class Agent:
    """One agent: a process that may be killed, and all that its lives have printed."""

    def __init__(self, program: str, name: str, folder: Path, changed: threading.Condition) -> None:
        self.name = name
        self.lines: list[dict[str, object]] = []
        self.started: dict[str, object] = {}
        self._program, self._folder, self._changed = program, folder, changed
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._trouble = ""

    def start(self, target: str) -> None:
        """Start it, in the folder it had before."""
        self._folder.mkdir(exist_ok=True)
        with (self._folder.parent / f"{self.name}.log").open("a") as log:
            self._process = subprocess.Popen(
                [self._program, target, SWARM, self.name, str(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self._end(signal.SIGKILL, -signal.SIGKILL)

    def stop(self) -> None:
        """End it by SIGTERM."""
        self._end(signal.SIGTERM, 0)

    def abandon(self) -> None:
        """Kill it if it is there, whatever it did."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def check(self) -> None:
        """Raises unless it is there, and has said nothing but what it should."""
        process = self._process
        if process is not None and process.poll() is not None:
            how = f"it ended with {process.returncode}: {self._last_words()}"
            raise MismatchError(f"Expected {self.name} to run, but {how}")
        if self._trouble:
            raise MismatchError(self._trouble)

    @property
    def reports(self) -> list[dict[str, object]]:
        """What it has reported so far, over all its lives."""
        return [line for line in self.lines if "report" in line]

    def _last_words(self) -> str:
        return "".join(
            (self._folder.parent / f"{self.name}.log").read_text().splitlines(keepends=True)[-5:]
        )

    def _end(self, how: signal.Signals, expected: int) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.send_signal(how)
        try:
            code = self._process.wait(10 if expected == 0 else PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise MismatchError(
                f"Expected {self.name} to end within 10 s of {how.name}, but it did not."
            ) from None
        if code != expected:
            raise MismatchError(
                f"Expected {self.name} to end with {expected} at {how.name}, but it was {code}."
            )
        self._reader.join()
        self._process = None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        first = True
        with process.stdout:
            for text in process.stdout:
                with self._changed:
                    self._take(text, first)
                    self._changed.notify_all()
                first = False

    def _take(self, text: str, first: bool) -> None:
        try:
            line = json.loads(text)
        except ValueError:
            # A line may be torn by a kill, at the end of a life only: it has no end then.
            if text.endswith("\n"):
                self._trouble = f"Expected lines of JSON from {self.name}, but got {text!r}."
            return
        if first != ("agent" in line) or (first and line["agent"] != self.name):
            self._trouble = (
                f"Expected {self.name} to name itself once, when it starts, but got {text!r}."
            )
        elif first:
            self.started = line
        self.lines.append(line)
