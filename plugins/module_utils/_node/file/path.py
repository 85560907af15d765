# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
The way to a file of this machine, folder by folder and by descriptors.

Root that opens a path by its name goes wherever those lead it who can write in one of its folders: what is a folder at the first
look is a link at the second. So each step here is ``openat`` from the descriptor of the step before, and never through a link;
what is open stays what it is, whatever becomes of its name. A link is read and followed only where nobody but root and ourselves
can have put it.

Who can write is seen by owner and mode. POSIX ACLs show in the mode, as their mask stands in the place of the group's bits; NFSv4
ACLs do not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .problems import NodeFileError, no_file, problem_of, user_name

ANYBODY = -1
"""Among `Folder.strangers`, a group or everybody."""

# By O_PATH, a folder that may be passed through and not listed is passed through.
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_MOST_LINKS = 40
"""As many as Linux follows (``MAXSYMLINKS``)."""
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Folder:
    """
    A folder that is open.

    Attributes:
        path: Its real path.
        descriptor: For ``dir_fd``.
        owner: Its owner.
        strangers: Who beside root and ourselves can have put what is in it there, by itself or by another folder in its place.
        holds_folders: Whether the folders in it are where root or we made them: nobody else can write here, or it is sticky, as
            ``/tmp``. A folder cannot be moved to another by whoever cannot write in itself, as files and links can.
    """

    path: Path
    descriptor: int
    owner: int
    strangers: frozenset[int]
    holds_folders: bool

    @contextlib.contextmanager
    def listed(self) -> t.Iterator[int]:
        """
        A descriptor that can be listed, synced and locked, which ``descriptor`` cannot.

        Raises:
            NodeFileError: That is not allowed.
        """
        try:
            descriptor = os.open(".", _LIST, dir_fd=self.descriptor)
        except OSError as error:
            raise problem_of(error, self.path / ".") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def names(self) -> list[str]:
        """
        What is in it, sorted.

        Raises:
            NodeFileError: That is not allowed.
        """
        with self.listed() as descriptor, os.scandir(descriptor) as entries:
            return sorted(entry.name for entry in entries)


