# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A connection through a SOCKS 5 proxy (RFC 1928, with the login of RFC 1929), which finds the host by its name.

urllib3 needs another package for it, and kubectl does not.
Source: ``net/http/socks_bundle.go`` of Go.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
import typing as t

SOCKS_PORT = 1080
_VERSION, _CONNECT, _DONE = 5, 1, 0
_NO_LOGIN, _LOGIN = 0, 2
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LONGEST = 255
"""Bytes of a name, user or password: its length is one byte."""
_REFUSALS: t.Mapping[int, str] = {
    1: "it fails",
    2: "its rules forbid this host",
    3: "it cannot reach the network",
    4: "it cannot reach the host",
    5: "the host refuses the connection",
    6: "the host does not answer in time",
    7: "it makes no connections",
    8: "it does not know this kind of address",
}


class SocksRefused(OSError):
    """The proxy does not make the connection, or is none; the text is why, a clause."""


def connect_through(
    proxy: tuple[str, int], login: tuple[str, str] | None, target: tuple[str, int], seconds: float
) -> socket.socket:
    """
    A connection to ``target``.

    Args:
        proxy: Host and port of the proxy.
        login: User and password for it.
        target: Host and port; an IPv6 address has no brackets.
        seconds: How long all of it may take.

    Raises:
        SocksRefused: There is a proxy, and it makes no connection.
        OSError: There is none.
    """
    end = time.monotonic() + seconds
    sock = socket.create_connection(proxy, seconds)
    try:
        line = _Line(sock, end)
        _log_in(line, login)
        line.send(bytes((_VERSION, _CONNECT, 0)) + _address(target[0]) + struct.pack("!H", target[1]))
        _read_answer(line)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


class _Line:
    """A socket whose whole exchange ends at a moment."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock = sock
        self._end = end

    def send(self, content: bytes) -> None:
        self._sock.settimeout(self._left())
        self._sock.sendall(content)

    def receive(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            self._sock.settimeout(self._left())
            part = self._sock.recv(count - len(received))
            if not part:
                raise SocksRefused("it ends the connection")
            received += part
        return received

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        return left


def _log_in(line: _Line, login: tuple[str, str] | None) -> None:
    methods = bytes((_NO_LOGIN, _LOGIN)) if login else bytes((_NO_LOGIN,))
    line.send(bytes((_VERSION, len(methods))) + methods)
    version, method = line.receive(2)
    if version != _VERSION:
        raise SocksRefused("it does not speak SOCKS 5")
    if method == _NO_LOGIN:
        return
    if method != _LOGIN or login is None:
        raise SocksRefused(f"it takes nobody {'with' if login else 'without'} a user and password")
    user, password = (text.encode("utf-8", "surrogateescape") for text in login)
    if not user or len(user) > _LONGEST or len(password) > _LONGEST:
        raise SocksRefused(f"a user for it has 1 to {_LONGEST} bytes, and a password at most {_LONGEST}")
    line.send(bytes((1, len(user))) + user + bytes((len(password),)) + password)
    if line.receive(2)[1] != _DONE:
        raise SocksRefused("it does not take the user and password")


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("utf-8", "surrogateescape")
        if len(name) > _LONGEST:
            raise SocksRefused(f"the host's name has more than {_LONGEST} bytes") from None
        return bytes((_NAME, len(name))) + name
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


def _read_answer(line: _Line) -> None:
    version, answer, _reserved, kind = line.receive(4)
    if version != _VERSION:
        raise SocksRefused("it does not speak SOCKS 5")
    if answer != _DONE:
        raise SocksRefused(_REFUSALS.get(answer, "it refuses, and does not say why"))
    length = {_IPV4: 4, _IPV6: 16}.get(kind) or line.receive(1)[0]
    line.receive(length + 2)  # where the proxy connects from
