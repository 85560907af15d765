# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A keyring: which credentials a kubelet tries for an image, and in which order.

Source: ``pkg/credentialprovider/keyring.go`` (``BasicDockerKeyring``, ``URLsMatch``). A kubelet goes through all of its keys for
each image; here an index finds those that match.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..go.url import parse_url
from .config import Credential, DockerConfig
from .index import KeyIndex

HUB_FALLBACK = b"index.docker.io"
"""The one index key that is used for Docker Hub when no key matches."""

_API_PATH = re.compile(rb"/v[12]/")


@dataclass(frozen=True)
class Candidate:
    """
    A credential that is tried.

    Attributes:
        registry: The key as it stands in its document.
        credential: Who pulls.
        source: Where the document is from, as it was given to :meth:`Keyring.of`.
        index_key: What the kubelet sorts and matches by.
        document: The document's number in its keyring, from 0.
    """

    registry: str
    credential: Credential
    source: str
    index_key: bytes
    document: int


def index_key_of(registry: str) -> bytes | None:
    """
    A registry key reduced to host and path, ``None`` for one that the kubelet drops because it is no URL.

    No case is folded and no port is removed; ``/v1`` and ``/v2`` are cut off the path if more follows, if only a slash.
    """
    scheme, separator, rest = registry.partition("://")
    text = rest if separator and scheme in ("http", "https") else registry
    url = parse_url(text.encode("utf-8", "surrogatepass"))
    if url is None:
        return None
    path = url.path[3:] if _API_PATH.match(url.path) else url.path
    return url.host + path if path != b"/" else url.host


class Keyring:
    """
    Credentials, found by image; made by :meth:`of`.

    Args:
        candidates: All of them, those with the same index key in the order in which they are tried.
    """

    def __init__(self, candidates: t.Iterable[Candidate]) -> None:
        self._by_key: dict[bytes, list[Candidate]] = {}
        for candidate in candidates:
            self._by_key.setdefault(candidate.index_key, []).append(candidate)
        self._index = KeyIndex(self._by_key)

    @classmethod
    def of(cls, documents: t.Iterable[tuple[str, DockerConfig]]) -> Keyring:
        """
        A keyring of documents, in the order in which their Secrets are named.

        Args:
            documents: Each with where it is from, such as ``team-a/regcred``.
        """
        return cls(
            Candidate(registry, credential, source, index_key, number)
            for number, (source, document) in enumerate(documents)
            for registry, credential in document.credentials().items()
            for index_key in [index_key_of(registry)]
            if index_key is not None
        )

    def lookup(self, repository: str) -> list[Candidate]:
        """
        What is tried for a repository, in order.

        The credentials of Docker Hub count as well where nothing matches, if the name looks like one of its own.

        Args:
            repository: As :attr:`ImageReference.repository` has it.
        """
        keys = self._index.matching(repository)
        if not keys and _falls_back(repository) and HUB_FALLBACK in self._by_key:
            keys = [HUB_FALLBACK]
        return [candidate for key in keys for candidate in self._by_key[key]]

    def passed_over(self, repository: str) -> list[Candidate]:
        """Docker Hub's credentials that are not tried for an image of its own, because another key matches."""
        if not repository.startswith("docker.io/") or not self._index.matching(repository):
            return []
        return list(self._by_key.get(HUB_FALLBACK, ()))


def ties(candidates: t.Sequence[Candidate]) -> list[tuple[int, int]]:
    """The ranges ``[start, end)`` within which the kubelet leaves the order to chance: one document's equal index keys."""
    ranges = []
    start = 0
    for position in range(1, len(candidates) + 1):
        if position == len(candidates) or not _tie(candidates[start], candidates[position]):
            if position - start > 1:
                ranges.append((start, position))
            start = position
    return ranges


def _tie(one: Candidate, other: Candidate) -> bool:
    return (one.index_key, one.source, one.document) == (other.index_key, other.source, other.document)


def _falls_back(repository: str) -> bool:
    """``isDefaultRegistryMatch``; it takes ``localhost`` and hosts known by their capitals for Docker Hub, too."""
    host = repository.partition("/")[0]
    return host == "docker.io" or not set(".:") & set(host)
