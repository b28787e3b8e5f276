"""What becomes of what a handler on the event loop raises."""

import asyncio
import threading

import pytest

from swarmlog import AgentCursor, MemoryCursorStore
from swarmlog.cursor import CommittedCursor
from swarmlog.handling.application import ByOperation
from swarmlog.handling.handler_table import HandlerTable
from swarmlog.handling.watch import RunWatch
from swarmlog.handling.worker import Worker


def application(watch: RunWatch) -> ByOperation:
    cursor = CommittedCursor(AgentCursor())
    return ByOperation(HandlerTable(), cursor, MemoryCursorStore(), Worker("test"), watch)


def test_should_let_ctrl_c_through_on_the_main_thread_only() -> None:
    # given
    made = application(RunWatch())
    causes: list[Exception] = []
    # when
    thread = threading.Thread(target=lambda: causes.append(made._cause(KeyboardInterrupt())))
    thread.start()
    thread.join()
    # then
    (cause,) = causes
    assert isinstance(cause.__cause__, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        made._cause(KeyboardInterrupt())


def test_should_take_any_other_end_for_a_failure() -> None:
    # given
    made = application(RunWatch())
    error = ValueError("as it is")
    # when, then
    assert made._cause(error) is error
    assert isinstance(made._cause(SystemExit(3)).__cause__, SystemExit)
    with pytest.raises(GeneratorExit):
        made._cause(GeneratorExit())


def test_should_go_on_cancelling_only_what_is_cancelled_by_the_agent() -> None:
    # given
    watch = RunWatch()
    made = application(watch)
    assert "what it waited for was cancelled" in str(made._cause(asyncio.CancelledError()))
    # when
    watch.abort()
    # then
    with pytest.raises(asyncio.CancelledError):
        made._cause(asyncio.CancelledError())
