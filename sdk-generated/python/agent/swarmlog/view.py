"""What an agent sees, by topics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from swarmlog.names import Topic
from swarmlog.v1 import operation_pb2, resume_pb2

DURABLE_TOPICS: Final = (Topic.CONTROL, Topic.COMMANDS, Topic.RECONCILIATION, Topic.ALERTS)
"""All but telemetry."""


def view_of(topics: Iterable[Topic], *, has_roles: bool) -> resume_pb2.View:
    """Of each topic what is for all agents, for the agent itself, and for the roles it has."""
    view = resume_pb2.View()
    for topic in sorted(topics):
        view.scopes.add(topic=topic.wire, all=operation_pb2.AllAgents())
        # Its field is called as what methods call their object.
        view.scopes.append(resume_pb2.ViewScope(topic=topic.wire, self=resume_pb2.Self()))
        if has_roles:
            view.scopes.add(topic=topic.wire, roles=resume_pb2.EveryRole())
    return view
