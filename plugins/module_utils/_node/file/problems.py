# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with a file of a node, in words."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import typing as t

from ..._domain.errors import RegcredError

if t.TYPE_CHECKING:
    from pathlib import Path


class NodeFileError(RegcredError):
    """
    A file of the node cannot be read or written; it is as it was.

    Args:
        path: The file or folder that it is about.
        problem: What is wrong, a clause about it.
        cure: What to do.
    """

    def __init__(self, path: Path, problem: str, cure: str) -> None:
        super().__init__(f"{path}: {problem}; {cure}")
        self.path = path
        self.problem = problem
        self.cure = cure


def problem_of(error: OSError, path: Path) -> NodeFileError:
    """An error of the operating system in words, with what to do."""
    problem, cure = _PROBLEMS.get(
        error.errno or 0,
        (f"cannot be read or written ({error.strerror})", "see what is there, and who may do what with it"),
    )
    return NodeFileError(path, problem.format(folder=path.parent, user=user_name(os.geteuid())), cure)


def no_file(path: Path, mode: int) -> NodeFileError:
    """Something else is there than a file."""
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    return NodeFileError(path, f"is {kind}, where a file should be", "correct the path, or remove what is there")


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
_KINDS: t.Mapping[int, str] = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
