# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which API server, and who asks: from options, a kubeconfig or the Pod that this runs in.

Where kubectl has an opinion it is ours, with one difference: an option that says who asks (a token, a user with a password,
a client certificate) takes the place of the kubeconfig's user as a whole. kubectl goes on to show that user's client
certificate, and the API server believes the certificate first.
Source: ``tools/clientcmd/client_config.go`` and ``transport/round_trippers.go`` of client-go.
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
import typing as t
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlunsplit

from ..._domain.secret_text import SecretText
from ..._domain.shown_names import check_path
from ..errors import ConnectionProblem
from ..transport import Server
from .credential_plugin import CredentialPlugin, PluginFailed, RunPlugin
from .identity import (
    Identity,
    PluginIdentity,
    basic_identity,
    check_provider,
    file_identity,
    impersonation_headers,
    oidc_token,
    token_identity,
)
from .kubeconfig import (
    Chosen,
    Document,
    Given,
    home_path,
    is_there,
    load_kubeconfig,
    names_file,
    read_regular_file,
)
from .proxy import OF_KUBECONFIG, Proxy, is_loopback, proxy_in_environment, read_proxy, split_url

DEFAULT_KUBECONFIG = "~/.kube/config"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_IN_POD = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")
_SECRET_FIELDS = ("token", "password", "client-key-data")
_SECRET_SETTINGS = ("id-token", "refresh-token", "client-secret", "access-token")
_SECRET_VARIABLES = ("KEY", "PASSWORD", "SECRET", "TOKEN")


def _no_plugins(_command: t.Sequence[str], _environment: t.Mapping[str, str]) -> bytes:
    raise PluginFailed("credential plugins cannot be run here")


def _not_registered(_secret: str) -> None:
    """For tools without a log: there is nothing to mask secrets in."""


@dataclass(frozen=True)
class Access:
    """
    What the user gives about the API server; empty means not given.

    Attributes:
        kubeconfig: Path of a kubeconfig, several joined as in ``KUBECONFIG``, or what stands in one.
        context: The context to use in it.
        host: URL of the API server; wins over the kubeconfig's.
        api_key: Bearer token; ``username`` and ``password`` for basic authentication.
        client_cert: Path of the client certificate; ``client_key`` of its key.
        ca_cert: Path of the authorities to trust.
        verify: ``False`` trusts any server.
        tls_server_name: The name to expect in the server's certificate.
        proxy: URL of an HTTP or SOCKS proxy.
        impersonate_user: Act as this user; ``impersonate_groups`` as a member of these groups.
        register: Is given each secret that is found, as soon as it is.
        run_plugin: Runs credential plugins.
    """

    kubeconfig: Given = field(default="", repr=False)
    context: str = ""
    host: str = ""
    api_key: SecretText = field(default_factory=lambda: SecretText(""))
    username: str = ""
    password: SecretText = field(default_factory=lambda: SecretText(""))
    client_cert: str = ""
    client_key: str = ""
    ca_cert: str = ""
    verify: bool | None = None
    tls_server_name: str = ""
    proxy: str = field(default="", repr=False)
    impersonate_user: str = ""
    impersonate_groups: tuple[str, ...] = ()
    register: t.Callable[[str], t.Any] = field(default=_not_registered, repr=False)
    run_plugin: RunPlugin = field(default=_no_plugins, repr=False)


def find_server(access: Access) -> Server:
    """
    Settle where to connect and as whom, without connecting. A credential plugin is run.

    Raises:
        ConnectionProblem: The configuration is missing or cannot be used.
    """
    chosen = _chosen(access)
    for secret in _secrets_in(chosen.user):
        access.register(secret)
    impersonation = impersonation_headers(
        chosen.user, chosen.where, name=access.impersonate_user, groups=access.impersonate_groups
    )
    url = _url(access, chosen)
    proxy = _proxy(access, chosen, url)
    for secret in proxy.secrets:
        access.register(secret)
    tls = _tls(access, chosen) if url.startswith("https://") else None
    identity = _identity(access, chosen)
    identity.show_certificate(tls)
    _check_clear_text(url, identity, proxy)
    for header in identity.headers().values():
        access.register(header.partition(" ")[2])
    return Server(
        url=url,
        tls=tls,
        server_name=access.tls_server_name or ("" if access.host else chosen.cluster.get("tls-server-name") or ""),
        proxy=proxy.url,
        proxy_headers=proxy.headers,
        proxy_login=proxy.login,
        proxy_tls=_tls(access, chosen) if proxy.url.startswith("https://") else None,
        credentials=identity.headers,
        impersonation=impersonation,
    )


