"""What a vector asks for, computed by what agents and publishers are made of.

What goes in and comes out, conformance/vectors/README.md says.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from swarmlog_testee import digest_vectors, lane_vectors, pace_vectors, wire_vectors

_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "state-digest": digest_vectors.state_digest,
    "digest-parts": digest_vectors.parts,
    "receipt": digest_vectors.receipt,
    "utf8-order": digest_vectors.utf8_order,
    "backoff": pace_vectors.backoff,
    "told-delay": pace_vectors.told_delay,
    "retry-budget": pace_vectors.retry_budget,
    "handler-breaker": pace_vectors.handler_breaker,
    "send-window": pace_vectors.send_window,
    "clock-filter": pace_vectors.clock_filter,
    "dedupe": lane_vectors.dedupe,
    "resume": lane_vectors.resume,
    "unknown": lane_vectors.unknown,
    "errors": wire_vectors.errors,
    "traceparent": wire_vectors.traceparent,
    "int64": wire_vectors.int64,
}


def compute(kind: str, input_json: str) -> str | None:
    """The answer as JSON; None if the kind is not known."""
    known = _KINDS.get(kind)
    return None if known is None else json.dumps(known(json.loads(input_json)))
