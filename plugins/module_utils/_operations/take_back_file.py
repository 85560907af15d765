# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of a node's file that is taken back, or stands."""

from __future__ import annotations

import stat
import typing as t

from .._domain.change import Change
from .._node.file import file as node_file
from .._node.file.file import FileState
from .._node.file.folder import locked_folder
from .._node.file.path import Folder, look, way_to_folder
from .._node.file.problems import NodeFileError
from .write_file import rights_view

if t.TYPE_CHECKING:
    from pathlib import Path

Finish = t.Callable[[Folder, str], Change]


def take_back(path: Path, copy: str, *, check_mode: bool) -> Change:
    """
    Have a file as it was before it was changed.

    Args:
        path: The file, without a link in its own place.
        copy: The name of its copy, beside it; empty where there was no file.
        check_mode: Tell what would be done, and do nothing.

    Raises:
        NodeFileError: The copy is not there, or that is not allowed.
    """

    def finish(folder: Folder, name: str) -> Change:
        before, after = _view(folder, name), _view(folder, copy) if copy else {}
        if not copy and not before:
            return Change("file", str(path), "unchanged")
        if not check_mode and copy:
            node_file.put_back(folder, copy, name)
        elif not check_mode:
            node_file.remove_file(folder, name)
        return Change("file", str(path), "updated" if copy else "deleted", "taken back", before, after)

    return _finished(path, finish, check_mode=check_mode, needs_folder=bool(copy))


def let_stand(path: Path, *, check_mode: bool) -> Change:
    """
    Remove what was kept of a file to take its change back.

    Raises:
        NodeFileError: That is not allowed.
    """

    def finish(folder: Folder, name: str) -> Change:
        copies = node_file.strays(folder, name)
        for copy in () if check_mode else copies:
            node_file.remove_file(folder, copy)
        action: t.Literal["deleted", "unchanged"] = "deleted" if copies else "unchanged"
        return Change("file", str(path), action, "copy removed" if copies else "")

    return _finished(path, finish, check_mode=check_mode)


def _finished(path: Path, finish: Finish, *, check_mode: bool, needs_folder: bool = True) -> Change:
    """The name is not followed if it is a link by now: it is the one that was written to."""
    with way_to_folder(path.parent) as way:
        if way.missing and needs_folder:
            raise NodeFileError(path.parent, "the folder does not exist", "correct the path")
        if way.missing:
            return Change("file", str(path), "unchanged")
        if check_mode:
            return finish(way.folder, path.name)
        with locked_folder(way.folder) as lock:
            change = finish(way.folder, path.name)
            lock.sync()
            return change


def _view(folder: Folder, name: str) -> dict[str, str]:
    found = look(folder, name)
    if found is None:
        return {}
    mode = stat.S_IMODE(found.st_mode)
    return rights_view(FileState(folder.path / name, mode=mode, uid=found.st_uid, gid=found.st_gid))
