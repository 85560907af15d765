# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Who asks, and for whom: what is sent in headers and shown as a client certificate, renewed where it expires.

For whom is in ``as``, ``as-groups``, ``as-uid`` and ``as-user-extra`` of a kubeconfig's user, and in options. What an option
names takes the place of that field alone, as with kubectl's ``--as`` and ``--as-group``.
Source: ``AuthInfo`` in ``tools/clientcmd/api/v1/types.go`` and ``getAuthInfo`` in ``tools/clientcmd/client_config.go`` of
client-go.
"""

from __future__ import annotations

import base64
import contextlib
import os
import ssl
import tempfile
import threading
import time
import typing as t
from pathlib import Path
from urllib.parse import quote

from ..._domain.go.json import loads
from ..errors import ConnectionProblem
from ..transport import Headers
from .credential_plugin import CredentialPlugin, PluginCredential
from .kubeconfig import read_regular_file

Pair = t.Tuple[bytes, bytes]
"""A client certificate and its key, in PEM."""
_RENEWED_BEFORE_SECONDS = 10
_REMOVED_PROVIDERS = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}


class Identity:
    """
    Who asks, and does not change.

    Args:
        authorization: The header, empty for none.
        pair: What is shown as a client certificate.
        where: What it comes from, for messages.
    """

    def __init__(self, authorization: str = "", pair: Pair | None = None, where: str = "") -> None:
        self._authorization = authorization
        self._pair = pair
        self._where = where

    def headers(self) -> Headers:
        """What says who asks; for each request anew."""
        return {"Authorization": self._authorization} if self._authorization else {}

    @property
    def has_certificate(self) -> bool:
        """Whether there is a client certificate, shown or not."""
        return bool(self._pair)

    def show_certificate(self, tls: ssl.SSLContext | None) -> None:
        """
        Set the client certificate up.

        Raises:
            ConnectionProblem: It cannot be used.
        """
        if tls is not None and self._pair:
            _load_pair(tls, self._pair, self._where)


class TokenFileIdentity(Identity):
    """A token in a file, which is written anew before it expires, as in a Pod."""

    def __init__(
        self, path: Path, otherwise: str, pair: Pair | None, where: str, register: t.Callable[[str], t.Any]
    ) -> None:
        super().__init__("", pair, where)
        self._path = path
        self._token = otherwise
        self._register = register

    def headers(self) -> Headers:
        """As it stands there now; where it cannot be read any more or is empty, as it stood there last."""
        try:
            token = read_regular_file(str(self._path)).decode("ascii").strip() or self._token
        except OSError as error:
            if not self._token:
                raise ConnectionProblem(
                    f"{self._where}: tokenFile {self._path} cannot be read ({error.strerror}); correct the path, or log in"
                ) from None
            token = self._token
        except ValueError:
            token = ""
        if not token:
            raise ConnectionProblem(f"{self._where}: tokenFile {self._path} holds no token; log in")
        if token != self._token:
            self._register(token)
            self._token = token
        return {"Authorization": f"Bearer {_one_line(token, self._where)}"}


class PluginIdentity(Identity):
    """What a credential plugin gives; it is run again when that expires."""

    def __init__(self, plugin: CredentialPlugin, where: str, register: t.Callable[[str], t.Any]) -> None:
        super().__init__(where=where)
        self._plugin = plugin
        self._register = register
        self._lock = threading.Lock()
        self._credential: PluginCredential | None = None
        self._tls: ssl.SSLContext | None = None

    def headers(self) -> Headers:
        """Its token, if it gave one."""
        token = self._current().token
        return {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def has_certificate(self) -> bool:
        """Whether the plugin gave a certificate; it is run if it has not been."""
        return bool(self._current().certificate)

    def show_certificate(self, tls: ssl.SSLContext | None) -> None:
        """Run it for the first time, and show its certificate, if it gave one."""
        self._tls = tls
        self._current()

    def _current(self) -> PluginCredential:
        with self._lock:
            known = self._credential
            if known and (known.expires is None or time.time() < known.expires - _RENEWED_BEFORE_SECONDS):
                return known
            found = self._plugin.ask()
            for secret in (found.token, found.key):
                self._register(secret)
            if found.certificate and self._tls is not None:
                _load_pair(self._tls, (found.certificate.encode(), found.key.encode()), self._where)
            self._credential = found
            return found


def token_identity(token: str, where: str, pair: Pair | None = None) -> Identity:
    """
    An identity by a bearer token.

    Raises:
        ConnectionProblem: The token holds a character that no header may have.
    """
    one_line = _one_line(token.rstrip(" \t"), where)
    return Identity(f"Bearer {one_line}", pair, where)


def basic_identity(username: str, password: str, pair: Pair | None = None, where: str = "username") -> Identity:
    """An identity by a user name and a password."""
    login = base64.b64encode(f"{username}:{password}".encode("utf-8", "surrogateescape")).decode("ascii")
    return Identity(f"Basic {login}", pair, where)


def file_identity(
    path: Path, otherwise: str, pair: Pair | None, where: str, register: t.Callable[[str], t.Any]
) -> Identity:
    """
    A token in a file.

    Raises:
        ConnectionProblem: It cannot be read, and there is no other.
    """
    identity = TokenFileIdentity(path, otherwise, pair, where, register)
    identity.headers()
    return identity


def check_provider(provider: t.Mapping[str, t.Any], where: str) -> None:
    """
    Refuse an auth-provider that kubectl does not use, beside what else there is, too.

    Raises:
        ConnectionProblem: kubectl does not know it any more, or nobody can log in with it.
    """
    name, settings = provider.get("name") or "", provider.get("config") or {}
    if name in _REMOVED_PROVIDERS:
        raise ConnectionProblem(
            f"{where}: kubectl knows the auth-provider {name!r} no more; use the credential plugin {_REMOVED_PROVIDERS[name]}"
        )
    if name != "oidc":
        raise ConnectionProblem(f"{where}: has an auth-provider that kubectl does not know; use a credential plugin")
    for setting in ("idp-issuer-url", "client-id"):
        if not settings.get(setting):
            raise ConnectionProblem(f"{where}: its auth-provider has no {setting}; add it, or use a credential plugin")


def oidc_token(provider: t.Mapping[str, t.Any], where: str) -> str:
    """
    The token that kubectl keeps in a kubeconfig.

    Only kubectl renews it: an identity provider may take a refresh token once, and what it gives for it must then be written
    to the kubeconfig.

    Raises:
        ConnectionProblem: It is expired.
    """
    token: str = provider["config"].get("id-token") or ""
    if _expires(token) - _RENEWED_BEFORE_SECONDS <= time.time():
        raise ConnectionProblem(
            f"{where}: has no id-token that is still valid; run kubectl with this kubeconfig, which renews it, or use a"
            " credential plugin"
        )
    return token


def _expires(token: str) -> float:
    """``exp`` of a JSON Web Token, 0 where there is none."""
    parts = token.split(".")
    try:
        claims = loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0.0


def _one_line(token: str, where: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConnectionProblem(
            f"{where}: the token is empty, or holds a line break, a blank or another character that no token has; check where"
            " it comes from"
        )
    return token


def _load_pair(tls: ssl.SSLContext, pair: Pair, where: str) -> None:
    with _as_file(b"\n".join(pair)) as path:
        try:
            tls.load_cert_chain(path, password="")
        except (ssl.SSLError, OSError):
            raise ConnectionProblem(
                f"{where}: the client certificate and key cannot be used; give both in PEM, of one pair, the key without a password"
            ) from None


@contextlib.contextmanager
def _as_file(content: bytes) -> t.Iterator[str]:
    """A path that OpenSSL can read from: in memory, or where that cannot be in a temporary file that only we may read."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with open(os.memfd_create("regcred"), "wb", buffering=0) as file:  # noqa: PTH123  # there is no path yet
            file.write(content)
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(prefix="regcred-", buffering=0) as named:
            named.write(content)
            yield named.name