def _chosen(access: Access) -> Chosen:
    """The cluster and user that options and environment name; both empty where only options count."""
    if access.kubeconfig:
        return load_kubeconfig(access.kubeconfig).choose(access.context)
    if access.host:
        if access.context:
            raise ConnectionProblem(
                f"context {access.context!r}: is given beside host, which reads no kubeconfig; set kubeconfig, or leave out context"
            )
        return Chosen("host", {}, {})
    default = home_path(DEFAULT_KUBECONFIG)
    path = os.environ.get("KUBECONFIG", "") or (str(default) if is_there(default) else "")
    if path.strip(os.pathsep) and (access.context or _IN_POD[0] not in os.environ or names_file(path)):
        kubeconfig = load_kubeconfig(path)
        if access.context or not kubeconfig.is_empty or _IN_POD[0] not in os.environ:
            return kubeconfig.choose(access.context)
    if access.context:
        raise ConnectionProblem(
            f"context {access.context!r}: there is no kubeconfig to look for it in; set kubeconfig or K8S_AUTH_KUBECONFIG"
        )
    if _IN_POD[0] in os.environ:
        return _pod()
    raise ConnectionProblem(
        f"kubeconfig: none is given, and there is no {DEFAULT_KUBECONFIG}; set kubeconfig, K8S_AUTH_KUBECONFIG or host"
    )


def _pod() -> Chosen:
    """The cluster and ServiceAccount of the Pod that this runs in, as a kubeconfig would have them."""
    host, port = (os.environ.get(name, "") for name in _IN_POD)
    token = SERVICE_ACCOUNT / "token"
    if not port or not token.is_file():
        missing = f"there is no file {token}" if port else f"{_IN_POD[1]} is not set"
        raise ConnectionProblem(
            f"the Pod's ServiceAccount: cannot be used ({missing}); set kubeconfig, or mount the ServiceAccount's token"
        )
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    cluster = {"server": server, "certificate-authority": str(SERVICE_ACCOUNT / "ca.crt")}
    return Chosen("the Pod's ServiceAccount", cluster, {"tokenFile": str(token)})


def _secrets_in(user: Document) -> t.Iterator[str]:
    yield from (user[name] for name in _SECRET_FIELDS if user.get(name))
    settings = (user.get("auth-provider") or {}).get("config") or {}
    yield from (settings[name] for name in _SECRET_SETTINGS if settings.get(name))
    for item in (user.get("exec") or {}).get("env") or ():
        if item and any(word in (item.get("name") or "").upper() for word in _SECRET_VARIABLES):
            yield item.get("value") or ""


def _url(access: Access, chosen: Chosen) -> str:
    """Never quoted where it is refused: a password could stand anywhere in it."""
    where = "host" if access.host else f"{chosen.where}: the server of its cluster"
    url = access.host or chosen.cluster.get("server") or ""
    if not url:
        raise ConnectionProblem(f"{where} is missing; add server to the cluster, or set host")
    parts = split_url(url)
    if "@" in url:
        access.register(url.rpartition("@")[0].rpartition("://")[2].partition(":")[2])
        raise ConnectionProblem(
            f"{where}: a user or password stands in the URL; leave it out, and set username and password or api_key"
        )
    if parts is None or parts.query or parts.fragment:
        raise ConnectionProblem(f"{where}: is no URL of an API server; give one such as https://10.0.0.1:6443")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")).rstrip("/")


def _check_clear_text(url: str, identity: Identity, proxy: Proxy) -> None:
    """Kubectl leaves credentials out where there is no TLS; whoever gave some here would be somebody else then, so that is refused."""
    parts = split_url(url)
    is_here = parts is not None and is_loopback(parts.hostname or "") and not proxy.url
    if url.startswith("https://") or is_here:
        return
    if identity.headers():
        raise ConnectionProblem(
            f"{url}: a token or password would be sent in clear text; use https, or leave the credential out"
        )
    if identity.has_certificate:
        raise ConnectionProblem(
            f"{url}: a client certificate is shown over TLS alone; use https, or leave the credential out"
        )


def _proxy(access: Access, chosen: Chosen, url: str) -> Proxy:
    if access.proxy:
        return read_proxy(access.proxy, "proxy")
    if chosen.cluster.get("proxy-url"):
        return read_proxy(chosen.cluster["proxy-url"], f"{chosen.where}: the proxy-url of its cluster", OF_KUBECONFIG)
    return proxy_in_environment(url, os.environ)


