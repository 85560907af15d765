# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Kubeconfigs: files, lists of files and mappings, and the cluster and user of the context in use.

Of several files the first that has a name counts for it, as a whole. Paths in a file are relative to its folder. What is
refused is what kubectl refuses; a message has the place of a mistake, and nothing that stands there but names.
Files are read without waiting for anybody: a named pipe keeps its reader until somebody writes. Links are followed as kubectl
follows them; files of a node, where a link may be somebody else's, are read by ``_node/file``.
Source: ``tools/clientcmd/{loader,validation}.go`` and ``api/v1/conversion.go`` of client-go.
"""

from __future__ import annotations

import errno
import os
import stat
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._domain.go.json import TooDeep, check_depth
from ..._domain.shown_names import is_path
from ..errors import ConnectionProblem

try:
    import yaml
except ImportError:  # reported by _edge
    yaml = None  # type: ignore[assignment]  # the name stands for a missing package

Document = t.Mapping[str, t.Any]
Given = t.Union[str, Document]
"""A path, several joined as in ``KUBECONFIG``, or what stands in such a file."""

SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_NAMED = {"name": str}
_PLUGIN = {
    "command": str,
    "apiVersion": str,
    "interactiveMode": str,
    "installHint": str,
    "provideClusterInfo": bool,
    "args": [str],
    "env": [{"name": str, "value": str}],
}
_SHAPE: t.Mapping[str, t.Any] = {
    "apiVersion": str,
    "kind": str,
    "current-context": str,
    "preferences": {},
    "clusters": [
        {
            "name": str,
            "cluster": {
                "server": str,
                "tls-server-name": str,
                "proxy-url": str,
                "certificate-authority": str,
                "certificate-authority-data": str,
                "insecure-skip-tls-verify": bool,
                "disable-compression": bool,
                "extensions": [_NAMED],
            },
        }
    ],
    "users": [
        {
            "name": str,
            "user": {
                "token": str,
                "tokenFile": str,
                "username": str,
                "password": str,
                "client-certificate": str,
                "client-certificate-data": str,
                "client-key": str,
                "client-key-data": str,
                "as": str,
                "as-uid": str,
                "as-groups": [str],
                "as-user-extra": {...: [str]},
                "auth-provider": {"name": str, "config": {...: str}},
                "exec": _PLUGIN,
            },
        }
    ],
    "contexts": [{"name": str, "context": {"cluster": str, "user": str, "namespace": str}}],
}
"""Of each member that is read its type: a list has that of its items, and ``...`` stands for any name. What is null is left out."""
_CURES: t.Mapping[t.Any, str] = {
    str: "text; put it in quotes",
    bool: "boolean; write true or false, without quotes",
}
_CHECK = "check it with kubectl config view"


@dataclass(frozen=True)
class Chosen:
    """
    What the context in use comes to.

    Attributes:
        where: The kubeconfig and the user in it, as messages call them.
        cluster: The fields of the cluster, with absolute paths.
        user: The fields of the user, with absolute paths.
    """

    where: str
    cluster: Document = field(repr=False)
    user: Document = field(repr=False)


@dataclass(frozen=True)
class Kubeconfig:
    """
    One or several files, joined.

    Attributes:
        where: How messages call it.
        entries: By section and name.
        current_context: Empty for none.
    """

    where: str
    entries: t.Mapping[str, t.Mapping[str, Document]] = field(repr=False)
    current_context: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it has no entry of any section and no current context."""
        return not any(self.entries.values()) and not self.current_context

    def choose(self, context: str) -> Chosen:
        """
        Follow a context to its cluster and user; an empty one is the current one.

        Raises:
            ConnectionProblem: One of the three is not there.
        """
        contexts = self.entries["contexts"]
        there = ", ".join(contexts) or "none"
        name = context or self.current_context
        if not name:
            raise ConnectionProblem(f"{self.where}: has no current-context; set context to one of: {there}")
        if name not in contexts:
            which = "context" if context else "current-context"
            raise ConnectionProblem(f"{self.where}: has no {which} {name!r}; use one of: {there}")
        cluster = self._named("clusters", contexts[name].get("cluster"), name)
        user = self._named("users", contexts[name].get("user"), name)
        user_name = contexts[name].get("user") or ""
        return Chosen(f"{self.where}: user {user_name!r}" if user_name else self.where, cluster, user)

    def _named(self, section: str, name: str | None, context: str) -> Document:
        if section == "users" and not name:
            return {}
        found = self.entries[section].get(name or "")
        if found is None:
            raise ConnectionProblem(
                f"{self.where}: context {context!r} names the {SECTIONS[section]} {name or ''!r}, which is not there; {_CHECK}"
            )
        return found


def load_kubeconfig(given: Given) -> Kubeconfig:
    """
    Read a kubeconfig.

    Raises:
        ConnectionProblem: It is not there, cannot be read, or is none.
    """
    if not isinstance(given, str):
        return _joined("kubeconfig", [_sections(given, "kubeconfig", None)], [given])
    names = _names(given)
    if not names or not all(map(is_path, names)):
        raise ConnectionProblem(
            "kubeconfig: is no path, and not shown since it could be secret;"
            " give the path of a kubeconfig, or its contents as a mapping, such as by the filter from_yaml"
        )
    where = f"kubeconfig {given}"
    paths = [home_path(name) for name in names]
    there = [path for path in paths if is_there(path)]
    if not there:
        raise ConnectionProblem(f"{where}: no such file; correct the path or make the file")
    documents = [_read(path) for path in there]
    parts = [
        _sections(document, f"kubeconfig {path}", path.absolute().parent) for document, path in zip(documents, there)
    ]
    return _joined(where, parts, documents)


