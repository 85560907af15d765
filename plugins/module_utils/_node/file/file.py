# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
A file of a node: read, and replaced as a whole.

What ansible-core has for this (``atomic_move``, ``set_fs_attributes_if_different``) gives a new file the umask's mode and the
running user as owner for a moment, an existing one the old mode, works by names, and syncs nothing: whoever is killed then leaves a
password that others may read, and whoever may write in the folder says what becomes of which file. So a file gets owner, mode and
SELinux context here by its descriptor, before it gets its name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from .path import Folder, look, strangers_of, way_to_file
from .problems import NodeFileError, no_file, problem_of, user_name

Label = t.Callable[[Path, str], str]
"""The SELinux context for a file, from its path and the context that it has, empty for none; empty where there is no SELinux."""

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; a docker config with 20,000 registries has five million."""

_CONTEXT = "security.selinux"
_NO_CONTEXTS = (errno.ENODATA, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EACCES)
_STRAY = ".regcred-"
"""Between name and random part of a temporary file: the next run knows by it what a killed one left behind."""
_PREVIOUS = "previous-"
"""In the place of the random part, of a copy to take a change back."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Rights:
    """
    Who may do what with a file.

    Attributes:
        mode: Its permission bits.
        uid: Its owner; ``None`` for the one that it has, or whoever makes it.
        gid: Its group; ``None`` for the one that it has, or that of whoever makes it.
    """

    mode: int
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class FileState:
    """
    A file as it is.

    Attributes:
        path: Its real path.
        content: What is in it; ``None`` when there is no such file.
        mode: Its permission bits. ``uid`` and ``gid`` its owner and group.
        identity: Device and inode.
        names: How many names it has, in whatever folders.
        context: Its SELinux context; empty for none.
    """

    path: Path
    content: bytes | None = field(default=None, repr=False)
    mode: int = 0
    uid: int = -1
    gid: int = -1
    identity: tuple[int, int] = field(default=(0, 0), compare=False)
    names: int = field(default=1, compare=False)
    context: str = field(default="", compare=False)

    def with_rights(self, rights: Rights) -> FileState:
        """The same file once it has these rights."""
        uid = rights.uid if rights.uid is not None else self.uid if self.content is not None else os.geteuid()
        gid = rights.gid if rights.gid is not None else self.gid if self.content is not None else os.getegid()
        return replace(self, mode=rights.mode, uid=uid, gid=gid)


def read_path(path: Path) -> FileState:
    """
    A file's contents and rights, by its path.

    Raises:
        NodeFileError: It cannot be read, is no file, is too large, or lies behind a link that is not followed.
    """
    with way_to_file(path) as way:
        return FileState(way.path) if way.missing else read_file(way.folder, way.name)


def read_named(path: Path) -> bytes | None:
    """
    What is in a docker config that an option names; ``None`` when it is not there.

    Root goes through no link that others can have put there; whoever else it is gets no further by one than by itself.

    Raises:
        NodeFileError: It cannot be read, is no file, is too large, or lies behind such a link.
    """
    path = path.absolute()
    return read_path(path if os.geteuid() == 0 else Path(os.path.realpath(path))).content


def read_file(folder: Folder, name: str) -> FileState:
    """
    A file's contents and rights, in a folder that is open.

    Raises:
        NodeFileError: It cannot be read, is no file, or is too large.
    """
    path = folder.path / name
    try:
        with _opened(folder, name) as file:
            found = os.fstat(file.fileno())
            content = b"" if found.st_size > LARGEST_FILE else file.read(LARGEST_FILE + 1)
            context = _context_of(file.fileno())
    except FileNotFoundError:
        return FileState(path)
    except OSError as error:
        raise problem_of(error, path) from None
    if max(found.st_size, len(content)) > LARGEST_FILE:
        size = f"{LARGEST_FILE // (1024 * 1024)} MiB"
        raise NodeFileError(path, f"is larger than {size}, and is not read", "correct the path, or make it smaller")
    mode, identity = stat.S_IMODE(found.st_mode), (found.st_dev, found.st_ino)
    return FileState(path, content, mode, found.st_uid, found.st_gid, identity, found.st_nlink, context)


def text_at(path: Path) -> str | None:
    """
    What a program's own configuration says; ``None`` when it is not there.

    Raises:
        NodeFileError: It is there, and what it says is not known.
    """
    content = read_path(path).content
    return None if content is None else content.decode("utf-8", "surrogateescape")


def check_not_planted(folder: Folder, observed: FileState, rights: Rights) -> None:
    """
    Refuse to open to others what they may have put there without being able to read it.

    Whoever can write in a folder can give a file of somebody else's a name in it (a hard link), or move one there.

    Raises:
        NodeFileError: naming the file and its owner.
    """
    if observed.content is None or folder.strangers <= {observed.uid}:
        return
    wanted = observed.with_rights(rights)
    is_given = wanted.uid != observed.uid or (wanted.gid != observed.gid and wanted.mode & stat.S_IRWXG)
    is_opened = wanted.mode & ~observed.mode & (stat.S_IRWXG | stat.S_IRWXO)
    if not (is_given or is_opened or observed.names > 1):
        return
    has_names = f" and has {observed.names} names" if observed.names > 1 else ""
    raise NodeFileError(
        observed.path,
        f"belongs to {user_name(observed.uid)}{has_names}, and {strangers_of(folder)} can have put it there without being "
        "allowed to read it",
        "see what it is; then remove it, or give it mode and owner (chmod, chown) yourself",
    )


