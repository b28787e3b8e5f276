"""Vectors of what an agent does with frames, and says of itself."""

from typing import Any

from google.protobuf import json_format

from swarmlog import Log, Topic, targets
from swarmlog.session.lane_step import Content, Delivered, LaneStep, Paged, Repaired
from swarmlog.session.resume_point import ResumePoint
from swarmlog.v1 import (
    delivery_pb2,
    drift_pb2,
    operation_pb2,
    position_pb2,
    resume_pb2,
    session_pb2,
)
from swarmlog_testee.probed_session import ProbedSession

_START = position_pb2.Position(
    incarnation=0x0FEDCBA987654321, epoch=0x0123456789ABCDEF, log=Log.MAIN.wire, op_id=10
)


def dedupe(vector: dict[str, Any]) -> dict[str, Any]:
    """Which operations of deliveries are new, and what does not follow."""
    stands = _position(vector["position"])
    plan = resume_pb2.LogPlan(plan=resume_pb2.PLAN_CURRENT)
    if "target" in vector:
        plan.plan = resume_pb2.PLAN_DELTA
        plan.start.CopyFrom(stands)
        plan.base_op_id = stands.op_id
        plan.target.CopyFrom(stands)
        plan.target.op_id = int(vector["target"])
    session = ProbedSession(stands, plan, in_sync="target" in vector)
    ignored_before = session.ignored
    for fields in vector["deliveries"]:
        delivery = delivery_pb2.Delivery(
            from_op_id=int(fields["fromOpId"]),
            to=_position(fields["to"]),
            operations=[_event(int(op_id)) for op_id in fields["opIds"]],
        )
        session.data(session_pb2.DataResponse(delivery=delivery))
    return {
        "applied": [str(operation.op_id) for operation in session.applied],
        "ignored": session.ignored - ignored_before,
        "fits": session.out_of_order == 0,
        "opId": str(session.read_up_to),
    }


def unknown(vector: dict[str, Any]) -> dict[str, Any]:
    """What is done with what a later version may send."""
    session = ProbedSession(_START, resume_pb2.LogPlan(), in_sync=False)
    for frame in map(bytes.fromhex, vector["framesHex"]):
        if vector["stream"] == "control":
            session.control(session_pb2.ControlResponse.FromString(frame))
        else:
            session.data(session_pb2.DataResponse.FromString(frame))
    return {
        "handled": [str(operation.op_id) for operation in session.handled],
        "opId": str(session.read_up_to),
        "ends": session.has_ended,
    }


def resume(vector: dict[str, Any]) -> dict[str, Any] | None:
    """What Hello says of one log."""
    log = Log[vector["log"].removeprefix("LOG_")]
    stored = vector["stored"]
    point = ResumePoint(
        log,
        None if stored is None else json_format.ParseDict(stored, resume_pb2.LogResume()),
        vector["lacksKeys"],
    )
    said = point.present(_applying(log, vector["applying"]))
    return None if said is None else json_format.MessageToDict(said)


def _applying(log: Log, fields: dict[str, Any] | None) -> LaneStep | None:
    if fields is None:
        return None
    to = json_format.ParseDict(fields["to"], position_pb2.Position())
    return LaneStep(log, 0, resume_pb2.LogResume(position=to), _content(fields, to.op_id))


def _content(fields: dict[str, Any], op_id: int) -> Content:
    match fields["content"]:
        case "delivery":
            operation = _event(op_id)
            if fields["keyed"]:
                operation.operation_class = operation_pb2.OPERATION_CLASS_KEYED
                operation.key = "k"
            return Delivered([operation])
        case "page":
            return Paged(delivery_pb2.SnapshotPage(), ())
        case "repair":
            return Repaired(drift_pb2.Repair())
        case other:
            raise ValueError(f"Expected content of delivery, page or repair, but got {other}")


def _position(fields: dict[str, Any]) -> position_pb2.Position:
    return position_pb2.Position(
        incarnation=int(fields["incarnation"]),
        epoch=int(fields["epoch"]),
        log=Log.MAIN.wire,
        op_id=int(fields["opId"]),
    )


def _event(op_id: int) -> operation_pb2.Operation:
    return operation_pb2.Operation(
        op_id=op_id,
        topic=Topic.COMMANDS.wire,
        target=targets.all_agents(),
        operation_class=operation_pb2.OPERATION_CLASS_EVENT,
        value_digest=bytes(16),
    )
