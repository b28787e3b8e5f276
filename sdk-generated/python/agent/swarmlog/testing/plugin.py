"""Fixtures for pytest that run a real coordinator. Loaded by pytest itself."""

import uuid
from collections.abc import Callable, Iterator, Mapping

import pytest

from swarmlog.testing.coordinator import Coordinator, NoCoordinatorError, find_command


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what chooses the coordinator."""
    group = parser.getgroup("swarmlog")
    group.addoption(
        "--swarmlog-target",
        metavar="HOST:PORT",
        help="use the coordinator at this address instead of starting one",
    )
    group.addoption(
        "--swarmlog-required",
        action="store_true",
        help="fail, and do not skip, tests that need a coordinator where there is none to start",
    )


@pytest.fixture(scope="session")
def swarmlog_coordinator(request: pytest.FixtureRequest) -> Iterator[Coordinator]:
    """One coordinator for all tests; keep them apart by `swarm`."""
    with _made(request) as coordinator:
        yield coordinator


@pytest.fixture
def swarmlog_coordinators(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Coordinator]]:
    """Make coordinators of the test's own, by settings of `swarmlog serve`, and start them.

    `coordinator = swarmlog_coordinators(in_memory=True)`. A test may stop, kill and restart them.
    """
    made: list[Coordinator] = []

    def make(**settings: str | int | bool) -> Coordinator:
        if request.config.getoption("swarmlog_target"):
            pytest.skip("Expected a coordinator of the test's own, but one was given by address")
        coordinator = _made(request, settings)
        made.append(coordinator)
        coordinator.start()
        return coordinator

    yield make
    for coordinator in made:
        coordinator.close()


@pytest.fixture
def swarm() -> str:
    """A swarm that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


def _made(
    request: pytest.FixtureRequest, settings: Mapping[str, str | int | bool] | None = None
) -> Coordinator:
    target = request.config.getoption("swarmlog_target")
    if target:
        return Coordinator.at(target)
    try:
        return Coordinator(find_command(request.config.rootpath), settings)
    except NoCoordinatorError as e:
        if request.config.getoption("swarmlog_required"):
            raise
        pytest.skip(str(e))
