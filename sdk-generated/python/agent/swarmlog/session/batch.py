"""What handlers of batches and stores of effects get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from swarmlog.names import Log
from swarmlog.operation import Operation
from swarmlog.session.held_key import HeldKey, KeyInterval
from swarmlog.v1 import operation_pb2, position_pb2


@dataclass(frozen=True)
class Batch:
    """An ordered run of operations of one log.

    One or more whole publish groups, as far as the agent may see them.

    There is nothing in it that the agent has already applied.

    Or a page of keyed state, when the agent takes over a snapshot: then the operations are those
    that set the keys of the page, as far as the agent does not hold them already, and deletions of
    held keys that are not in the page. They are no run of the log: their operation IDs lie at or
    below `to` in any order. Deletions made by the agent itself, here and for scopes that left its
    view, carry the operation ID at which they are made.

    An operation that the agent is given again (`Operation.redelivery`) stands in it as the first
    one was, keyed or not: what the user's state is to become. It is an event in the log, and none
    of `changed_keys`.

    Or a repair, see `repair`.
    """

    log: Log
    """The lane it came on."""

    from_op_id: int
    """Where the interval starts that the batch covers, exclusive; 0 in telemetry."""

    to: position_pb2.Position
    """Where it ends, inclusive: the position to store together with the effects.

    In telemetry nothing but the log.
    """

    messages: Sequence[operation_pb2.Operation]
    """The operations as messages, not to be changed."""

    changed_keys: Sequence[HeldKey] = ()
    """What the batch changes in the agent's key index, in order.

    An `EffectStore` that keeps the index stores them with the effects. Empty where it does not.
    """

    replaced: Sequence[KeyInterval] = ()
    """Intervals of keys that `operations` replace.

    What the user's state holds of them and is not among the operations is to be deleted. Only where
    the agent has no key index and cannot name the deletions itself.
    """

    repair: bool = False
    """What the agent held differed from the log.

    These keys are set and deleted as they are in the log at `to`; otherwise as in a page of keyed
    state, but also where the agent believes to hold that value already.
    """

    @cached_property
    def operations(self) -> Sequence[Operation]:
        """Ascending by operation ID, but for pages and deletions made by the agent.

        Empty when only the cursor moves on, because nothing of the interval is for this agent.
        """
        return [Operation(message) for message in self.messages]

    def without_operations(self) -> Batch:
        """The same batch with none of its operations: they are passed over."""
        return replace(self, messages=(), replaced=())

    def groups(self) -> list[Sequence[Operation]]:
        """The operations cut into their publish groups, in order."""
        groups: list[Sequence[Operation]] = []
        start = 0
        for i in range(1, len(self.operations) + 1):
            if (
                i == len(self.operations)
                or self.messages[i].group_first != self.messages[start].group_first
            ):
                groups.append(self.operations[start:i])
                start = i
        return groups
