# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which proxy a request takes, and as whom it asks there.

Source: ``golang.org/x/net/http/httpproxy``, by which kubectl reads the environment. A proxy that a kubeconfig or an option
names is taken whatever ``NO_PROXY`` says, as kubectl does.
"""

from __future__ import annotations

import base64
import ipaddress
import typing as t
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from ..errors import ConnectionProblem

_PORTS: t.Mapping[str, int] = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """
    A proxy; without ``url`` there is none.

    Attributes:
        url: Without a user and password.
        headers: What says who asks.
        secrets: The password in all forms in which it can show up.
    """

    url: str = ""
    headers: t.Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def read_proxy(url: str, where: str) -> Proxy:
    """
    Take user and password out of a proxy's URL.

    Args:
        url: Such as ``http://user:password@proxy.example.com:3128``, empty for none.
        where: What it comes from, for messages, which never quote it.

    Raises:
        ConnectionProblem: It is no URL of an HTTP proxy.
    """
    if not url:
        return Proxy()
    parts = split_url(url if "://" in url else f"http://{url}")
    if parts is None or "@" in parts.path:  # the end of a password with a slash
        raise ConnectionProblem(f"{where}: is no URL of an HTTP proxy; give one such as http://proxy.example.com:3128")
    user, at_sign, address = parts.netloc.rpartition("@")
    plain = urlunsplit((parts.scheme, address, parts.path, "", ""))
    if not at_sign:
        return Proxy(plain)
    name, _colon, password = user.partition(":")
    login = base64.b64encode(f"{unquote(name)}:{unquote(password)}".encode()).decode("ascii")
    return Proxy(plain, {"Proxy-Authorization": f"Basic {login}"}, (password, unquote(password), login))


def split_url(url: str) -> SplitResult | None:
    """The parts of an ``http`` or ``https`` URL with a host, ``None`` where it is none or holds blanks or line breaks."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    plain = url.isprintable() and " " not in url and port != 0
    return parts if plain and parts.scheme in _PORTS and parts.hostname else None


def proxy_in_environment(host: str, environment: t.Mapping[str, str]) -> Proxy:
    """
    What the environment says for the URL of an API server.

    Raises:
        ConnectionProblem: It is no URL of an HTTP proxy.
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
    if "/" in entry:
        return address is not None and address in _network(entry)
    name, only_port = _split_port(entry)
    if only_port and only_port != port:
        return False
    if _address(name):
        return bool(_address(name) == address)
    domain = name[1:] if name.startswith("*.") else name
    subdomains = domain if domain.startswith(".") else f".{domain}"
    return bool(domain) and (host == domain or host.endswith(subdomains))


def _network(text: str) -> t.Any:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return ()


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _bracket, port = entry[1:].partition("]")
        return name, port[1:]
    name, _colon, port = entry.partition(":")
    return (entry, "") if ":" in port else (name, port)


def _address(text: str) -> t.Any:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
