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

from .file import Rights
from .path import Folder, Way, look
from .private_folder import own_places, private_place
from .problems import NodeFileError, problem_of, user_name

if t.TYPE_CHECKING:
    from pathlib import Path

LOCK_SECONDS = 30
COURTESY_SECONDS = 10
_PAUSE_SECONDS = 0.02
_NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
"""What file systems answer that have no locks for folders, such as NFS."""
_OURS_ALONE = 0o700
_OTHERS = 0o077
_LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Lock:
    """A folder that is locked: a descriptor of it, and what the user should know."""

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
def locked_folder(
    folder: Folder, seconds: float = LOCK_SECONDS, courtesy: float = COURTESY_SECONDS
) -> t.Iterator[Lock]:
    """
    Keep other runs from writing in a folder; what is locked goes with whoever holds it, however that ends.

    A lock on the folder itself can be held by anybody who can open it. So the one that a run insists on is a file that only its
    own user can open. Where others than root can write, they lock the folder itself as well, which keeps the runs of several
    users apart; nobody is waited for long there.

    Args:
        seconds: How long to wait for another run of the same user to end.
        courtesy: How long to wait for whoever holds the folder itself.

    Raises:
        NodeFileError: Another run has not ended, or the folder cannot be opened.
    """
    with folder.listed() as descriptor, _own_lock(folder, seconds) as is_locked:
        warnings: tuple[str, ...] = ()
        if not is_locked:
            places = ", ".join(map(str, own_places()))
            warnings = (f"{folder.path}: no lock can be kept in {places}; see that no two tasks write there at once",)
        if not is_locked or folder.owner != 0 or folder.strangers:
            warnings += _lock_by_courtesy(descriptor, folder.path, courtesy)
        yield Lock(folder.path, descriptor, warnings)


def check_folders(way: Way, most: int) -> None:
    """
    Refuse a path of which more than ``most`` folders are missing.

    Raises:
        NodeFileError: naming the first that is missing.
    """
    if len(way.missing) > most:
        first = way.folder.path / way.missing[0]
        raise NodeFileError(
            way.path.parent,
            "the folder does not exist" + (f", nor does {first}" if len(way.missing) > 1 else ""),
            "correct the path, or make the folder first",
        )


def make_folders(way: Way, rights: Rights) -> None:
    """
    Make what is missing of a way, for its owner alone.

    Args:
        way: To the file; goes on to its folder.
        rights: Of the file that goes there: owner and group count.

    Raises:
        NodeFileError: That is not allowed.
    """
    while way.missing:
        above, path = way.folder, way.folder.path / way.missing[0]
        try:
            os.mkdir(way.missing[0], mode=_OURS_ALONE, dir_fd=above.descriptor)
            is_made = True
            with above.listed() as descriptor:
                _sync(descriptor, above.path)
        except FileExistsError:
            is_made = False  # another run was faster
        except OSError as error:
            raise problem_of(error, path) from None
        way.enter()
        if is_made and (rights.uid, rights.gid) != (None, None):
            _give_new(way.folder, rights)


def _give_new(folder: Folder, rights: Rights) -> None:
    """
    Give away a folder that was just made, if it is still the one that has its name.

    Between the two, whoever can write in the folder above can put another there. A link is not entered, a folder of another owner
    is seen, and of ours the empty one of mode 0700 is worth nothing.
    """
    try:
        with folder.listed() as descriptor:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or found.st_mode & _OTHERS or folder.names():
                raise NodeFileError(
                    folder.path,
                    f"is not the folder that was just made: somebody put another there, which belongs to {user_name(found.st_uid)}",
                    f"see who can write in {folder.path.parent}, and run the task again",
                )
            os.fchown(descriptor, -1 if rights.uid is None else rights.uid, -1 if rights.gid is None else rights.gid)
    except OSError as error:
        raise problem_of(error, folder.path) from None


def _sync(descriptor: int, folder: Path) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has nothing to sync
            raise problem_of(error, folder) from None


@contextlib.contextmanager
def _own_lock(folder: Folder, seconds: float) -> t.Iterator[bool]:
    """A lock that no other user can take, waiting for whoever has it; gives ``False`` where there is no place for one."""
    found = os.fstat(folder.descriptor)
    name = f"{found.st_dev:x}-{found.st_ino:x}"
    end = time.monotonic() + seconds
    with private_place() as place:
        if place is None:
            yield False
            return
        while True:
            with _opened_lock(place, name) as descriptor:
                if _is_taken(descriptor) and _has_name(place, name, descriptor):
                    try:
                        yield True
                    finally:
                        os.unlink(name, dir_fd=place.descriptor)
                    return
            if time.monotonic() > end:
                raise NodeFileError(
                    folder.path,
                    f"another task has been writing here for more than {seconds:g} seconds",
                    "run one at a time; /proc/locks says which process it is",
                )
            time.sleep(_PAUSE_SECONDS)


@contextlib.contextmanager
def _opened_lock(place: Folder, name: str) -> t.Iterator[int]:
    try:
        descriptor = os.open(name, _LOCK_FILE, 0o600, dir_fd=place.descriptor)
    except OSError as error:
        raise problem_of(error, place.path / name) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _has_name(place: Folder, name: str, descriptor: int) -> bool:
    """Whether a lock is not one that was removed, with the end of another run, while it was opened."""
    found = look(place, name)
    return found is not None and found.st_ino == os.fstat(descriptor).st_ino


def _lock_by_courtesy(descriptor: int, folder: Path, seconds: float) -> tuple[str, ...]:
    """Lock the folder itself, or warn that it could not be done."""
    end = time.monotonic() + seconds
    try:
        while not _is_taken(descriptor):
            if time.monotonic() > end:
                warning = (
                    f"{folder}: was locked by somebody for {seconds:g} seconds, who was not waited for any longer; see that no "
                    "other task writes there at once, and /proc/locks for which process it is"
                )
                return (warning,)
            time.sleep(_PAUSE_SECONDS)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise problem_of(error, folder) from None
        return (f"{folder}: its file system has no locks; see that no two tasks write there at once",)
    return ()
