# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
One file of a node, from what is wanted to what was done, with nobody else writing in between.

A file is read, compared and written under one lock, so that of two tasks at once neither undoes what the other did.
"""

from __future__ import annotations

import os
import time
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._domain.change import Change
from .._node.file import file as node_file
from .._node.file.file import FileState, Label, Rights
from .._node.file.folder import check_folders, locked_folder, make_folders
from .._node.file.path import Folder, way_to_file
from .._node.file.problems import group_name, user_name


@dataclass(frozen=True)
class WantedFile:
    """
    A file, as far as it does not depend on what is in it.

    Attributes:
        path: Where; a link is followed and stays.
        rights: Who may do what with it.
        backup: Whether to keep a copy of what is replaced or removed.
        keeps_previous: The same, for who may have to take the change back: the next run on this file removes that copy.
        new_directories: How many folders above it may be made when they are missing.
    """

    path: Path
    rights: Rights
    backup: bool = False
    keeps_previous: bool = False
    new_directories: int = 1


@dataclass(frozen=True)
class Composed:
    """
    What a file is to hold; who composes it can add what else is known of it, in a class of its own.

    Attributes:
        content: All of it; ``None`` when there is to be no such file.
        reasons: What is different from what is there, in words, without secrets; unused when the content is the same.
        before: What is in the file now, for a diff, secrets as marks.
        after: What will be in it, for a diff, secrets as marks.
    """

    content: bytes | None = field(repr=False)
    reasons: tuple[str, ...] = ()
    before: t.Mapping[str, t.Any] = field(default_factory=dict)
    after: t.Mapping[str, t.Any] = field(default_factory=dict)


OfFile = t.TypeVar("OfFile", bound=Composed)

Compose = t.Callable[[t.Optional[bytes]], OfFile]
"""From what is in the file, ``None`` when there is none, to what is to be in it; it may be asked more than once."""


@dataclass(frozen=True)
class FileResult(t.Generic[OfFile]):
    """
    What becomes of a file.

    Attributes:
        change: The planned change, which check mode and run share; its name is the file's real path.
        composed: What the file is to hold.
        backup_file: Where the copy of what was there is; empty when none was asked for or needed.
        warnings: What the user should know.
        previous: The file as it was, if there was one.
    """

    change: Change
    composed: OfFile = field(repr=False)
    backup_file: str = ""
    warnings: tuple[str, ...] = ()
    previous: FileState | None = None

    @property
    def path(self) -> str:
        """The file's real path, links followed."""
        return self.change.name

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return self.change.action != "unchanged"


def manage_file(wanted: WantedFile, compose: Compose[OfFile], *, label: Label, check_mode: bool) -> FileResult[OfFile]:
    """
    Bring a file to what ``compose`` makes of it.

    Args:
        wanted: Which file, and whose.
        compose: What is to be in it; what it raises leaves the file as it is.
        label: Gives a written file its SELinux context.
        check_mode: Return what would be done, and do nothing.

    Raises:
        NodeFileError: It cannot be read or written, with cause and cure; the file is as it was.
    """
    with way_to_file(wanted.path) as way:
        check_folders(way, wanted.new_directories)
        if check_mode or way.missing:
            observed = FileState(way.path) if way.missing else node_file.read_file(way.folder, way.name)
            result = _planned(wanted, way.folder, observed, compose)
            if check_mode or not result.changed:
                return result
            make_folders(way, wanted.rights)
        with locked_folder(way.folder) as lock:
            node_file.remove_strays(way.folder, way.name)
            observed = node_file.read_file(way.folder, way.name)
            result = _planned(wanted, way.folder, observed, compose)
            if result.changed:
                _apply(wanted, way.folder, observed, result, label)
                lock.sync()
            return replace(result, warnings=result.warnings + lock.warnings)


def _planned(wanted: WantedFile, folder: Folder, observed: FileState, compose: Compose[OfFile]) -> FileResult[OfFile]:
    composed = compose(observed.content)
    change = _change(wanted.rights, observed, composed)
    if change.action == "updated":
        node_file.check_not_planted(folder, observed, wanted.rights)
    is_replaced = composed.content != observed.content or (wanted.keeps_previous and change.action == "updated")
    backup = _backup_name(wanted, observed.path) if observed.content is not None and is_replaced else ""
    previous = observed if observed.content is not None else None
    return FileResult(change, composed, backup, previous=previous)


def _change(rights: Rights, observed: FileState, composed: Composed) -> Change:
    name = str(observed.path)
    before = {**rights_view(observed), **composed.before} if observed.content is not None else {}
    if composed.content is None:
        return Change("file", name, "deleted", "removed", before) if before else Change("file", name, "unchanged")
    after_state = observed.with_rights(rights)
    after = {**rights_view(after_state), **composed.after}
    if observed.content is None:
        return Change("file", name, "created", "; ".join(composed.reasons) or "new", before, after)
    differences = _differences(observed, after_state, composed)
    return Change("file", name, "updated" if differences else "unchanged", "; ".join(differences), before, after)


def _differences(observed: FileState, wanted: FileState, composed: Composed) -> list[str]:
    """What is different about a file that is there, in words."""
    reasons = list(composed.reasons or ("written in another way",)) if composed.content != observed.content else []
    before, after = rights_view(observed), rights_view(wanted)
    pairs = {
        "mode": (observed.mode, wanted.mode),
        "owner": (observed.uid, wanted.uid),
        "group": (observed.gid, wanted.gid),
    }
    return reasons + [
        f"{name} {before[name]} becomes {after[name]}" for name, (one, two) in pairs.items() if one != two
    ]


def rights_view(state: FileState) -> dict[str, str]:
    """Mode, owner and group, as a diff has them."""
    return {
        "mode": f"{state.mode:04o}",
        "owner": user_name(state.uid),
        "group": group_name(state.gid),
    }


def _backup_name(wanted: WantedFile, path: Path) -> str:
    """As ansible-core's ``backup_local`` names it, or as something that the next run removes; empty for no copy."""
    if wanted.keeps_previous:
        return str(node_file.previous_copy(path))
    if not wanted.backup:
        return ""
    return f"{path}.{os.getpid()}.{time.strftime('%Y-%m-%d@%H:%M:%S~')}"


def _apply(wanted: WantedFile, folder: Folder, observed: FileState, result: FileResult[OfFile], label: Label) -> None:
    content = result.composed.content
    if result.backup_file and observed.content is not None:
        # A file like any other: ansible-core's backup_local makes one that others may read for a moment, and leaves a
        # half of it on a full disk.
        backup = FileState(Path(result.backup_file), context=observed.context)
        # What may be put back has all that the file had, since it is put back as it is.
        mode = observed.mode if wanted.keeps_previous else observed.mode & 0o600
        kept = Rights(mode=mode, uid=observed.uid, gid=observed.gid)
        node_file.write_file(folder, backup, observed.content, kept, label)
        try:
            _put(wanted.rights, folder, observed, content, label)
        except BaseException:
            node_file.remove_file(folder, backup.path.name)
            raise
    else:
        _put(wanted.rights, folder, observed, content, label)


def _put(rights: Rights, folder: Folder, observed: FileState, content: bytes | None, label: Label) -> None:
    if content is None:
        node_file.remove_file(folder, observed.path.name)
    elif content == observed.content:
        node_file.set_rights(folder, observed, rights)
    else:
        node_file.write_file(folder, observed, content, rights, label)
