# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
What to write for one and the same registry in each kind of file, since each reader has a name of its own for Docker Hub
and rules of its own for paths and globs.

Sources: ``docker/cli`` (``cli/config/credentials``), ``containers/image`` (``pkg/docker/config``), containerd
(``docs/hosts.md``, ``docs/cri/registry.md``), k3s (``pkg/agent/containerd``), Rancher (``dockerCredentials``). The kubelet's
rules are in ``registry_key.py``.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..errors import InvalidInput
from .registry_key import (
    DOCKER_HUB,
    HUB_HOSTS,
    HUB_LOOKALIKES,
    KeyVerdict,
    check_registry_key,
    normalise_registry,
    shown_registry,
    split_key,
)

Reader = t.Literal[
    "kubelet",
    "docker",
    "containers_auth",
    "containerd_certs_d",
    "containerd_configs",
    "k3s_configs",
    "k3s_mirrors",
    "rancher",
    "http_api",
]
"""Who looks a registry up; ``kubelet`` is also who reads pull Secrets, ``containers_auth`` podman, skopeo and CRI-O."""

_HUB_API = "registry-1.docker.io"
_ONLY_IN_URLS = re.compile("[?#%]")


@dataclass(frozen=True)
class ReaderKey:
    """
    A registry's key for one reader.

    Attributes:
        key: What to write.
        warning: That it is probably not what was meant, for people; or ``None``.
    """

    key: str
    warning: str | None = None


@dataclass(frozen=True)
class _Keys:
    """
    The keys that a reader understands.

    Attributes:
        place: Where they stand, for messages.
        hub: The key of Docker Hub.
        hub_hosts: The hosts that are Docker Hub to it.
        by_image: Whether it looks for the registry in an image's name, and not for the host that it asks.
        has_paths: Whether a key can be a namespace or repository.
        has_default: Whether ``*`` stands for all registries.
    """

    place: str
    hub: str
    hub_hosts: tuple[str, ...] = HUB_HOSTS
    by_image: bool = True
    has_paths: bool = False
    has_default: bool = False


# All but the kubelet, whose keys are those of registry_key.py.
_READERS: t.Mapping[Reader, _Keys] = {
    "docker": _Keys("docker's config.json", DOCKER_HUB),
    "containers_auth": _Keys("auth.json", "docker.io", hub_hosts=(*HUB_HOSTS, _HUB_API), has_paths=True),
    "containerd_certs_d": _Keys("containerd's certs.d", "docker.io"),
    "containerd_configs": _Keys("containerd's registry.configs", _HUB_API, by_image=False),
    "k3s_configs": _Keys("the configs of registries.yaml", _HUB_API, by_image=False),
    "k3s_mirrors": _Keys("the mirrors of registries.yaml", "docker.io", has_default=True),
    "rancher": _Keys("Rancher's registry credentials", "index.docker.io"),
    "http_api": _Keys("the address of a registry's API", _HUB_API, by_image=False),
}


def key_for(registry: str, reader: Reader, *, where: str) -> ReaderKey:
    """
    What to write for a registry so that one reader finds it.

    Args:
        registry: What a user calls it, such as ``docker.io``, ``https://Quay.io/v2/`` or ``registry.example.com:5000/team``.
        reader: Who reads it.
        where: The option or place, for the message.

    Raises:
        InvalidInput: The reader has no such keys, or nothing ever matches it; with what to write instead.
    """
    key = normalise_registry(registry)
    if reader == "kubelet":
        return ReaderKey(key, check_registry_key(key, where=where, given=registry))
    keys = _READERS[reader]
    check_registry_key(key, where=where, given=registry, by_image=keys.by_image)
    host, path = split_key(key)
    path = path.rstrip("/")
    whole = keys.hub if host in keys.hub_hosts else host
    verdict = _judge_form(key, path, whole, keys)
    if verdict is None:
        return ReaderKey(host + path if path else whole)
    shown = f"{shown_registry(registry)!r} {verdict.problem}"
    if verdict.severity == "error":
        raise InvalidInput(where, shown, verdict.write)
    return ReaderKey(host, f"{where}: {shown}; {verdict.write}")


def canonical_key(key: str, reader: Reader) -> str:
    """One spelling for all keys in a document that are the same to its reader."""
    if reader != "containers_auth":
        return normalise_registry(key)
    # normalizeAuthFileKey: of a URL the host counts, of other keys all, and Docker Hub has three hosts.
    scheme, separator, rest = key.partition("://")
    reduced = rest.partition("/")[0] if separator and scheme in ("http", "https") else key
    hub = _READERS["containers_auth"]
    return hub.hub if reduced in hub.hub_hosts else reduced


def _judge_form(key: str, path: str, whole: str, keys: _Keys) -> KeyVerdict | None:
    if _ONLY_IN_URLS.search(key):
        return KeyVerdict("error", "has a query, a fragment or an escape, which only kubelets know", "leave it out")
    if "*" in key and not (keys.has_default and key == "*"):
        cure = "name each registry" + (", or '*' for all" if keys.has_default else "")
        return KeyVerdict("error", f"has a glob, which has no place in {keys.place}", cure)
    if path and not keys.has_paths:
        return KeyVerdict(
            "error", f"has a path, which has no place in {keys.place}", f"write {whole!r} for the whole registry"
        )
    if keys.by_image and whole in HUB_LOOKALIKES:
        return KeyVerdict("warning", "is not the host of any image on Docker Hub", f"write {keys.hub!r} for Docker Hub")
    return None
