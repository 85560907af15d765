# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A file of a node: read, and replaced as a whole.

What ansible-core has for this (``atomic_move``, ``set_fs_attributes_if_different``) gives a new file the umask's mode and the
running user as owner for a moment, an existing one the old mode, and syncs nothing: whoever is killed then leaves a password that
others may read. So a file gets owner, mode and SELinux context here before it gets its name.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import stat
import tempfile
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.errors import RegcredError

Label = t.Callable[[Path, Path, bool], None]
"""Gives the first file the SELinux context of the second, or, when that is not there, the one that belongs to its place."""

_STRAY = ".regcred-"
"""Between name and random part of a temporary file: the next run knows by it what a killed one left behind."""


class NodeFileError(RegcredError):
    """
    A file of the node cannot be read or written; it is as it was.

    Args:
        path: Which.
        problem: What is wrong.
        cure: What to do.
    """

    def __init__(self, path: Path, problem: str, cure: str) -> None:
        super().__init__(f"{path}: {problem}; {cure}")
        self.path = path
        self.problem = problem
        self.cure = cure


@dataclass(frozen=True)
class Rights:
    """
    Who may do what with a file.

    Args:
        mode: Its permission bits.
        uid: Its owner; ``None`` for the one that it has, or whoever makes it. ``gid`` likewise.
    """

    mode: int
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class FileState:
    """
    A file as it is.

    Args:
        path: Its real path.
        content: What is in it; ``None`` when there is no such file.
        mode: Its permission bits. ``uid`` and ``gid`` its owner and group.
    """

    path: Path
    content: bytes | None = field(default=None, repr=False)
    mode: int = 0
    uid: int = -1
    gid: int = -1

    def with_rights(self, rights: Rights) -> FileState:
        """The same file once it has these rights."""
        uid = rights.uid if rights.uid is not None else self.uid if self.content is not None else os.geteuid()
        gid = rights.gid if rights.gid is not None else self.gid if self.content is not None else os.getegid()
        return replace(self, mode=rights.mode, uid=uid, gid=gid)


def real_path(path: Path) -> Path:
    """
    Where a file really is: a link is followed, so that its target is replaced and the link stays, as docker does it.

    Raises:
        NodeFileError: The path is relative, or a link that leads nowhere or in a circle.
    """
    if not path.is_absolute():
        raise NodeFileError(
            path, "is relative, to a folder that depends on how Ansible connects", "give the whole path"
        )
    if path.is_symlink():
        _check_link(path)
    return Path(os.path.realpath(path))


def _check_link(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        target = os.path.realpath(path)
        raise NodeFileError(
            path, f"is a link to {target}, which does not exist", "remove the link, or give its target as the path"
        ) from None
    except OSError as error:
        raise problem_of(error, path) from None


def read_file(path: Path) -> FileState:
    """
    A file's contents and rights.

    Raises:
        NodeFileError: It cannot be read, or is no file.
    """
    try:
        with _opened(path) as file:
            found = os.fstat(file.fileno())
            return FileState(path, file.read(), stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)
    except FileNotFoundError:
        return FileState(path)
    except OSError as error:
        raise problem_of(error, path) from None


def _opened(path: Path) -> t.BinaryIO:
    """A file for reading; whatever is no file is not even opened, as a FIFO would be waited for."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise _no_file(path, mode)
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def write_file(observed: FileState, content: bytes, rights: Rights, label: Label) -> None:
    """
    Put a file in the place of ``observed`` in one step, complete and with its rights from the first moment on.

    Raises:
        NodeFileError: It cannot be written; the file is as it was, and nothing else is left.
    """
    path = observed.path
    wanted = observed.with_rights(rights)
    try:
        descriptor, name = tempfile.mkstemp(prefix=_stray_prefix(path), dir=path.parent)
    except OSError as error:
        raise problem_of(error, path) from None
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _give(file.fileno(), wanted)
            label(written, path, observed.content is not None)
            os.fsync(file.fileno())
        written.rename(path)
    except OSError as error:
        _remove_quietly(written)
        raise problem_of(error, path) from None
    except BaseException:
        _remove_quietly(written)
        raise


def set_rights(observed: FileState, rights: Rights) -> None:
    """
    Give a file that is there these rights.

    Raises:
        NodeFileError: That is not allowed.
    """
    try:
        with _opened(observed.path) as file:
            _give(file.fileno(), observed.with_rights(rights))
            os.fsync(file.fileno())
    except OSError as error:
        raise problem_of(error, observed.path) from None


def remove_file(path: Path) -> None:
    """
    Remove a file.

    Raises:
        NodeFileError: That is not allowed.
    """
    try:
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise problem_of(error, path) from None


def remove_strays(path: Path) -> None:
    """Remove what killed runs left of their work on a file; to be called by whoever holds the lock."""
    prefix = _stray_prefix(path)
    for other in path.parent.iterdir():
        if other.name.startswith(prefix):
            _remove_quietly(other)


def problem_of(error: OSError, path: Path) -> NodeFileError:
    """An error of the operating system in words, with what to do."""
    problem, cure = _PROBLEMS.get(
        error.errno or 0,
        (f"cannot be read or written ({error.strerror})", "see what is there, and who may do what with it"),
    )
    return NodeFileError(path, problem.format(folder=path.parent, user=user_name(os.geteuid())), cure)


def user_name(uid: int) -> str:
    """The user's name; the number when there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The group's name; the number when there is none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


_DENIED = (
    "permission denied for user {user} in {folder}",
    "run the task as root or as the owner (become); a file can be immutable, too (lsattr)",
)
_NO_SPACE = ("there is no space left on the disk of {folder}", "free some, the file is as it was")
_PROBLEMS: t.Mapping[int, tuple[str, str]] = {
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: ("the quota of {folder} is used up", "free some space, the file is as it was"),
    errno.EROFS: ("the file system of {folder} is read-only", "mount it writable, or name another path"),
    errno.EBUSY: ("is a mount of its own, which cannot be replaced", "mount its folder in place of the file"),
    errno.ENOTDIR: ("lies below something that is no folder", "correct the path"),
    errno.ENAMETOOLONG: ("has a name that is too long", "give a shorter one"),
    errno.ELOOP: ("is a link that leads in a circle, or lies behind one", "remove the link"),
}


def _no_file(path: Path, mode: int) -> NodeFileError:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = kinds.get(stat.S_IFMT(mode), "something else")
    return NodeFileError(path, f"is {kind}, where a file should be", "correct the path, or remove what is there")


def _give(descriptor: int, wanted: FileState) -> None:
    """The owner before the mode: the other way round, a file that others may not read would be theirs for a moment."""
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (wanted.uid, wanted.gid):
        os.fchown(descriptor, wanted.uid, wanted.gid)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != wanted.mode:
        os.fchmod(descriptor, wanted.mode)


def stray(path: Path, name: str) -> Path:
    """A file beside another that the next run on that one removes, should it still be there."""
    return path.with_name(_stray_prefix(path) + name)


def _stray_prefix(path: Path) -> str:
    return f".{path.name}{_STRAY}"


def _remove_quietly(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