def names_file(given: str) -> bool:
    """Whether one of several paths, joined as in ``KUBECONFIG``, is that of a file."""
    return any(is_path(name) and is_there(home_path(name)) for name in _names(given))


def _names(given: str) -> list[str]:
    return [os.path.expandvars(each) for each in given.split(os.pathsep) if each]


def home_path(text: str) -> Path:
    """A path with the home folder in the place of ``~``, where it is known; in a Pod with any user id it is not."""
    return Path(os.path.expanduser(text))  # noqa: PTH111  # that of pathlib fails instead


def is_there(path: Path) -> bool:
    """Whether there is a file; one that may not be looked at is, so that reading it says why it cannot be used."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _joined(
    where: str, parts: t.Sequence[t.Mapping[str, t.Mapping[str, Document]]], documents: t.Sequence[Document]
) -> Kubeconfig:
    entries: dict[str, dict[str, Document]] = {section: {} for section in SECTIONS}
    for part in parts:
        for section, named in part.items():
            entries[section] = {**named, **entries[section]}
    current = next((each["current-context"] for each in documents if each.get("current-context")), "")
    return Kubeconfig(where, entries, current)


def _read(path: Path) -> Document:
    where = f"kubeconfig {path}"
    try:
        documents = yaml.safe_load_all(read_regular_file(str(path)))
        document = next(documents, None)  # kubectl reads the first
        check_depth(document)
    except OSError as error:
        raise ConnectionProblem(
            f"{where}: cannot be read ({error.strerror}); correct the path or the permissions"
        ) from None
    except (RecursionError, TooDeep):
        raise ConnectionProblem(f"{where}: cannot be read (it is {TooDeep()}); {_CHECK}") from None
    except (yaml.YAMLError, ValueError, LookupError, TypeError) as error:  # their texts quote the file
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConnectionProblem(f"{where}: cannot be read (it is no YAML{place}); {_CHECK}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConnectionProblem(f"{where}: cannot be used (it is no mapping); give a kubeconfig")
    return document


def _sections(document: Document, where: str, folder: Path | None) -> dict[str, dict[str, Document]]:
    if document.get("kind") not in (None, "", "Config") or document.get("apiVersion") not in (None, "", "v1"):
        raise ConnectionProblem(f"{where}: cannot be used (it is no Config of version v1); give a kubeconfig")
    _check(document, _SHAPE, where, "")
    found: dict[str, dict[str, Document]] = {}
    for section, inner in SECTIONS.items():
        found[section] = {}
        for index, item in enumerate(document.get(section) or ()):
            name = (item or {}).get("name") or ""
            if name in found[section]:
                raise ConnectionProblem(
                    f"{where}: {section}[{index}]: the name {name!r} is there twice; give each its own"
                )
            found[section][name] = _with_absolute_paths((item or {}).get(inner) or {}, folder)
    return found


def _check(value: t.Any, shape: t.Any, where: str, place: str) -> None:
    """
    Refuse what is not of its type, as kubectl does.

    Args:
        value: What stands there.
        shape: As in ``_SHAPE``.
        where: The file, for messages.
        place: Such as ``users[0].user.token``; names that anybody can choose are not in it.

    Raises:
        ConnectionProblem: Something is of another type, or a text that no server can be sent.
    """
    if value is None:
        return
    kind = shape if isinstance(shape, type) else type(shape)
    if not isinstance(value, kind):
        what = _CURES.get(kind) or f"{'list' if kind is list else 'mapping'}; {_CHECK}"
        raise ConnectionProblem(f"{where}: {place} is no {what}")
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise ConnectionProblem(f"{where}: {place} is no text in UTF-8; {_CHECK}")
    for member, inner, inner_place in _members(value, shape, place):
        _check(member, inner, where, inner_place)


def _members(value: t.Any, shape: t.Any, place: str) -> t.Iterator[tuple[t.Any, t.Any, str]]:
    """What is in a list or mapping, with its shape and place."""
    if isinstance(value, list):
        yield from ((item, shape[0], f"{place}[{index}]") for index, item in enumerate(value))
    elif isinstance(value, dict) and ... in shape:
        yield from ((name, str, f"a name in {place}") for name in value)
        yield from ((item, shape[...], f"a value in {place}") for item in value.values())
    elif isinstance(value, dict):
        dot = "." if place else ""
        yield from ((value[name], inner, f"{place}{dot}{name}") for name, inner in shape.items() if name in value)


def _with_absolute_paths(fields: Document, folder: Path | None) -> Document:
    if folder is None:
        return fields
    changed: dict[str, t.Any] = {name: str(folder / fields[name]) for name in _PATHS if fields.get(name)}
    plugin = fields.get("exec")
    if plugin and os.sep in (plugin.get("command") or ""):
        changed["exec"] = {**plugin, "command": str(folder / plugin["command"])}
    return {**fields, **changed}


LARGEST = 64 * 1024 * 1024
"""Bytes; no file with credentials comes near it."""


def read_regular_file(path: str) -> bytes:
    """
    The contents of a file.

    Raises:
        OSError: It cannot be read, is no regular file, or is larger than any such file.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  # a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        contents = file.read(LARGEST + 1)
    if len(contents) > LARGEST:
        raise OSError(errno.EFBIG, f"it has more than {LARGEST} bytes")
    return contents
