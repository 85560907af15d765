"""
Proxies on this machine that reach nothing else: whatever name a client asks for, they connect to 127.0.0.1 at its port.

So a client that reached the server got through them with the right login, also under a name that only they know.
"""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import threading
import typing as t

if t.TYPE_CHECKING:
    import ssl

Handshake = t.Callable[[socket.socket], int]
"""Talks to a client until it has named where it wants to go, and gives the port; 0 turns it away."""
_SOCKS, _NO_LOGIN, _LOGIN, _NONE_FITS = 5, 0, 2, 255
_ADDRESS_LENGTHS = {1: 4, 4: 16}


@contextlib.contextmanager
def http_proxy(login: str = "", *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> t.Iterator[str]:
    """
    A proxy that takes CONNECT; its host and port, as a URL has them.

    Args:
        login: ``user:password`` that it wants, empty for none.
        host: The address that it listens at.
        tls: What it shows its clients, ``None`` for a proxy without TLS.
    """
    wanted = f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode()}\r\n".encode() if login else b""

    def handshake(client: socket.socket) -> int:
        head = b""
        while b"\r\n\r\n" not in head and head[:7] in (b"", b"CONNECT"):
            head += client.recv(4096) or b"\r\n\r\n"
        if head[:7] != b"CONNECT":
            return 0
        if wanted not in head:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return 0
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return int(head.split()[1].rpartition(b":")[2])

    with _listen(host, handshake, tls) as address:
        yield address


@contextlib.contextmanager
def socks_proxy(login: str = "", *, refusal: int = 0) -> t.Iterator[str]:
    """
    A proxy that speaks SOCKS 5 (RFC 1928); its host and port, as a URL has them.

    Args:
        login: ``user:password`` that it wants (RFC 1929), empty for none.
        refusal: What it answers to whoever asks for a connection, 0 to make it.
    """
    user, _colon, password = login.encode().partition(b":")

    def handshake(client: socket.socket) -> int:
        version, count = _receive(client, 2)
        if version != _SOCKS:
            return 0
        method = _LOGIN if login else _NO_LOGIN
        if method not in _receive(client, count):
            client.sendall(bytes((_SOCKS, _NONE_FITS)))
            return 0
        client.sendall(bytes((_SOCKS, method)))
        if login:
            _receive(client, 1)
            given = [_receive(client, _receive(client, 1)[0]) for _part in ("user", "password")]
            is_right = given == [user, password]
            client.sendall(bytes((1, 0 if is_right else 1)))
            if not is_right:
                return 0
        _version, _command, _reserved, kind = _receive(client, 4)
        _receive(client, _ADDRESS_LENGTHS.get(kind) or _receive(client, 1)[0])
        (port,) = struct.unpack("!H", _receive(client, 2))
        client.sendall(bytes((_SOCKS, refusal, 0, 1, 0, 0, 0, 0, 0, 0)))
        return 0 if refusal else int(port)

    with _listen("127.0.0.1", handshake) as address:
        yield address


@contextlib.contextmanager
def forwarder(host: str, port: int) -> t.Iterator[str]:
    """A port at another address of this machine that leads to ``port`` of 127.0.0.1; host and port, as a URL has them."""
    with _listen(host, lambda _client: port) as address:
        yield address


@contextlib.contextmanager
def _listen(host: str, handshake: Handshake, tls: ssl.SSLContext | None = None) -> t.Iterator[str]:
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ValueError, EOFError):
            line = tls.wrap_socket(client, server_side=True) if tls else client
            with line:
                port = handshake(line)
                if port:
                    with socket.create_connection(("127.0.0.1", port)) as server:
                        back = threading.Thread(target=_copy, args=(server, line), daemon=True)
                        back.start()
                        _copy(line, server)
                        back.join()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"{shown}:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _receive(client: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = client.recv(count - len(received))
        if not chunk:
            raise EOFError
        received += chunk
    return received


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
