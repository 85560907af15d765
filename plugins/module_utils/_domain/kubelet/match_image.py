# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The patterns of a credential provider's ``matchImages``, and whether an image can ever match them.

The kubelet compares them with an image's repository by the rule for registry keys (``URLsMatchStr`` in
``pkg/credentialprovider/keyring.go``), but takes them as they stand: no scheme and no version of an API is cut off, and
nothing falls back to Docker Hub.
"""

from __future__ import annotations

import re

from ..go.url import parse_url
from ..image.registry_key import (
    DOCKER_HUB,
    HUB_HOSTS,
    HUB_LOOKALIKES,
    KeyVerdict,
    judge_registry_key,
    normalise_registry,
    refuse_or_warn,
    shown_registry,
)

_API_PATH = re.compile(r"/v[12](?:/|$)")
_DEFAULT_PORTS = {"80", "443"}


def match_image_of(key: str) -> str | None:
    """The pattern of the images for which a kubelet uses an entry of a docker config; ``None`` where it uses it for none."""
    pattern = normalise_registry(key)
    pattern = "docker.io" if pattern == DOCKER_HUB else pattern
    verdict = judge_match_image(pattern)
    return pattern if verdict is None or verdict.severity == "warning" else None


def is_match_image(pattern: str) -> bool:
    """Whether a kubelet starts with this pattern; that says nothing about whether an image ever matches it."""
    return parse_url(pattern.encode("utf-8", "surrogatepass")) is not None


def check_match_image(pattern: str, *, where: str) -> str | None:
    """
    Refuse a pattern that no image can ever match.

    Returns:
        A warning for a pattern that is probably not what was meant, else ``None``.

    Raises:
        InvalidInput: naming ``where``, with the pattern to write instead.
    """
    return refuse_or_warn(judge_match_image(pattern), pattern, where=where)


def judge_match_image(pattern: str) -> KeyVerdict | None:
    """What is wrong with a pattern, ``None`` for nothing."""
    if "://" in pattern:
        scheme, _separator, rest = pattern.partition("://")
        return _never(f"has the scheme {scheme!r}, and is never matched with one", f"write {shown_registry(rest)!r}")
    if shown_registry(pattern) != pattern or pattern.startswith("@"):
        return _never("holds a user, which no image has", "give the host alone, and the credential to the provider")
    if "?" in pattern or "#" in pattern:
        return _never("has a query or fragment", "only '*' stands for other text, and only in the host")
    authority, slash, rest = pattern.partition("/")
    path = slash + rest
    name, _colon, port = authority.partition(":") if not authority.startswith("[") else (authority, "", "")
    return (
        _judge_hub(name, path)
        or _judge_key(pattern, authority, path)
        or _judge_globs(name)
        or _judge_extras(name, port, path)
    )


def _judge_hub(name: str, path: str) -> KeyVerdict | None:
    of_hub = "docker.io" + (path[3:] if _API_PATH.match(path) else path).rstrip("/")
    if name.lower() in HUB_HOSTS and name != "docker.io":
        return _never("is never matched: images on Docker Hub are looked up as docker.io", f"write {of_hub!r}")
    if name.lower() in HUB_LOOKALIKES:
        return KeyVerdict("warning", "is not the host of any image on Docker Hub", f"write {of_hub!r} for Docker Hub")
    return None


def _judge_key(pattern: str, authority: str, path: str) -> KeyVerdict | None:
    """The rules of registry keys, but for the version of an API, which is not cut off here."""
    match = _API_PATH.match(path)
    verdict = judge_registry_key(authority + path[3:] if match else pattern)
    if verdict is None and not is_match_image(pattern):  # a kubelet would not even start
        return _never("is no host with an optional port and path", "write it as it stands in image names")
    if match and (verdict is None or verdict.severity == "warning"):
        return KeyVerdict(
            "warning",
            f"matches only repositories below {path[1:3]!r}: that is part of an image's name here, and not of an API",
            f"write {authority + path[3:]!r}",
        )
    return verdict


def _judge_globs(name: str) -> KeyVerdict | None:
    labels = name.split(".")
    if name == "*":
        return KeyVerdict(
            "warning", "matches only hosts without a dot, such as localhost", "name each registry, such as 'docker.io'"
        )
    if "*" in labels[0] and len(labels) <= 2:  # a name and a top-level domain
        return KeyVerdict(
            "warning",
            "matches hosts of two labels, those of other owners too, and no host below them: a '*' stands for"
            " (a part of) one label",
            f"write the host, or '*.HOST' for one label below it, such as '*.example.{labels[-1]}'",
        )
    return None


def _judge_extras(name: str, port: str, path: str) -> KeyVerdict | None:
    if port in _DEFAULT_PORTS:
        return KeyVerdict(
            "warning", f"matches only images whose name has the port {port}", f"write {name + path!r} if it has none"
        )
    return None


def _never(problem: str, write: str) -> KeyVerdict:
    return KeyVerdict("error", problem, write)