class Way:
    """
    The way to a path, as far as it is there.

    Use `way_to_file` or `way_to_folder`, which close what was opened.

    Attributes:
        missing: The folders that are not there, below `folder`, the outermost first.
        name: Of the file; not that of a link, unless it became one since.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_absolute():
            raise NodeFileError(
                path, "is relative, to a folder that depends on how Ansible connects", "give the whole path"
            )
        self._asked = path
        self._links = 0
        self._folders = [_opened(Path("/"), None)]
        self.missing: list[str] = []
        self.name = ""

    @property
    def folder(self) -> Folder:
        """The last folder of the way that is there."""
        return self._folders[-1]

    @property
    def path(self) -> Path:
        """Where it leads, without links."""
        return self.folder.path.joinpath(*self.missing, self.name)

    def close(self) -> None:
        """Close the descriptors of all folders on the way."""
        self._close_below(0)

    def go_to_file(self) -> None:
        """
        Go as far as there are folders, and through a link in the file's place.

        Raises:
            NodeFileError: A link is not to be followed, leads nowhere or in a circle, or something is not allowed.
        """
        names = _names(str(self._asked))
        is_link = False
        while True:
            if not names or names[-1] == "..":
                raise no_file(self._asked, stat.S_IFDIR)
            self.name = names.pop()
            self.missing = self._go(names)
            target = None if self.missing else self._target(self.name)
            if target is None:
                break
            names, is_link = target, True
        if is_link and (self.missing or self._look(self.name) is None):
            raise NodeFileError(
                self._asked,
                f"is a link to {self.path}, which does not exist",
                "remove the link, or give its target as the path",
            )

    def go_to_folder(self) -> None:
        """
        Go as far as there are folders; the rest is in ``missing``.

        Raises:
            NodeFileError: A link is not to be followed, or leads in a circle; something is not allowed.
        """
        self.missing = self._go(_names(str(self._asked)))

    def enter(self) -> None:
        """
        Go into the first of the missing folders, which somebody has made.

        Raises:
            NodeFileError: It is none that can be entered.
        """
        first, *rest = self.missing
        if self._go([first]):
            raise NodeFileError(self.folder.path / first, "was removed while the task ran", "run it again")
        self.missing = rest

    def _go(self, names: list[str]) -> list[str]:
        while names:
            name, *rest = names
            if name == "..":
                self._close_below(max(1, len(self._folders) - 1))
                names = rest
                continue
            try:
                self._folders.append(_opened(self.folder.path / name, self.folder))
            except FileNotFoundError:
                if ".." in rest:
                    cure = "correct the path, or make the folder first"
                    raise NodeFileError(self.folder.path / name, "the folder does not exist", cure) from None
                return names
            except OSError as error:
                target = self._target(name) if error.errno in (errno.ENOTDIR, errno.ELOOP) else None
                if target is None:
                    is_place = error.errno in (errno.EACCES, errno.EPERM)
                    raise problem_of(error, self.folder.path / name if is_place else self._asked) from None
                names = target + rest
            else:
                names = rest
        return []

    def _target(self, name: str) -> list[str] | None:
        """Where a link leads from here; ``None`` where there is no link."""
        found = self._look(name)
        if found is None or not stat.S_ISLNK(found.st_mode):
            return None
        self._links += 1
        if self._links > _MOST_LINKS:
            raise problem_of(OSError(errno.ELOOP, ""), self._asked)
        check_link(self.folder, name, found.st_uid)
        target = os.readlink(name, dir_fd=self.folder.descriptor)
        if target.startswith("/"):
            self._close_below(1)
        return _names(target)

    def _look(self, name: str) -> os.stat_result | None:
        try:
            return look(self.folder, name)
        except OSError as error:
            raise problem_of(error, self.folder.path / name) from None

    def _close_below(self, depth: int) -> None:
        for folder in self._folders[depth:]:
            os.close(folder.descriptor)
        del self._folders[depth:]


@contextlib.contextmanager
def way_to_file(path: Path) -> t.Iterator[Way]:
    """
    The way to a file, its folders open.

    Raises:
        NodeFileError: A link is not to be followed, leads nowhere or in a circle; the path is relative; something is not allowed.
    """
    way = Way(path)
    with contextlib.closing(way):
        way.go_to_file()
        yield way


@contextlib.contextmanager
def way_to_folder(path: Path) -> t.Iterator[Way]:
    """
    The way to a folder; it is `Way.folder` unless something is missing.

    Raises:
        NodeFileError: A link is not to be followed, or leads in a circle; the path is relative; something is not allowed.
    """
    way = Way(path)
    with contextlib.closing(way):
        way.go_to_folder()
        yield way


def look(folder: Folder, name: str) -> os.stat_result | None:
    """What has a name, be it a link; ``None`` for nothing."""
    try:
        return os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
    except FileNotFoundError:
        return None


def check_link(folder: Folder, name: str, owner: int) -> None:
    """
    Refuse to follow a link that another than root or we can have put there.

    Raises:
        NodeFileError: naming the link and its owner.
    """
    is_ours = owner in _trusted()
    if is_ours and not folder.strangers:
        return
    where = "" if not is_ours else f", in a folder that {strangers_of(folder)} can write to"
    me = user_name(os.geteuid())
    followed = "root" if me == "root" else f"root or {me}"
    become = "" if is_ours else f", or run the task as {user_name(owner)} (become_user)"
    raise NodeFileError(
        folder.path / name,
        f"is a link that belongs to {user_name(owner)}{where}; it is not followed, because only {followed} may say where "
        f"{me} reads and writes",
        f"give its target as the path{become}",
    )


def strangers_of(folder: Folder) -> str:
    """Who else can put files into a folder, in words."""
    names = [user_name(uid) for uid in sorted(folder.strangers - {ANYBODY})]
    return ", ".join([*names, "others"] if ANYBODY in folder.strangers else names)


def _opened(path: Path, above: Folder | None) -> Folder:
    descriptor = os.open(path.name or "/", _STEP, dir_fd=None if above is None else above.descriptor)
    try:
        found = os.fstat(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    here = {found.st_uid} - _trusted()
    is_sticky = not here and bool(found.st_mode & stat.S_ISVTX)
    if found.st_mode & _WRITABLE_BY_OTHERS:
        here.add(ANYBODY)
    outside = frozenset() if above is None or above.holds_folders else above.strangers
    return Folder(path, descriptor, found.st_uid, outside | here, not outside and (not here or is_sticky))


def _trusted() -> set[int]:
    return {0, os.geteuid()}


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
