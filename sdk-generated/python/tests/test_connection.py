import asyncio
import functools
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from swarmlog import Connection, Publisher, Security, Topic, event
from swarmlog.v1 import administration_pb2
from swarmlog.v1.administration_pb2_grpc import AdministrationServiceStub


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_should_say_which_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"missing\.pem could not be read"):
        Security.tls(tmp_path / "missing.pem")


def test_should_refuse_what_the_coordinator_would() -> None:
    with pytest.raises(ValueError, match="keepalive of 0:00:05 or more"):
        Connection("localhost:7400", keepalive=timedelta(seconds=1))
    with pytest.raises(ValueError, match="host:port"):
        Connection("")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("", "got nothing"),
        ("localhost", "has no port"),
        ("[::1]", "has no port"),
        ("localhost:", "no number from 1 to 65535"),
        ("localhost:0", "no number"),
        ("localhost:65536", "no number"),
        ("localhost:http", "no number"),
        ("localhost:-1", "no number"),
        ("localhost:\u0661", "no number"),
        (":7400", "no name of a host"),
        ("local host:7400", "no name of a host"),
        (" localhost:7400", "no name of a host"),
        ("me@localhost:7400", "no name of a host"),
        ("localhost:7400 ", "no number"),
        ("localhost:7400/", "no number"),
        ("::1:7400", "in brackets"),
        ("http://localhost:7400", "a scheme in front"),
        ("dns:///localhost:7400", "a scheme in front"),
        ("//localhost:7400", "a scheme in front"),
    ],
)
def test_should_refuse_what_is_no_address(target: str, said: str) -> None:
    for make in (Connection, functools.partial(Publisher, swarm="s", name="p")):
        with pytest.raises(
            ValueError, match=f'Expected "host:port" of a coordinator, but .*{said}'
        ):
            make(target)


@pytest.mark.parametrize("target", [7400, None, b"localhost:7400", ("localhost", 7400)])
def test_should_refuse_an_address_that_is_no_text(target: Any) -> None:
    with pytest.raises(TypeError, match="as a str, but got"):
        Connection(target)


@pytest.mark.parametrize(
    ("target", "plaintext"),
    [
        ("localhost:7400", True),
        ("127.0.0.2:7400", True),
        ("[::1]:7400", True),
        ("[fe80::1%eth0]:7400", False),
        ("10.0.0.1:65535", False),
        ("127.example.org:7400", False),
        ("grüße_1.example.org:1", False),
        ("localhost.example.org:7400", False),
        ("db:7400", False),
    ],
)
def test_should_be_plaintext_to_loopback_only(target: str, plaintext: bool) -> None:
    assert (Connection(target)._security.credentials is None) == plaintext


async def test_should_replace_a_channel_that_could_not_connect() -> None:
    # given
    async with Connection(f"127.0.0.1:{_closed_port()}") as connection:
        channel = connection.channel_for_attempt()
        assert connection.channel_for_attempt() is channel
        # when
        with pytest.raises(grpc.aio.AioRpcError) as thrown:
            await AdministrationServiceStub(channel).GetStatus(
                administration_pb2.GetStatusRequest()
            )
        # then
        assert thrown.value.code() == grpc.StatusCode.UNAVAILABLE
        assert connection.channel_for_attempt() is not channel
        await connection.lost()


async def test_should_not_be_used_once_closed() -> None:
    # given
    connection = Connection("localhost:7400")
    await connection.close()
    # when, then
    with pytest.raises(RuntimeError, match="it was closed"):
        connection.channel()


async def test_should_not_be_used_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    async with Connection("localhost:7400") as connection:
        connection.channel()
        # when
        monkeypatch.setattr("os.getpid", lambda: 1)
        # then
        with pytest.raises(RuntimeError, match="forked from it"):
            connection.channel()
        monkeypatch.undo()


async def test_should_belong_to_the_event_loop_it_is_entered_on() -> None:
    async def used(what: Publisher | Connection) -> None:
        if isinstance(what, Connection):
            what.channel()
        else:
            await what.publish(event(Topic.COMMANDS, "a", type="t"))

    given: list[Publisher | Connection] = [
        Connection("localhost:1"),
        Publisher("localhost:1", swarm="s", name="p"),
    ]
    for what in given:
        # given
        async with what:
            # when, then
            with pytest.raises(RuntimeError, match="this is another one"):
                await asyncio.to_thread(asyncio.run, used(what))
