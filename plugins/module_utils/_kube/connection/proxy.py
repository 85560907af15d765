# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which proxy a request takes, and as whom it asks there.

Source: ``golang.org/x/net/http/httpproxy``, by which kubectl reads the environment. A proxy that a kubeconfig or an option
names is taken whatever ``NO_PROXY`` says, as kubectl does. Schemes of a kubeconfig's proxy: ``parseProxyURL`` in
``tools/clientcmd/helpers.go`` of client-go; of the environment's: ``net/http/transport.go`` of Go.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from ..errors import ConnectionProblem

_PORTS: t.Mapping[str, int] = {"http": 80, "https": 443}
_HTTP = tuple(_PORTS)
_SOCKS = ("socks5", "socks5h")
"""Both leave it to the proxy to find the host."""
OF_KUBECONFIG = (*_PORTS, "socks5")
_ALL = (*_PORTS, *_SOCKS)


@dataclass(frozen=True)
class Proxy:
    """
    A proxy; without ``url`` there is none.

    Attributes:
        url: Without a user and password.
        headers: What says to an HTTP proxy who asks.
        login: User and password for a SOCKS proxy, ``None`` for neither.
        secrets: The password in all forms in which it can show up.
    """

    url: str = ""
    headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def read_proxy(url: str, where: str, schemes: t.Sequence[str] = _ALL) -> Proxy:
    """
    Take user and password out of a proxy's URL.

    Args:
        url: Such as ``http://user:password@proxy.example.com:3128``, empty for none.
        where: What it comes from, for messages, which never quote it.
        schemes: What it may begin with; where that is all, it may begin with the host, too.

    Raises:
        ConnectionProblem: It is no URL of such a proxy.
    """
    if not url:
        return Proxy()
    parts = split_url(url if "://" in url or schemes != _ALL else f"http://{url}", schemes)
    if parts is None or "@" in parts.path:  # the end of a password with a slash
        raise ConnectionProblem(
            f"{where}: is no URL of an HTTP or SOCKS proxy; give one such as http://proxy.example.com:3128 or"
            " socks5://proxy.example.com:1080"
        )
    user, at_sign, address = parts.netloc.rpartition("@")
    plain = urlunsplit((parts.scheme, address, parts.path, "", ""))
    if not at_sign:
        return Proxy(plain)
    name, _colon, password = user.partition(":")
    login = (unquote(name), unquote(password))
    basic = base64.b64encode(":".join(login).encode("utf-8", "surrogateescape")).decode("ascii")
    secrets = (password, login[1], basic)
    if parts.scheme in _SOCKS:
        return Proxy(plain, login=login, secrets=secrets)
    return Proxy(plain, {"Proxy-Authorization": f"Basic {basic}"}, secrets=secrets)


def split_url(url: str, schemes: t.Container[str] = _HTTP) -> SplitResult | None:
    """The parts of a URL with a host, ``None`` where it is none, has another scheme, or holds blanks or line breaks."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    plain = url.isprintable() and " " not in url and port != 0
    return parts if plain and parts.scheme in schemes and parts.hostname else None


def proxy_in_environment(host: str, environment: t.Mapping[str, str]) -> Proxy:
    """
    What the environment says for the URL of an API server.

    Raises:
        ConnectionProblem: It is no URL of a proxy.
    """
    parts = urlsplit(host)
    names = ("HTTPS_PROXY", "https_proxy") if parts.scheme == "https" else ("HTTP_PROXY", "http_proxy")
    name = next((each for each in names if environment.get(each)), "")
    without = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if not name or _is_direct(parts.hostname or "", str(parts.port or _PORTS.get(parts.scheme) or ""), without):
        return Proxy()
    return read_proxy(environment[name], f"the environment variable {name}")


def is_loopback(host: str) -> bool:
    """Whether what goes to a host stays on this machine."""
    address = _address(host)
    return host == "localhost" or bool(address and address.is_loopback)


def _is_direct(host: str, port: str, no_proxy: str) -> bool:
    address = _address(host)
    if is_loopback(host):
        return True
    return any(_matches(entry.strip().lower(), host, port, address) for entry in no_proxy.split(","))


def _matches(entry: str, host: str, port: str, address: t.Any) -> bool:
    if entry in ("", "*"):
        return entry == "*"
    network = _network(entry)
    if network is not None:
        return address is not None and address in network
    name, only_port = _split_port(entry)
    if only_port and only_port != port:
        return False
    if address is not None or _address(name) is not None:
        return bool(_address(name) == address)
    domain = name[1:] if name.startswith("*.") else name
    subdomains = domain if domain.startswith(".") else f".{domain}"
    return bool(domain) and (host == domain or host.endswith(subdomains))


def _network(text: str) -> t.Any:
    """The network in CIDR notation, ``None`` for anything else; Kubernetes reads leading zeros, and Python a mask of four numbers."""
    address, _slash, length = text.partition("/")
    if not re.fullmatch("[0-9]+", length):
        return None
    plain = address if ":" in address else re.sub(r"\b0+(?=[0-9])", "", address)
    try:
        return ipaddress.ip_network(f"{plain}/{length}", strict=False)
    except ValueError:
        return None


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, bracket, port = entry[1:].partition("]:")
        return (name, port) if bracket else (entry, "")
    name, _colon, port = entry.partition(":")
    return (entry, "") if ":" in port else (name, port)


def _address(text: str) -> t.Any:
    """The IP address, that of IPv4 where IPv6 only stands for it; ``None`` for a name."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
