"""Tests with a real coordinator.

The fixtures are in `swarmlog.testing.plugin`, which pytest finds by itself; `Coordinator` needs no
pytest.
"""

from swarmlog.testing.coordinator import (
    Coordinator,
    CoordinatorError,
    NoCoordinatorError,
    find_command,
)

__all__ = ["Coordinator", "CoordinatorError", "NoCoordinatorError", "find_command"]
