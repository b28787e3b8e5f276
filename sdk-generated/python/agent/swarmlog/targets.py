"""Whom an operation is for."""

from swarmlog.arguments import require_name
from swarmlog.v1 import operation_pb2


def all_agents() -> operation_pb2.Target:
    """Every agent of the swarm."""
    return operation_pb2.Target(all=operation_pb2.AllAgents())


def agent(name: str) -> operation_pb2.Target:
    """One agent, by its name."""
    return operation_pb2.Target(agent=require_name("an agent", name))


def role(name: str) -> operation_pb2.Target:
    """Every agent that holds the role."""
    return operation_pb2.Target(role=require_name("a role", name))


def scope_of(operation: operation_pb2.Operation) -> operation_pb2.Scope:
    """The scope an operation belongs to: its topic, and whom it is for."""
    return operation_pb2.Scope(topic=operation.topic, target=operation.target)
