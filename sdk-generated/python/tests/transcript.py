"""Golden scenarios as text, the same for all SDKs.

Lines "> input" and, below each, "< output" lines that must come of it, in order. Other lines are
comments. They lie with the Java SDK, whose tests write them anew where its behaviour changes.
"""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "sdk-java/agent/src/test/resources/transcripts"


@dataclasses.dataclass(frozen=True)
class Input:
    """An input line: a verb, words, and name=value settings."""

    verb: str
    words: list[str]
    settings: dict[str, str]

    @classmethod
    def parse(cls, line: str) -> "Input":
        verb, *parts = line.split()
        words = [part for part in parts if "=" not in part]
        return cls(verb, words, dict(part.split("=", 1) for part in parts if "=" in part))

    def number(self, index: int) -> int:
        return int(self.words[index])

    def setting(self, name: str, otherwise: int) -> int:
        return int(self.settings.get(name, otherwise))


def names(folder: str) -> list[str]:
    """The transcripts of a folder."""
    found = sorted(file.name for file in (FOLDER / folder).iterdir())
    assert found
    return found


def play(folder: str, name: str, outputs: list[str], machine: Callable[[Input], None]) -> None:
    """Play the inputs; `outputs` is what the machine has said since it was last cleared."""
    golden = (FOLDER / folder / name).read_text().splitlines()
    actual = []
    for line in golden:
        if line.startswith("< "):
            continue
        actual.append(line)
        if line.startswith("> "):
            outputs.clear()
            machine(Input.parse(line[2:]))
            actual.extend("< " + output for output in outputs)
    assert actual == golden


class TransitionTable:
    """The table of transitions in a state machine's docstring: state, input, next state."""

    def __init__(self, machine: type, states: list[str]) -> None:
        self._rows: list[tuple[set[str], str]] = []
        self._walked: set[tuple[str, str]] = set()
        for row in re.findall(
            r"^ *\| (.+?) \| .+? \| (\w+) \| .* \|$", machine.__doc__ or "", re.MULTILINE
        ):
            named = set(re.findall("[A-Z_]{2,}", row[0]))
            if row[0] == "any" or row[0].startswith("any but "):
                named = set(states) - named
            if row[0] != "in":
                assert named <= set(states)
                assert row[1] in states
                self._rows.append((named, row[1]))
        assert len(self._rows) > 4

    def walk(self, before: str, after: str) -> None:
        if before != after:
            self._walked.add((before, after))

    def check(self) -> None:
        """Every step taken is in the table, and every row of the table was taken."""
        documented = set()
        for before, after in self._rows:
            pairs = {(state, after) for state in before}
            assert self._walked & pairs, f"no transcript walks {before} -> {after}"
            documented |= pairs
        assert self._walked <= documented