def impersonation_headers(
    user: t.Mapping[str, t.Any], where: str, *, name: str = "", groups: t.Sequence[str] = ()
) -> tuple[tuple[str, str], ...]:
    """
    The headers that say for whom.

    Args:
        user: The kubeconfig's user, of the right types; empty for none.
        where: It, for messages.
        name: The option's user; ``groups`` the option's groups. Empty for what is not given.

    Raises:
        ConnectionProblem: Groups, uid or extra without a user, which an API server takes as a request of one's own.
    """
    name = name or user.get("as") or ""
    if groups and not name:
        raise ConnectionProblem("impersonate_groups: is given without impersonate_user; set it, too")
    all_groups = groups or [group or "" for group in user.get("as-groups") or ()]
    uid, extra = user.get("as-uid"), user.get("as-user-extra") or {}
    if not name and (all_groups or uid or extra):
        raise ConnectionProblem(
            f"{where}: has as-groups, as-uid or as-user-extra, and no as; add as to it, or set impersonate_user"
        )
    headers = [("Impersonate-User", name)] if name else []
    headers += [("Impersonate-Uid", uid)] if uid else []
    headers += [("Impersonate-Group", group) for group in all_groups]
    for key, values in extra.items():
        named = f"Impersonate-Extra-{quote(key, safe='')}"
        headers += [(named, value or "") for value in values or ()]
    return tuple(headers)
