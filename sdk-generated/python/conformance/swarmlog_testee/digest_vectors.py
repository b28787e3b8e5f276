"""Vectors of what an agent holds."""

from collections.abc import Iterable
from typing import Any, cast

from swarmlog import Log, Scope
from swarmlog.session import digest_parts, digests, receipt_check
from swarmlog.session.lane_ledger import LaneLedger
from swarmlog.session.lane_step import Delivered, LaneStep, StepDraft, SyncStart
from swarmlog.session.resume_point import reported
from swarmlog.session.scope_ledger import ScopeLedger
from swarmlog.v1 import drift_pb2, operation_pb2, position_pb2, resume_pb2


def state_digest(vector: dict[str, Any]) -> list[dict[str, Any]]:
    """The digest of each value, and the sums of its scope after it."""
    operations = [_operation(fields) for fields in vector["operations"]]
    scopes = list(dict.fromkeys(map(Scope.of, operations)))
    ledger = LaneLedger(None, True, [])
    start: SyncStart | None = SyncStart(scopes, False, False)
    after = []
    for operation in operations:
        to = position_pb2.Position(log=Log.MAIN.wire, op_id=operation.op_id)
        step = LaneStep(
            Log.MAIN,
            operation.op_id - 1,
            resume_pb2.LogResume(position=to),
            Delivered([operation]),
            start,
        )
        start = None
        done = ledger.prepare(step)
        (sums,) = (
            sums
            for sums in reported(done.after, with_state=True)
            if Scope.from_message(sums.scope) == Scope.of(operation)
        )
        after.append(
            {
                "valueDigestHex": operation.value_digest.hex(),
                "stateDigestHex": sums.state_digest.hex(),
                "eventCount": sums.event_count,
                "eventHashHex": sums.event_hash.hex(),
            }
        )
    return after


def parts(vector: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of an answer to a query."""
    ledger = ScopeLedger(scope_of(vector["scope"]), True, True)
    _hold(ledger, vector["held"])
    query = drift_pb2.DigestQuery(
        after_key=vector["afterKey"],
        through_key=vector["throughKey"],
        max_parts=vector["maxParts"],
    )
    keys = ledger.within(query.after_key, query.through_key)
    return [
        {
            "throughKey": part.through_key,
            "keyCount": part.key_count,
            "digestHex": part.digest.hex(),
        }
        for part in digest_parts.cut(keys, ledger.key_digests(keys), query)
    ]


def receipt(vector: dict[str, Any]) -> dict[str, Any]:
    """What differs at the end of a sync."""
    sums = {
        scope_of(fields["scope"]): operation_pb2.ScopeSums(
            state_digest=bytes.fromhex(fields["stateDigestHex"]),
            event_count=int(fields["eventCount"]),
            event_hash=bytes.fromhex(fields["eventHashHex"]),
        )
        for fields in vector["receipt"]
    }
    state, events = [], []
    for fields in vector["held"]:
        ledger = ScopeLedger(scope_of(fields["scope"]), fields["keysKnown"], False)
        _hold(ledger, fields["keys"])
        if fields["eventsKnown"]:
            ledger.take_events(int(fields["eventCount"]), bytes.fromhex(fields["eventHashHex"]))
        draft = StepDraft()
        receipt_check.check(ledger, sums.get(ledger.scope, operation_pb2.ScopeSums()), draft)
        if draft.state_differs:
            state.append(fields["scope"])
        if len(draft.mismatches) > draft.state_differs:
            events.append(fields["scope"])
    return {
        "agrees": not state and not events,
        "stateDiffers": state,
        "eventsDiffer": events,
    }


def utf8_order(vector: dict[str, Any]) -> list[str]:
    """The order of keys, as a ledger has it."""
    ledger = ScopeLedger(Scope(operation_pb2.TOPIC_COMMANDS), True, True)
    for key in vector["keys"]:
        ledger.put(key, bytes(digests.BYTES))
    return ledger.within("", "")


def scope_of(fields: dict[str, Any]) -> Scope:
    """`{"topic": 2, "kind": 3, "name": "crew"}`."""
    kind, name = fields["kind"], fields["name"]
    return Scope(fields["topic"], agent=name if kind == 2 else "", role=name if kind == 3 else "")


def _operation(fields: dict[str, Any]) -> operation_pb2.Operation:
    scope = scope_of(fields)
    payload = operation_pb2.Payload(
        type=fields["type"],
        content_type=fields["contentType"],
        schema_version=fields["schemaVersion"],
        data=bytes.fromhex(fields["dataHex"]),
    )
    operation = operation_pb2.Operation(
        op_id=int(fields["opId"]),
        topic=cast("operation_pb2.Topic", scope.topic),
        target=scope.target(),
        operation_class=f"OPERATION_CLASS_{fields['class']}",
        key=fields["key"],
        tombstone=fields["tombstone"],
    )
    if not operation.tombstone:
        operation.payload.CopyFrom(payload)
        operation.value_digest = digests.value_digest(payload)
    return operation


def _hold(ledger: ScopeLedger, keys: Iterable[dict[str, str]]) -> None:
    for key in keys:
        ledger.put(key["key"], bytes.fromhex(key["valueDigestHex"]))