def write_file(folder: Folder, observed: FileState, content: bytes, rights: Rights, label: Label) -> None:
    """
    Put a file in the place of ``observed`` in one step, complete and with its rights from the first moment on.

    Raises:
        NodeFileError: It cannot be written; the file is as it was, and nothing else is left.
    """
    path = observed.path
    wanted = observed.with_rights(rights)
    try:
        descriptor, temporary = _made(folder, path.name)
    except OSError as error:
        raise problem_of(error, path) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _give(file.fileno(), wanted)
            _set_context(file.fileno(), label(path, observed.context))
            os.fsync(file.fileno())
        os.rename(temporary, path.name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
    except OSError as error:
        _remove_quietly(folder, temporary)
        raise problem_of(error, path) from None
    except BaseException:
        _remove_quietly(folder, temporary)
        raise


def set_rights(folder: Folder, observed: FileState, rights: Rights) -> None:
    """
    Give a file that is there these rights.

    Raises:
        NodeFileError: That is not allowed, or another file has its name by now.
    """
    try:
        with _opened(folder, observed.path.name) as file:
            found = os.fstat(file.fileno())
            if (found.st_dev, found.st_ino) != observed.identity:
                raise NodeFileError(observed.path, "was replaced while the task ran", "see by whom, and run it again")
            _give(file.fileno(), observed.with_rights(rights))
            os.fsync(file.fileno())
    except OSError as error:
        raise problem_of(error, observed.path) from None


def remove_file(folder: Folder, name: str) -> None:
    """
    Remove a file.

    Raises:
        NodeFileError: That is not allowed.
    """
    try:
        os.unlink(name, dir_fd=folder.descriptor)
    except FileNotFoundError:
        return
    except OSError as error:
        raise problem_of(error, folder.path / name) from None


def put_back(folder: Folder, copy: str, name: str) -> None:
    """
    Put a copy in a file's place, with the rights and the SELinux context that it has.

    Whatever has the name by now is replaced, be it a link; nothing is read, and nothing is given away.

    Raises:
        NodeFileError: It is no file that `previous_copy` named, is not there, or that is not allowed.
    """
    path = folder.path / copy
    if not copy.startswith(_stray_prefix(name) + _PREVIOUS):
        raise NodeFileError(path, f"is no copy of {folder.path / name}", "give what previous.backup_file returned")
    try:
        found = look(folder, copy)
        if found is None:
            raise NodeFileError(path, "is not there; a later run on the file removes it", "write the file anew")
        if not stat.S_ISREG(found.st_mode):
            raise NodeFileError(
                path, "is no file any more", f"see who can write in {folder.path}, and write the file anew"
            )
        os.rename(copy, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
    except OSError as error:
        raise problem_of(error, path) from None


def strays(folder: Folder, name: str) -> list[str]:
    """What runs left of their work on a file, copies to take a change back included."""
    return [other for other in folder.names() if other.startswith(_stray_prefix(name))]


def remove_strays(folder: Folder, name: str) -> None:
    """Remove what killed runs left of their work on a file; to be called by whoever holds the lock."""
    for other in strays(folder, name):
        _remove_quietly(folder, other)


def _opened(folder: Folder, name: str) -> t.BinaryIO:
    """A file for reading; whatever is no file is not even opened, as a FIFO would be waited for and a device moved."""
    path = folder.path / name
    found = look(folder, name)
    if found is not None and stat.S_ISLNK(found.st_mode):  # the way went through those that were there before
        raise NodeFileError(path, "became a link while the task ran", "see who made it, and run the task again")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise no_file(path, found.st_mode)
    descriptor = os.open(name, _READ, dir_fd=folder.descriptor)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise no_file(path, mode)
    return os.fdopen(descriptor, "rb")


def _made(folder: Folder, name: str) -> tuple[int, str]:
    """A new file that is ours alone, beside another, and its name."""
    while True:
        temporary = f"{_stray_prefix(name)}{secrets.token_hex(4)}"
        with contextlib.suppress(FileExistsError):
            return os.open(temporary, _MAKE, 0o600, dir_fd=folder.descriptor), temporary


def _give(descriptor: int, wanted: FileState) -> None:
    """The owner before the mode: the other way round, a file that others may not read would be theirs for a moment."""
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (wanted.uid, wanted.gid):
        os.fchown(descriptor, wanted.uid, wanted.gid)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != wanted.mode:
        os.fchmod(descriptor, wanted.mode)


def _context_of(descriptor: int) -> str:
    if not hasattr(os, "getxattr"):  # a controller that is no Linux, which reads files, too
        return ""
    try:
        return os.getxattr(descriptor, _CONTEXT).rstrip(b"\0").decode()
    except OSError as error:
        if error.errno in _NO_CONTEXTS:
            return ""
        raise


def _set_context(descriptor: int, context: str) -> None:
    """Where the file system keeps none, as FAT, there is nothing to do."""
    if not context or context == _context_of(descriptor):
        return
    try:
        os.setxattr(descriptor, _CONTEXT, context.encode())
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOTSUP):
            raise


def previous_copy(path: Path) -> Path:
    """Where a file is kept as it was, which the next run on it removes, should it still be there."""
    return path.with_name(f"{_stray_prefix(path.name)}{_PREVIOUS}{os.getpid()}")


def _stray_prefix(name: str) -> str:
    return f".{name}{_STRAY}"


def _remove_quietly(folder: Folder, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder.descriptor)
