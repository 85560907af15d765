# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Host and path of a registry key, read as Go's ``net/url`` reads it.

Python's ``urllib.parse`` lower-cases hosts, knows nothing of Go's rules for escapes, and accepts what Go refuses.
Source: ``net/url`` of Go 1.26 (``parse``, ``parseAuthority``, ``parseHost``, ``unescape``) and ``net.SplitHostPort``. Texts
are bytes, because an escape can make any byte.

A ``*`` in a label of the host stands for any text. Source: ``filepath.Match`` of Go, as ``URLsMatch`` in
``pkg/credentialprovider/keyring.go`` uses it. Of its other special characters, a URL's host can hold only brackets, and those
only around an IPv6 address, which is then taken for a class of characters: ``[A::B]`` without a port matches the hosts ``A``
and ``B``.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_HOST = re.compile(rb"(?:[!\"$&'()*+,.0-9:;<=>A-Z\[\]_a-z~\x80-\xff-]|%25|%[89A-Fa-f][0-9A-Fa-f])*")
_ZONE = re.compile(rb"(?:[!\"$&'()*+,.0-9:;<=>A-Z\[\]_a-z~\x80-\xff-]|%[0-9A-Fa-f]{2})*")
_ZONE_ESCAPED = re.compile(rb"[ %!\"$&'()*+,.0-9:;<=>A-Z\[\]_a-z~-]")
_PORT = re.compile(rb"(?::[0-9]*)?")
_USER = re.compile(rb"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Url(t.NamedTuple):
    """What a kubelet uses of a URL; scheme, user, query and fragment are dropped. ``host`` includes the port."""

    host: bytes
    path: bytes

    def split_port(self) -> tuple[bytes, bytes]:
        """Host and port; a host that cannot be split is a host without a port."""
        if self.host.startswith(b"["):
            name, bracket, port = self.host[1:].rpartition(b"]")
            return (name, port[1:]) if bracket and port else (self.host, b"")
        name, colon, port = self.host.partition(b":")
        return (name, port) if colon and not set(b"[]") & set(name) else (self.host, b"")


def parse_url(text: bytes) -> Url | None:
    """
    Read what follows ``https://``.

    Returns:
        Host and path, the path without its escapes; ``None`` where Go's ``url.Parse`` fails.
    """
    before, _hash, fragment = text.partition(b"#")
    if _CONTROL.search(before) or _BAD_ESCAPE.search(fragment):
        return None
    authority, slash, path = before.partition(b"?")[0].partition(b"/")
    user, _at, raw_host = authority.rpartition(b"@")
    host = _host(raw_host)
    if host is None or not _USER.fullmatch(user) or any(map(_BAD_ESCAPE.search, (*user.split(b":", 1), path))):
        return None
    return Url(host, slash + _unescaped(path))


def _host(host: bytes) -> bytes | None:
    if host.startswith(b"[") and host.count(b"[") == 1:
        return _bracketed_host(host)
    name, colon, port = host.partition(b":")
    if b"[" in host or not _PORT.fullmatch(colon + port) or not _HOST.fullmatch(name):
        return None
    return _unescaped(name) + colon + port


def _bracketed_host(host: bytes) -> bytes | None:
    """An IPv6 address in brackets, with a zone or without."""
    address, bracket, port = host[1:].rpartition(b"]")
    if not bracket or not _PORT.fullmatch(port):
        return None
    numbers, escaped_percent, zone = address.partition(b"%25")
    if not _HOST.fullmatch(numbers) or not _is_zone(escaped_percent + zone):
        return None
    unescaped = _unescaped(numbers) + _unescaped(escaped_percent + zone)
    return b"[" + unescaped + b"]" + port if _is_ipv6(unescaped) else None


def _is_zone(text: bytes) -> bool:
    return bool(_ZONE.fullmatch(text)) and all(
        _ZONE_ESCAPED.fullmatch(_unescaped(match.group())) for match in _ESCAPE.finditer(text)
    )


def _is_ipv6(text: bytes) -> bool:
    """``netip.ParseAddr``, which wants no leading zeros in an IPv4 part, and something behind a percent sign."""
    address, percent, zone = text.partition(b"%")
    octets = address.rpartition(b":")[2].split(b".")
    if (percent and not zone) or (len(octets) > 1 and any(re.match(b"0.", octet) for octet in octets)):
        return False
    try:
        ipaddress.IPv6Address(address.decode("ascii"))
    except ValueError:
        return False
    return True


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes.fromhex(match.group(1).decode("ascii")), text)


SPECIAL = re.compile(rb"[*\[]")


def compile_label(label: bytes) -> t.Pattern[str] | None:
    """What a label matches, for ``fullmatch``; ``None`` for a malformed one, which matches nothing."""
    rest = label.decode("utf-8", "surrogateescape")
    parts = []
    while rest:
        if rest[0] == "[":
            body, bracket, rest = rest[1:].partition("]")
            parts.append(_character_class(body) if body and bracket else None)
        else:
            parts.append(".*" if rest[0] == "*" else re.escape(rest[0]))
            rest = rest[1:]
    known = [part for part in parts if part is not None]
    return re.compile("".join(known), re.DOTALL) if len(known) == len(parts) else None


def _character_class(body: str) -> str | None:
    ranges = []
    while body:
        match = re.match(r"([^-])(?:-([^-]))?", body, re.DOTALL)
        if match is None or (match.group(2) is None and body[1:2] == "-"):
            return None
        low, high = match.group(1), match.group(2) or match.group(1)
        ranges += [f"{re.escape(low)}-{re.escape(high)}"] if low <= high else []
        body = body[match.end() :]
    return f"[{''.join(ranges)}]" if ranges else "(?!)"
