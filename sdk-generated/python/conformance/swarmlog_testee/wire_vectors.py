"""Vectors of what stands in messages."""

from typing import Any

from google.protobuf import json_format
from google.protobuf.symbol_database import Default
from google.rpc import status_pb2
from opentelemetry import trace
from opentelemetry.context import Context

from swarmlog import tracing
from swarmlog.errors import Failure
from swarmlog.tracing import TraceText
from swarmlog_testee.forms import reason_of


def errors(vector: dict[str, Any]) -> dict[str, Any]:
    """What an error status means."""
    status = status_pb2.Status.FromString(bytes.fromhex(vector["statusHex"]))
    failure = Failure.of_status(status)
    return {
        "reason": reason_of(failure),
        "code": failure.code.value[0],
        "retryable": failure.retryable,
        "retryAfterNs": failure.retry_after_ns,
        "action": failure.action,
        "metadata": dict(failure.metadata),
    }


def traceparent(vector: dict[str, Any]) -> dict[str, str] | None:
    """The trace context that an operation carries."""
    context = tracing.span_context_of(TraceText(vector["traceparent"], vector["tracestate"]))
    if context is None:
        return None
    current = trace.set_span_in_context(trace.NonRecordingSpan(context), Context())
    written = tracing.trace_text_of(current)
    return {
        "traceId": trace.format_trace_id(context.trace_id),
        "spanId": trace.format_span_id(context.span_id),
        "flags": f"{int(context.trace_flags):02x}",
        "tracestate": "" if written is None else written.tracestate,
    }


def int64(vector: dict[str, Any]) -> dict[str, Any]:
    """A message as ProtoJSON, and what is serialized from that."""
    message = Default().GetSymbol(vector["message"])
    form = json_format.MessageToDict(message.FromString(bytes.fromhex(vector["hex"])))
    again = json_format.ParseDict(form, message())
    return {"json": form, "hex": again.SerializeToString(deterministic=True).hex()}
