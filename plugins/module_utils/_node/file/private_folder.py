# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder of the machine that is ours alone, for locks and for what a program has to read while it runs."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import typing as t
from pathlib import Path

from .path import Folder, way_to_folder
from .problems import NodeFileError

_OURS_ALONE = 0o700
_SECRET = "secret-"  # the beginning of a name
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def own_places() -> tuple[Path, ...]:
    """Where such a folder may be; the same for all runs of a user, whatever their variables, or else two would not meet."""
    uid = os.geteuid()
    own = (Path("/run/regcred"),) if uid == 0 else ()
    return (*own, Path(f"/tmp/regcred-{uid}"), Path(f"/var/tmp/regcred-{uid}"))  # noqa: S108  # used only if it is ours alone


@contextlib.contextmanager
def private_place() -> t.Iterator[Folder | None]:
    """The first of these places that is ours alone, or can be made; it stays. ``None`` where there is none."""
    for path in own_places():
        with contextlib.ExitStack() as stack:
            try:
                way = stack.enter_context(way_to_folder(path))
                if way.missing == [path.name]:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(path.name, mode=_OURS_ALONE, dir_fd=way.folder.descriptor)
                    way.enter()
            except (OSError, NodeFileError):
                continue
            if way.folder.path == path and way.folder.owner == os.geteuid() and not way.folder.strangers:
                yield way.folder
                return
    yield None


@contextlib.contextmanager
def secret_folder() -> t.Iterator[Path]:
    """
    An empty folder for secrets, which goes with the ``with``; what killed runs left of theirs goes before.

    It can be named to a program, because nobody else can put another in its place.

    Raises:
        OSError: There is no place for it.
    """
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(private_place())
        if place is None:
            raise OSError(
                errno.EACCES, f"no folder in {', '.join(map(str, own_places()))} can be kept for its user alone"
            )
        with place.listed() as whole:
            fcntl.flock(whole, fcntl.LOCK_EX)  # so that no other run takes the new folder for one that was left
            _remove_left(place)
            folder = Path(tempfile.mkdtemp(prefix=_SECRET, dir=place.path))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            in_use = os.open(folder.name, _OPEN, dir_fd=place.descriptor)
            stack.callback(os.close, in_use)
            fcntl.flock(in_use, fcntl.LOCK_EX)
        yield folder


def remove_left_folders() -> None:
    """Remove what killed runs of the same user left of theirs, also when nothing new is needed."""
    with private_place() as place:
        if place is not None:
            with place.listed() as whole:
                fcntl.flock(whole, fcntl.LOCK_EX)
                _remove_left(place)


def _remove_left(place: Folder) -> None:
    """A folder that is in use is locked by its run, and a lock goes with its process."""
    for name in place.names():
        if not name.startswith(_SECRET):
            continue
        with contextlib.suppress(OSError):
            left = os.open(name, _OPEN, dir_fd=place.descriptor)
            try:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place.path / name, ignore_errors=True)
            finally:
                os.close(left)
