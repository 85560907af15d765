"""
The server that a registry with bearer tokens sends its clients to (distribution's ``spec/auth/token.md`` and ``oauth.md``).

It runs in a thread of ours: what it knows of users is what the registry's owner knows, at any time.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import http
import http.server
import json
import ssl
import threading
import time
import typing as t
import urllib.parse
from dataclasses import dataclass, field

from tests.cluster.pki import KeyPair, make_key, public_jwk, sign_token
from tests.cluster.ports import LOOPBACK

if t.TYPE_CHECKING:
    from pathlib import Path

SERVICE: t.Final = "registry-in-a-box"
KEY_ID: t.Final = "token-server"
SECONDS: t.Final = 300


@dataclass(frozen=True)
class TokenServer:
    """
    A token server that answers.

    Attributes:
        port: On 127.0.0.1.
        users: The password of each user, who may do all; read at each request.
        key: What tokens are signed with.
    """

    port: int
    users: t.Mapping[str, str] = field(repr=False)
    key: KeyPair = field(repr=False)

    @property
    def settings(self) -> dict[str, str]:
        """A registry's settings, as ``auth.token``; the file ``tokens.jwks`` holds `jwks`."""
        realm = f"https://{LOOPBACK}:{self.port}/token"
        return {"realm": realm, "service": SERVICE, "issuer": SERVICE, "jwks": "tokens.jwks"}

    @property
    def jwks(self) -> dict[str, t.Any]:
        """The keys that a registry trusts."""
        return {"keys": [public_jwk(self.key, KEY_ID)]}

    def knows(self, user: str, password: str) -> bool:
        """Whether this is a user's password."""
        return self.users.get(user) == password

    def token(self, user: str, scopes: t.Iterable[str]) -> str:
        """
        A token for all that is asked for, or for nothing where nobody asks.

        Args:
            user: Empty for a client that named none.
            scopes: Such as ``repository:team/app:pull,push``.
        """
        now = int(time.time())
        times = {"iat": now, "nbf": now - 10, "exp": now + SECONDS}
        access = [_access(scope) for scope in scopes] if user else []
        return sign_token(self.key, {"iss": SERVICE, "aud": SERVICE, "sub": user, "access": access, **times}, KEY_ID)


@contextlib.contextmanager
def serve_tokens(users: t.Mapping[str, str], certificate: Path, key: Path) -> t.Iterator[TokenServer]:
    """
    A token server for the time of a ``with``.

    Args:
        users: The password of each user.
        certificate: For 127.0.0.1.
        key: The certificate's.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), _Handler) as listener:
        listener.daemon_threads = True
        # The handshake is the thread's that answers: a client that is slow holds nobody up.
        listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
        server = TokenServer(listener.server_address[1], users, make_key())
        _Handler.servers[server.port] = server
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
            del _Handler.servers[server.port]


class _Handler(http.server.BaseHTTPRequestHandler):
    """A GET with basic authentication, or a POST with a password in its form; containerd tries the POST first."""

    servers: t.ClassVar[dict[int, TokenServer]] = {}
    timeout = 10
    disable_nagle_algorithm = True  # the body, which comes after the head, would wait for 40 ms

    def do_GET(self) -> None:
        """Who names no user gets a token that allows nothing, as from public registries."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        user, password = _basic(self.headers.get("Authorization", ""))
        self._answer(user, password, query.get("scope", []))

    def do_POST(self) -> None:
        """OAuth 2, by password only: no refresh token was ever given."""
        text = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = urllib.parse.parse_qs(text)
        user, password = (form.get(name, [""])[0] for name in ("username", "password"))
        self._answer(user, password, " ".join(form.get("scope", [])).split())

    def log_message(self, *_unused: object) -> None:
        """Tell nobody: paths and headers are of no use to a test's reader."""

    def _answer(self, user: str, password: str, scopes: t.Iterable[str]) -> None:
        server = self.servers[self.server.server_address[1]]  # type: ignore[index]
        if user and not server.knows(user, password):
            self._send(http.HTTPStatus.UNAUTHORIZED, {"errors": [{"code": "UNAUTHORIZED", "message": "who is that?"}]})
            return
        token = server.token(user, scopes)
        self._send(http.HTTPStatus.OK, {"token": token, "access_token": token, "expires_in": SECONDS})

    def _send(self, status: int, answer: t.Mapping[str, t.Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _basic(header: str) -> tuple[str, str]:
    kind, _space, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        user, _colon, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "unreadable", ""
    return user, password


def _access(scope: str) -> dict[str, t.Any]:
    kind, _colon, rest = scope.partition(":")
    name, _colon, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}
