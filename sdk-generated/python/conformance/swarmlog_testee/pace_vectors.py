"""Vectors of when and how much: delays, budgets, windows, clocks."""

from typing import Any

from google.rpc import status_pb2

from swarmlog.backoff import Backoff
from swarmlog.errors import Failure
from swarmlog.publishing.pace import SendWindow
from swarmlog.retry_budget import RetryBudget
from swarmlog.session.handler_breaker import HandlerBreaker
from swarmlog.session.heartbeats import ClockFilter
from swarmlog_testee.fraction_random import FractionRandom


def backoff(vector: dict[str, Any]) -> list[int]:
    """Delays."""
    tested = _backoff_of(vector)
    delays: list[int] = []
    for step in vector["steps"]:
        at_ns = int(step.get("atNs", 0))
        told_ns = int(step["toldNs"]) if "toldNs" in step else None
        match step["do"]:
            case "worked":
                tested.succeeded(at_ns)
            case "reset":
                tested.reset()
            case "delay":
                delays.append(tested.next_delay_ns(at_ns, told_ns))
            case "delayAfterLoss":
                delays.append(tested.delay_after_loss_ns(at_ns, told_ns))
            case "longDelay":
                delays.append(tested.long_delay_ns(at_ns, told_ns))
            case "anyDelay":
                delays.append(tested.any_delay_ns())
            case other:
                raise ValueError(f"Expected a step of this kind, but got {other}")
    return delays


def told_delay(vector: dict[str, Any]) -> dict[str, int | None]:
    """What a publisher was told."""
    status = status_pb2.Status.FromString(bytes.fromhex(vector["statusHex"]))
    told_ns = Failure.of_status(status).wait_told_ns
    return {"delayNs": None if told_ns is None else _backoff_of(vector).told_delay_ns(told_ns)}


def retry_budget(vector: dict[str, Any]) -> list[int]:
    """How many tries are granted."""
    budgets = {"handler": RetryBudget.of_handlers, "publisher": RetryBudget.of_producers}
    budget = budgets[vector["of"]]()
    granted: list[int] = []
    for step in vector["steps"]:
        if "succeeded" in step:
            budget.succeeded(step["succeeded"])
        else:
            granted.append(sum(budget.take() for _ in range(step["take"])))
    return granted


def handler_breaker(vector: dict[str, Any]) -> list[bool | int]:
    """When it is open, and for how long."""
    breaker = HandlerBreaker(_backoff_of(vector))
    after: list[bool | int] = []
    for step in vector["steps"]:
        match step["do"]:
            case "applied":
                breaker.applied(step["count"])
            case "failed":
                for _ in range(step["count"]):
                    breaker.failed()
            case "probe":
                breaker.probe()
            case "wait":
                after.append(breaker.wait_ns())
                continue
            case other:
                raise ValueError(f"Expected a step of this kind, but got {other}")
        after.append(breaker.is_open)
    return after


def send_window(vector: dict[str, Any]) -> list[int]:
    """How many groups may be in flight."""
    window = SendWindow()
    allowed: list[int] = []
    for step in vector["steps"]:
        match step["do"]:
            case "open":
                window.open(step["groups"])
            case "shrink":
                window.shrink()
            case "grow":
                window.grow()
            case other:
                raise ValueError(f"Expected a step of this kind, but got {other}")
        in_flight = 0
        while window.has_room(in_flight):
            in_flight += 1
        allowed.append(in_flight)
    return allowed


def clock_filter(vector: dict[str, Any]) -> dict[str, str] | None:
    """How far the coordinator's clock is ahead."""
    clocks = ClockFilter()
    for sample in vector["samples"]:
        clocks.sample(
            int(sample["agentSentUnixNano"]),
            int(sample["receivedUnixNano"]),
            int(sample["sentUnixNano"]),
            int(sample["agentReceivedUnixNano"]),
        )
    offset = clocks.offset()
    if offset is None:
        return None
    return {"offsetNs": str(offset.offset_ns), "uncertaintyNs": str(offset.uncertainty_ns)}


def _backoff_of(vector: dict[str, Any]) -> Backoff:
    return Backoff(FractionRandom(vector["fraction"]))
