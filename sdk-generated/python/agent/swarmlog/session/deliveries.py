"""What holds for every position, delivery, page and repair."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from swarmlog.session.scopes import Scope
from swarmlog.v1 import delivery_pb2, drift_pb2, operation_pb2, position_pb2, resume_pb2


def is_same(a: position_pb2.Position, b: position_pb2.Position) -> bool:
    """Whether both name the same point of the same history."""
    return a.op_id == b.op_id and is_same_history(a, b)


def is_same_history(a: position_pb2.Position, b: position_pb2.Position) -> bool:
    """Whether an operation ID of the one means the same in the other."""
    return a.epoch == b.epoch and a.incarnation == b.incarnation


def is_shared(of: position_pb2.Position, plan: resume_pb2.LogPlan) -> bool:
    """Whether a position of an epoch that ended is part of the history that a plan starts in.

    Only its name has changed then.
    """
    return plan.HasField("fork") and is_same_history(of, plan.fork) and of.op_id <= plan.fork.op_id


def renamed(of: position_pb2.Position, epoch: int) -> position_pb2.Position:
    """The same point of a history that goes on under the name of another epoch."""
    changed = position_pb2.Position()
    changed.CopyFrom(of)
    changed.epoch = epoch
    return changed


def misfit(
    delivery: delivery_pb2.Delivery,
    op_ids: Sequence[int],
    stands: position_pb2.Position | None,
    end: position_pb2.Position | None,
) -> str | None:
    """Why the delivery cannot be the next one.

    None if it can, or if it has been applied already.

    `op_ids` are those of its operations; `stands` is where the lane stands, None if it has no
    position yet; `end` is where deliveries end for now, None if they do not.
    """
    to = delivery.to
    if stands is not None and not is_same_history(stands, to):
        return (
            f"Expected deliveries of epoch {stands.epoch:016x}, "
            f"but got one of epoch {to.epoch:016x}"
        )
    if stands is not None and delivery.from_op_id > stands.op_id:
        return (
            f"Expected a delivery that starts at operation {stands.op_id} or before, "
            f"but it starts at {delivery.from_op_id}"
        )
    if not _ascend(delivery.from_op_id, op_ids, to.op_id):
        return (
            "Expected operations in ascending order within "
            f"({delivery.from_op_id}, {to.op_id}], but got another order"
        )
    if end is not None and to.op_id > end.op_id:
        return (
            f"Expected deliveries up to the target {end.op_id} of the sync, "
            f"but got one up to {to.op_id}"
        )
    return None


def keys_misfit(page: delivery_pb2.SnapshotPage) -> str | None:
    """Why the keys of a page are not in its interval, or not in order; None if they are."""
    before = page.after_key
    for operation in page.operations:
        key = operation.key
        if key <= before:
            return f"Expected keys in ascending order behind '{before}', but got '{key}'"
        before = key
    if page.through_key and before > page.through_key:
        return f"Expected keys up to '{page.through_key}', but got '{before}'"
    return None


def repair_scope(repair: drift_pb2.Repair) -> Scope:
    """The one scope that a repair is of."""
    return Scope.from_message(repair.pages[0].scope if repair.pages else repair.events.scope)


def repair_misfit(
    repair: drift_pb2.Repair, at: position_pb2.Position, view: Collection[Scope]
) -> str | None:
    """Why the repair cannot be applied; None if it can.

    `at` is where the lane stands, `view` the scopes that are held.
    """
    scope = repair_scope(repair)
    if scope not in view or (
        repair.HasField("events") and Scope.from_message(repair.events.scope) != scope
    ):
        return f"Expected a repair of one scope of the view, but got one of {scope}"
    before = ""
    for page in repair.pages:
        if not is_same(page.position, at):
            return (
                f"Expected a repair at operation {at.op_id}, where the lane stands, "
                f"but got one at operation {page.position.op_id}"
            )
        of_page = Scope.from_message(page.scope)
        if of_page != scope or page.after_key < before:
            return (
                f"Expected intervals of keys of {scope} in ascending order behind '{before}', "
                f"but got one of {of_page} behind '{page.after_key}'"
            )
        why = keys_misfit(page)
        if why is not None:
            return why
        before = page.through_key
    return None


def beginning(of: position_pb2.Position) -> position_pb2.Position:
    """The position before the first operation of the same log and history."""
    start = position_pb2.Position()
    start.CopyFrom(of)
    start.op_id = 0
    start.running_hash = bytes(16)
    return start


def is_keyed(operation: operation_pb2.Operation) -> bool:
    """Whether the operation is one on a key, as the log has it."""
    return operation.operation_class == operation_pb2.OPERATION_CLASS_KEYED


def _ascend(after: int, op_ids: Sequence[int], through: int) -> bool:
    last = after
    for op_id in op_ids:
        if op_id <= last:
            return False
        last = op_id
    return last <= through
