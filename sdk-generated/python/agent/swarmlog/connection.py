"""Connections to a coordinator."""

import asyncio
import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Final

import grpc
import grpc.aio

from swarmlog.address import is_loopback, require_address
from swarmlog.backoff import LAST_CEILING_NS, Randomness
from swarmlog.units import NS_PER_MS
from swarmlog.v1 import constants
from swarmlog.version import version

DEFAULT_KEEPALIVE: Final = timedelta(seconds=30)
LEAST_KEEPALIVE: Final = timedelta(seconds=5)
_KEEPALIVE_TIMEOUT: Final = timedelta(seconds=10)


class Security:
    """How a connection is secured. Files are read once, when this is made."""

    def __init__(self, credentials: grpc.ChannelCredentials | None) -> None:
        """Use the class methods; `credentials` are gRPC's, None for none."""
        self.credentials: Final = credentials

    @classmethod
    def plaintext(cls) -> "Security":
        """None. The default for loopback targets; anywhere else it must be asked for."""
        return cls(None)

    @classmethod
    def tls(cls, ca: str | os.PathLike[str] | None = None) -> "Security":
        """TLS, trusting the certificates of a PEM file only, or what gRPC trusts.

        The latter is the default for targets that are not loopback. ValueError if the file cannot
        be read.
        """
        return cls(grpc.ssl_channel_credentials(None if ca is None else _read(ca)))

    @classmethod
    def mutual_tls(
        cls,
        certificate: str | os.PathLike[str],
        key: str | os.PathLike[str],
        ca: str | os.PathLike[str],
    ) -> "Security":
        """TLS with a certificate of the client's own.

        PEM files: a chain, its key, and the certificates to trust. ValueError if one cannot be
        read.
        """
        return cls(grpc.ssl_channel_credentials(_read(ca), _read(key), _read(certificate)))


class Connection:
    """One connection to a coordinator.

    The norm is one per agent, made by the agent itself and shared with its publisher. Make one to
    share it between agents of a process. Connects when it is first used.

    Belongs to the event loop it is first used on, or entered on by `async with`, and to the
    process that uses it first: gRPC's channels survive no fork.
    """

    def __init__(
        self,
        target: str,
        *,
        security: Security | None = None,
        keepalive: timedelta = DEFAULT_KEEPALIVE,
        max_message_bytes: int = constants.SESSION_MAX_MESSAGE_BYTES,
        random: Randomness = random.Random(),  # noqa: B008 - one generator for all is what is meant
    ) -> None:
        """Make a connection to `target`, "host:port", with an IPv6 address in brackets.

        ValueError if nothing could ever be reached there. Without `security` it is plaintext to
        loopback, and TLS to anywhere else. After so much silence (`keepalive`, at least 5 s) the
        coordinator is pinged; without an answer for 10 s the connection is lost. A delivery may be
        as large as the largest group: messages above `max_message_bytes` end the stream. Jitter is
        drawn from `random`.
        """
        require_address(target)
        if keepalive < LEAST_KEEPALIVE:
            raise ValueError(
                f"Expected a keepalive of {LEAST_KEEPALIVE} or more, but got {keepalive}."
            )
        self.target: Final = target
        self.random: Final = random
        self._security = security or (
            Security.plaintext() if is_loopback(target) else Security.tls()
        )
        self._options: Final = _options(keepalive, max_message_bytes)
        if is_loopback(target):
            # A proxy that the environment names has another loopback.
            self._options.append(("grpc.enable_http_proxy", 0))
        self._channel: grpc.aio.Channel | None = None
        self._process = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._retired: set[asyncio.Task[None]] = set()

    def channel(self) -> grpc.aio.Channel:
        """The channel as it is, for calls that may fail."""
        self.bind()
        if self._channel is None:
            self._channel = self._open()
        return self._channel

    def bind(self) -> None:
        """Belong to this process and this event loop. RuntimeError if it belongs to others."""
        if self._closed:
            raise RuntimeError("Expected the connection to be open, but it was closed.")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._process = os.getpid()
            self._loop = loop
        elif self._process != os.getpid():
            raise RuntimeError(
                f"Expected to be used in process {self._process}, which began to use it, but this "
                f"is process {os.getpid()}, forked from it: connect after the fork, or start "
                "processes by the method 'spawn'."
            )
        elif self._loop is not loop:
            raise RuntimeError(
                "Expected to be used on the event loop it belongs to, but this is another one: "
                "make a connection for each loop."
            )

    def channel_for_attempt(self) -> grpc.aio.Channel:
        """A channel that connects at once where it is not connected.

        Our own backoff decides when to try: that of a channel that could not connect must not add
        to it, so such a channel is replaced.
        """
        channel = self.channel()
        if channel.get_state() == grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            self._retire(channel)
            channel = self._channel = self._open()
        return channel

    async def lost(self) -> None:
        """Return when what is connected now is lost, at once if it is lost already."""
        channel = self.channel()
        while channel.get_state() == grpc.ChannelConnectivity.READY:
            await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)

    async def close(self) -> None:
        """Close the channel. Close what uses the connection first."""
        self._closed = True
        if self._channel is not None and self._process == os.getpid():
            await self._channel.close()
        if self._retired:
            await asyncio.gather(*self._retired, return_exceptions=True)

    async def __aenter__(self) -> "Connection":
        self.bind()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _open(self) -> grpc.aio.Channel:
        if self._security.credentials is None:
            return grpc.aio.insecure_channel(self.target, options=self._options)
        return grpc.aio.secure_channel(
            self.target, self._security.credentials, options=self._options
        )

    def _retire(self, channel: grpc.aio.Channel) -> None:
        closing = asyncio.get_running_loop().create_task(channel.close())
        self._retired.add(closing)
        closing.add_done_callback(self._retired.discard)


def _options(keepalive: timedelta, max_message_bytes: int) -> list[tuple[str, object]]:
    return [
        ("grpc.primary_user_agent", f"swarmlog-python/{version()}"),
        ("grpc.max_receive_message_length", max_message_bytes),
        # The coordinator says how much it takes.
        ("grpc.max_send_message_length", -1),
        ("grpc.keepalive_time_ms", keepalive // timedelta(milliseconds=1)),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT // timedelta(milliseconds=1)),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.enable_retries", 0),
        # Failed connects are not remembered for other channels, nor tried again by gRPC itself
        # before ours are: see channel_for_attempt.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", LAST_CEILING_NS // NS_PER_MS),
        ("grpc.max_reconnect_backoff_ms", 2 * LAST_CEILING_NS // NS_PER_MS),
    ]


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as e:
        raise ValueError(
            f"Expected a PEM file, but {os.fspath(path)} could not be read: check path and "
            f"permissions ({e})"
        ) from e
