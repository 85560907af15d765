# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Registry keys: the name under which a docker config holds a credential, and whether a kubelet can ever look it up.

The kubelet compares a key with the image's repository, host included, such as ``docker.io/library/nginx``
(``pkg/credentialprovider/keyring.go``: ``URLsMatch``, ``isDefaultRegistryMatch``).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from urllib.parse import unquote

from ..errors import InvalidInput
from ..shown_names import NOT_SHOWN

DOCKER_HUB = "https://index.docker.io/v1/"
"""The key that docker and kubectl write for Docker Hub."""

HUB_HOSTS = ("docker.io", "index.docker.io")
HUB_LOOKALIKES = (
    "*.docker.io",
    "*.docker.com",
    "auth.docker.io",
    "hub.docker.com",
    "registry-1.docker.io",
    "registry.docker.io",
    "registry.hub.docker.com",
)
_SCHEMES = ("http", "https")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DOCUMENT = re.compile(r"[{}\"\r\n]|-----")
_LONGEST = 512
_API_PATH = re.compile(r"/v[12](?=/)")
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9*._-]+)(:(?P<port>[0-9]*))?")
_REPOSITORY_PATH = re.compile(r"(/[a-z0-9._/-]*)?")


@dataclass(frozen=True)
class KeyVerdict:
    """
    What comes of a registry key.

    Attributes:
        severity: ``error`` when no image can ever match it, ``warning`` when it looks like something it is not.
        problem: What is wrong, a clause.
        write: What to write instead, a clause.
    """

    severity: t.Literal["error", "warning"]
    problem: str
    write: str


def normalise_registry(registry: str) -> str:
    """
    The key to write in a pull Secret or the kubelet's ``config.json`` for what a user calls a registry.

    Scheme, API version and case of the host are dropped, and all names of Docker Hub become ``DOCKER_HUB``, so
    ``HTTPS://Quay.io/v2/`` gives ``quay.io`` and ``docker.io/team`` stays as it is. A scheme of another kind, and what
    is wrong besides, stays for :func:`judge_registry_key` to find.
    """
    scheme = _SCHEME.match(registry)
    if (scheme and scheme.group(1).lower() not in _SCHEMES) or has_user(registry):
        return registry
    host, path = split_key(registry)
    key = host.lower() + (path if path != "/" else "")
    return DOCKER_HUB if key in HUB_HOSTS else key


def check_registry_key(registry: str, *, where: str, given: str = "") -> str | None:
    """
    Refuse a key that no kubelet can ever match, or that holds a user.

    Args:
        registry: The key as it is to be written.
        where: The option or place, for the message.
        given: What the user wrote, where that is something else.

    Returns:
        A warning for a key that is probably not what was meant, else ``None``.

    Raises:
        InvalidInput: naming ``where``, with the key to write instead.
    """
    return refuse_or_warn(judge_registry_key(registry), registry, where=where, given=given)


def refuse_or_warn(verdict: KeyVerdict | None, key: str, *, where: str, given: str = "") -> str | None:
    """
    What comes of a verdict on a key that is to be written; arguments and errors as above.

    Raises:
        InvalidInput: The key is of no use, or holds a user, which could be a secret.
    """
    if verdict is None:
        return None
    shown = f"{shown_registry(given or key)!r} {verdict.problem}"
    if verdict.severity == "error" or has_user(key):
        raise InvalidInput(where, shown, verdict.write)
    return f"{where}: {shown}; {verdict.write}"


def shown_registry(key: str) -> str:
    """A key for people: a user and password before ``@``, which do not belong there, are not shown, nor is a document."""
    if _DOCUMENT.search(key) or len(key) > _LONGEST:
        return NOT_SHOWN
    authority, _slash, _path = _SCHEME.sub("", key, count=1).partition("/")
    userinfo, at_sign, _host = authority.rpartition("@")
    return key.replace(userinfo + at_sign, "...@", 1) if at_sign else key


def split_key(key: str) -> tuple[str, str]:
    """Host and path of a key; the version prefix of a registry's API is cut from the path, as the kubelet does."""
    rest = _SCHEME.sub("", key, count=1)
    host, slash, path = rest.partition("/")
    return host, _API_PATH.sub("", slash + path, count=1) if _API_PATH.match(slash + path) else slash + path