def _tls(access: Access, chosen: Chosen) -> ssl.SSLContext:
    """An option about trust takes the place of all that the kubeconfig says about it."""
    cluster = {} if access.ca_cert else chosen.cluster
    path = access.ca_cert or cluster.get("certificate-authority") or ""
    data = cluster.get("certificate-authority-data") or ""
    if data and cluster.get("certificate-authority"):
        raise ConnectionProblem(
            f"{chosen.where}: its cluster has certificate-authority and certificate-authority-data; leave one of them out"
        )
    insecure = bool(cluster.get("insecure-skip-tls-verify")) if access.verify is None else not access.verify
    if insecure and access.verify is None and (path or data):
        raise ConnectionProblem(
            f"{chosen.where}: its cluster has a certificate-authority and insecure-skip-tls-verify, and only one can be"
            " meant; set validate_certs"
        )
    suffix = "-data" if data else ""
    place = "ca_cert" if access.ca_cert else f"{chosen.where}: its cluster's certificate-authority{suffix}"
    context = ssl.create_default_context() if not (path or data) or insecure else _trusting(path, data, place)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trusting(path: str, data: str, place: str) -> ssl.SSLContext:
    pem = _decoded(data, place) if data else _content(path, place)
    try:
        return ssl.create_default_context(cadata=pem.decode("ascii", "ignore"))  # what is not ASCII is a comment
    except (ssl.SSLError, ValueError):
        shown = f" {path}" if path else ""
        raise ConnectionProblem(f"{place}{shown}: holds no certificate in PEM; give that of the authority") from None


def _identity(access: Access, chosen: Chosen) -> Identity:
    ways = {
        "api_key": bool(access.api_key.reveal()),
        "username": bool(access.username or access.password.reveal()),
        "client_cert": bool(access.client_cert or access.client_key),
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) > 1:
        raise ConnectionProblem(f"{' and '.join(given)}: each says who asks; give one of them")
    if ways["api_key"]:
        return token_identity(access.api_key.reveal(), "api_key")
    if ways["username"]:
        return basic_identity(access.username, access.password.reveal())
    if ways["client_cert"]:
        if not access.client_cert or not access.client_key:
            raise ConnectionProblem(
                "client_cert and client_key: are given together; where one file holds both, name it in both"
            )
        pair = (_content(access.client_cert, "client_cert"), _content(access.client_key, "client_key"))
        return Identity(pair=pair, where="client_cert and client_key")
    return _identity_of(access, chosen)


def _identity_of(access: Access, chosen: Chosen) -> Identity:
    """That of the kubeconfig's user: a token or password comes first, then a certificate, and a plugin where there is neither."""
    user, where = chosen.user, chosen.where
    has_token, has_login = (
        bool(user.get("token") or user.get("tokenFile")),
        bool(user.get("username") or user.get("password")),
    )
    provider = user.get("auth-provider")
    if has_token and has_login:
        raise ConnectionProblem(f"{where}: has a token and a username or password; leave one of them out")
    if user.get("exec") and provider is not None:
        raise ConnectionProblem(f"{where}: has exec and auth-provider; leave one of them out")
    if provider is not None:
        check_provider(provider, where)
    pair = _pair(user, where)
    if has_token and user.get("tokenFile"):
        return file_identity(
            Path(check_path(user["tokenFile"], where=f"{where}: tokenFile")),
            user.get("token") or "",
            pair,
            where,
            access.register,
        )
    if has_token:
        return token_identity(user["token"], where, pair)
    if has_login:
        return basic_identity(user.get("username") or "", user.get("password") or "", pair, where)
    if user.get("exec") and not pair:
        plugin = CredentialPlugin(user["exec"], where, _for_plugins(chosen.cluster, access), access.run_plugin)
        return PluginIdentity(plugin, where, access.register)
    if provider is not None:
        return token_identity(oidc_token(provider, where), where, pair)
    return Identity(pair=pair, where=where)


def _for_plugins(cluster: Document, access: Access) -> Document:
    """The cluster with the options that change it, and its authority as data: a plugin does not know our folder."""
    changed: dict[str, t.Any] = {
        **cluster,
        **({"server": access.host, "tls-server-name": access.tls_server_name} if access.host else {}),
    }
    path = access.ca_cert or ("" if cluster.get("certificate-authority-data") else cluster.get("certificate-authority"))
    if path:
        pem = _content(path, "certificate-authority")
        changed["certificate-authority-data"] = base64.b64encode(pem).decode("ascii")
    return changed


def _pair(user: Document, where: str) -> tuple[bytes, bytes] | None:
    certificate, key = (_pem(user, name, where) for name in ("client-certificate", "client-key"))
    if certificate and not key:
        raise ConnectionProblem(
            f"{where}: has a client-certificate and no client-key; add client-key or client-key-data"
        )
    return (certificate, key) if certificate and key else None


def _pem(user: Document, name: str, where: str) -> bytes:
    path, data = user.get(name) or "", user.get(f"{name}-data") or ""
    if path and data:
        raise ConnectionProblem(f"{where}: has {name} and {name}-data; leave one of them out")
    return _decoded(data, f"{where}: {name}-data") if data else _content(path, f"{where}: {name}") if path else b""


def _content(path: str, where: str) -> bytes:
    try:
        return read_regular_file(str(home_path(check_path(path, where=where))))
    except OSError as error:
        raise ConnectionProblem(
            f"{where} {path}: cannot be read ({error.strerror}); correct the path or the permissions"
        ) from None


def _decoded(data: str, where: str) -> bytes:
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ConnectionProblem(f"{where}: is no base64; check it with kubectl config view") from None
