# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder that a node's file is in: made when it is missing, and locked against a second writer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.regcred.kubernetes.plugins.module_utils._node.node_file import (
    NodeFileError,
    Rights,
    problem_of,
)

if t.TYPE_CHECKING:
    from pathlib import Path

LOCK_SECONDS = 30
_PAUSE_SECONDS = 0.02
_NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
"""What file systems answer that have no locks for folders, such as NFS."""


@dataclass(frozen=True)
class Lock:
    """A folder that is locked: its descriptor, and what the user should know."""

    folder: Path
    descriptor: int
    warnings: tuple[str, ...] = ()

    def sync(self) -> None:
        """
        Have the names in it written to the disk, as its files are.

        Raises:
            NodeFileError: The disk fails.
        """
        _sync(self.descriptor, self.folder)


@contextlib.contextmanager
def locked_folder(folder: Path, seconds: float = LOCK_SECONDS) -> t.Iterator[Lock]:
    """
    Keep other runs from writing in a folder; the lock leaves no file behind, and goes with whoever holds it.

    Args:
        folder: Which.
        seconds: How long to wait for another run to end.

    Raises:
        NodeFileError: Another run has not ended, or the folder cannot be opened.
    """
    with _opened(folder) as descriptor:
        yield _lock(descriptor, folder, seconds)


def check_folders(folder: Path, most: int) -> None:
    """
    Refuse a path of which more than ``most`` folders are missing.

    Raises:
        NodeFileError: naming the first that is missing.
    """
    missing = _missing(folder)
    if len(missing) > most:
        raise NodeFileError(
            folder,
            "the folder does not exist" + (f", nor does {missing[0]}" if len(missing) > 1 else ""),
            "correct the path, or make the folder first",
        )


def make_folders(folder: Path, rights: Rights) -> None:
    """
    Make what is missing of a folder, for its owner alone.

    Args:
        folder: Which.
        rights: Of the file that goes there: owner and group count.

    Raises:
        NodeFileError: That is not allowed.
    """
    for path in _missing(folder):
        try:
            path.mkdir(mode=0o700)
            with _opened(path.parent) as descriptor:
                _sync(descriptor, path.parent)
            if (rights.uid, rights.gid) != (None, None):
                os.chown(path, -1 if rights.uid is None else rights.uid, -1 if rights.gid is None else rights.gid)
        except FileExistsError:
            continue  # another run was faster
        except OSError as error:
            raise problem_of(error, path) from None


@contextlib.contextmanager
def _opened(folder: Path) -> t.Iterator[int]:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise problem_of(error, folder / ".") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync(descriptor: int, folder: Path) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has nothing to sync
            raise problem_of(error, folder) from None


def _missing(folder: Path) -> list[Path]:
    """Folders that are not there, the outermost first."""
    return [each for each in (*reversed(folder.parents), folder) if not _is_there(each)]


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise problem_of(error, path) from None
    return True


def _lock(descriptor: int, folder: Path, seconds: float) -> Lock:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise NodeFileError(
                    folder,
                    f"another task has been writing here for more than {seconds:g} seconds",
                    "run one at a time; /proc/locks says which process it is",
                ) from None
            time.sleep(_PAUSE_SECONDS)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise problem_of(error, folder) from None
            return Lock(
                folder,
                descriptor,
                (f"{folder}: its file system has no locks; see that no two tasks write there at once",),
            )
        else:
            return Lock(folder, descriptor)
