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
_TEXTS = {
    "clusters": (
        "server",
        "tls-server-name",
        "proxy-url",
        "certificate-authority",
        "certificate-authority-data",
    ),
    "users": (
        "token",
        "tokenFile",
        "username",
        "password",
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
        "as",
        "as-uid",
    ),
    "contexts": ("cluster", "user"),
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
    names = [os.path.expandvars(each) for each in given.split(os.pathsep) if each]
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
    return Kubeconfig(where, entries, str(current))


def _read(path: Path) -> Document:
    where = f"kubeconfig {path}"
    try:
        document = yaml.safe_load(read_regular_file(str(path)))
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
    if document.get("kind") not in (None, "", "Config"):
        raise ConnectionProblem(f"{where}: cannot be used (its kind is not Config); give a kubeconfig")
    found: dict[str, dict[str, Document]] = {}
    for section, inner in SECTIONS.items():
        items = document.get(section) or ()
        if not isinstance(items, (list, tuple)):
            raise ConnectionProblem(f"{where}: {section} is no list; {_CHECK}")
        found[section] = {}
        for index, item in enumerate(items):
            place = f"{where}: {section}[{index}]"
            fields = item.get(inner) or {} if isinstance(item, dict) else None
            if not isinstance(fields, dict) or not isinstance(item.get("name"), str):
                raise ConnectionProblem(f"{place} is no {inner} with a name; {_CHECK}")
            if item["name"] in found[section]:
                raise ConnectionProblem(f"{place}: the name {item['name']!r} is there twice; give each its own")
            for name in _TEXTS[section]:
                if not isinstance(fields.get(name) or "", str):
                    raise ConnectionProblem(f"{place}: {name} is no text; put it in quotes")
            found[section][item["name"]] = _with_absolute_paths(fields, folder)
    return found


def _with_absolute_paths(fields: Document, folder: Path | None) -> Document:
    if folder is None:
        return fields
    changed: dict[str, t.Any] = {name: str(folder / fields[name]) for name in _PATHS if fields.get(name)}
    plugin = fields.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command") or ""):
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
