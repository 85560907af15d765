# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Which registry keys match a repository, found by host and then by path, so that the time does not grow with the keys.

Source of the rule: ``URLsMatch`` in ``pkg/credentialprovider/keyring.go``.
"""

from __future__ import annotations

import typing as t

from ..go.url import SPECIAL, Url, compile_label, parse_url

_HostName = t.Tuple[bytes, bytes]
"""A host and its port, which may be empty."""


class KeyIndex:
    """
    Index keys by host and path.

    Args:
        keys: Each once, such as ``quay.io/team``.
    """

    def __init__(self, keys: t.Iterable[bytes]) -> None:
        self._paths: dict[_HostName, _Paths] = {}
        self._globs = _Globs()
        for rank, key in enumerate(sorted(keys, reverse=True)):
            url = parse_url(key)
            if url is not None:
                self._add(rank, key, url)
        self._known: dict[_HostName, list[_Paths]] = {}

    def _add(self, rank: int, key: bytes, url: Url) -> None:
        host = url.split_port()
        if host not in self._paths:
            self._paths[host] = _Paths()
            if SPECIAL.search(host[0]):
                self._globs.add(host)
        self._paths[host].add(url.path, (rank, key))

    def matching(self, repository: str) -> list[bytes]:
        """The index keys that match, in order."""
        url = parse_url(repository.encode("utf-8", "surrogatepass"))
        if url is None:
            return []
        found = [ranked for paths in self._of_host(url.split_port()) for ranked in paths.beginning(url.path)]
        return [key for _rank, key in sorted(found)]

    def _of_host(self, host: _HostName) -> list[_Paths]:
        if host not in self._known:
            literal = [host] if host in self._paths and not SPECIAL.search(host[0]) else []
            self._known[host] = [self._paths[match] for match in (*literal, *self._globs.matching(host))]
        return self._known[host]


class _Paths:
    """The paths under one host; a path matches as plain text at the beginning."""

    def __init__(self) -> None:
        self._by_path: dict[bytes, list[tuple[int, bytes]]] = {}
        self._lengths: set[int] = set()

    def add(self, path: bytes, ranked: tuple[int, bytes]) -> None:
        """Add an index key, with its place in the order of all."""
        self._by_path.setdefault(path, []).append(ranked)
        self._lengths.add(len(path))

    def beginning(self, path: bytes) -> t.Iterator[tuple[int, bytes]]:
        """The keys whose path ``path`` begins with."""
        for length in self._lengths:
            if length <= len(path):
                yield from self._by_path.get(path[:length], ())


class _Globs:
    """Hosts with globs as a tree of their labels, from the last one to the first."""

    def __init__(self) -> None:
        self.literal: dict[bytes, _Globs] = {}
        self.special = _Branches()
        self.by_port: dict[bytes, _HostName] = {}

    def add(self, host: _HostName) -> None:
        """Add a host with at least one glob."""
        node = self
        for label in reversed(host[0].split(b".")):
            is_special = SPECIAL.search(label)
            node = node.special.branch(label) if is_special else node.literal.setdefault(label, _Globs())
        node.by_port[host[1]] = host

    def matching(self, host: _HostName) -> t.Iterator[_HostName]:
        """The hosts with globs that match; ports are compared as texts."""
        nodes = [self]
        for label in reversed(host[0].split(b".")):
            nodes = [child for node in nodes for child in node.children(label)]
        for node in nodes:
            if host[1] in node.by_port:
                yield node.by_port[host[1]]

    def children(self, label: bytes) -> t.Iterator[_Globs]:
        """The branches that a label of an image's host fits."""
        if label in self.literal:
            yield self.literal[label]
        yield from self.special.matching(label)


class _Branches:
    """The labels with globs at one place of the tree, found by the text before their first star and behind their last."""

    def __init__(self) -> None:
        self._by_label: dict[bytes, _Globs] = {}
        self._by_ends: dict[tuple[bytes, bytes], list[tuple[t.Pattern[str], _Globs]]] = {}
        self._lengths: set[tuple[int, int]] = set()

    def branch(self, label: bytes) -> _Globs:
        """What comes behind a label."""
        if label not in self._by_label:
            self._by_label[label] = _Globs()
            pattern = compile_label(label)
            if pattern is not None:
                start, end = (b"", b"") if b"[" in label else (label.partition(b"*")[0], label.rpartition(b"*")[2])
                self._by_ends.setdefault((start, end), []).append((pattern, self._by_label[label]))
                self._lengths.add((len(start), len(end)))
        return self._by_label[label]

    def matching(self, label: bytes) -> t.Iterator[_Globs]:
        """What comes behind the labels that a label of an image's host fits."""
        text = label.decode("utf-8", "surrogateescape")
        for start, end in self._lengths:
            ends = (label[:start], label[len(label) - end :])
            for pattern, branch in self._by_ends.get(ends, ()) if start + end <= len(label) else ():
                if pattern.fullmatch(text):
                    yield branch