def has_user(key: str) -> bool:
    """Whether a key has a part that is not shown."""
    return shown_registry(key) != key


def judge_registry_key(key: str, *, by_image: bool = True) -> KeyVerdict | None:
    """
    What is wrong for a kubelet with a key as it stands in a document, ``None`` for nothing.

    Args:
        key: As it stands there.
        by_image: Whether it is found by an image's name, as a kubelet does it, and not by the host that is asked.
    """
    scheme = _SCHEME.match(key)
    if not key.strip():
        return _never("is empty", "give the host as it stands in image names, such as 'registry.example.com:5000'")
    if scheme and scheme.group(1) not in _SCHEMES:
        return _never(f"has the scheme {scheme.group(1)!r}", "leave the scheme out, or use https://")
    if any(character in key for character in "[]{}\\^| ") and not _SCHEME.sub("", key, count=1).startswith("["):
        return _never(
            "holds a character that no image name has", "only '*' stands for other text, and only in the host"
        )
    authority, path = split_key(re.split(r"[?#]", key, maxsplit=1)[0])
    _user, at_sign, host = authority.rpartition("@")
    return (
        _judge_host(host, by_image=by_image)
        or _judge_hub(host, path)
        or _judge_path(host, unquote(path))
        or _judge_extras(host, path, has_user=bool(at_sign), has_query="?" in key or "#" in key)
    )


def _judge_host(host: str, *, by_image: bool) -> KeyVerdict | None:
    match = _HOST.fullmatch(host)
    if match is None:
        return _never("has no valid host and port", "write host or host:port, as it stands in image names")
    name = match.group("name").lower()
    is_looked_up = "." in name or name == "localhost" or "*" in name
    if by_image and not match.group("port") and not is_looked_up:
        return _never(
            f"has the host {host!r}, which no image has: without '.' or ':' it is a name on Docker Hub",
            f"give the full host name, or 'docker.io/{name}' for Docker Hub",
        )
    return None


def _judge_hub(host: str, path: str) -> KeyVerdict | None:
    name = host.lower()
    if name in HUB_LOOKALIKES:
        return KeyVerdict(
            "warning",
            "is not the host of any image on Docker Hub, so the kubelet never uses it for one",
            f"write {DOCKER_HUB!r} for Docker Hub",
        )
    if name != "index.docker.io" or path in ("", "/"):
        return None
    if path in ("/v1", "/v2"):
        return _never("is never matched without the slash at its end", f"write {DOCKER_HUB!r}")
    return _never("is never matched: images on Docker Hub are looked up as docker.io", f"write 'docker.io{path}'")


def _judge_path(host: str, path: str) -> KeyVerdict | None:
    if "*" in path:
        return _never(
            "has '*' in its path, where it stands for itself", f"write the path's beginning, such as '{host}/team'"
        )
    if "@" in path:
        return _never("has a digest", "write the repository without its digest")
    if ":" in path:
        return _never("has a tag", "write the repository without its tag")
    if _REPOSITORY_PATH.fullmatch(path) is None:
        return _never("has a path that no repository has", "paths are lower case")
    if path in ("/v1", "/v2"):
        return KeyVerdict(
            "warning", f"matches only repositories below {path[1:]!r}", f"write {host!r} for the whole registry"
        )
    return None


def _judge_extras(host: str, path: str, *, has_user: bool, has_query: bool) -> KeyVerdict | None:
    if has_user:
        return KeyVerdict(
            "warning",
            "holds a user, which only kubelets pass over",
            "give the registry alone, and the user as username",
        )
    if has_query:
        return KeyVerdict("warning", "has a query or fragment, which only kubelets drop", f"write {host + path!r}")
    if "%" in path:
        return KeyVerdict("warning", "has escapes, which only kubelets undo", f"write {host + unquote(path)!r}")
    if host != host.lower():
        return KeyVerdict(
            "warning", "has capitals, and matches only images that are written so", f"write {host.lower() + path!r}"
        )
    return None


def _never(problem: str, write: str) -> KeyVerdict:
    return KeyVerdict("error", problem, write)
