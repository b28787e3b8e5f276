"""Print the names of the swarms of a coordinator: the least that shows that the generated client works.

Takes the coordinator's address, such as localhost:7400, and wants ../gen on PYTHONPATH.
"""

import sys

import grpc

from swarmlog.v1 import administration_pb2, administration_pb2_grpc, constants


def main(target: str) -> None:
    """Call ListSwarms once."""
    with grpc.insecure_channel(target) as channel:
        stub = administration_pb2_grpc.AdministrationServiceStub(channel)
        answer = stub.ListSwarms(
            administration_pb2.ListSwarmsRequest(),
            timeout=constants.SESSION_HANDSHAKE_TIMEOUT_MS / 1000,
        )
    for swarm in answer.swarms:
        print(swarm.name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Expected HOST:PORT of a coordinator.")
    main(sys.argv[1])
