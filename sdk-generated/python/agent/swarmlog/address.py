"""Addresses of coordinators."""

from __future__ import annotations

import re
from typing import Final

_EXAMPLE: Final = 'give "localhost:7400", for example'
_MAX_PORT: Final = 65_535
_HOST: Final = re.compile(r"\[[0-9A-Fa-f:.]+(%[\w.~-]+)?\]|[\w.-]+")
_LOOPBACK: Final = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\]):\d+")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//")


def require_address(given: object) -> str:
    """The address, "host:port"; TypeError unless it is a str, ValueError if it can be none.

    What never connects would be tried for ever. An IPv6 address stands in brackets.
    """
    if not isinstance(given, str):
        raise TypeError(
            f'Expected "host:port" of a coordinator as a str, but got {given!r}: {_EXAMPLE}.'
        )
    if not given:
        raise _not_an_address("got nothing")
    if _SCHEME.match(given):
        raise _not_an_address(f"{given!r} has a scheme in front: leave that out")
    host, colon, port = given.rpartition(":")
    if not colon or given.endswith("]"):
        raise _not_an_address(f"{given!r} has no port: {_EXAMPLE}")
    if ":" in host and not host.startswith("["):
        raise _not_an_address(f"{given!r} has more than one colon: put an IPv6 address in brackets")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= _MAX_PORT):
        raise _not_an_address(
            f"the port of {given!r} is no number from 1 to {_MAX_PORT}: {_EXAMPLE}"
        )
    if not _HOST.fullmatch(host):
        raise _not_an_address(f"{host!r} is no name of a host: {_EXAMPLE}")
    return given


def is_loopback(address: str) -> bool:
    """Whether the address is of this machine alone."""
    return _LOOPBACK.fullmatch(address) is not None


def _not_an_address(why: str) -> ValueError:
    return ValueError(f'Expected "host:port" of a coordinator, but {why}.')
