# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""
Folders for files with secrets that are there while a program runs, and not a moment longer than the process that made them.

Whoever made one holds a lock on it, which ends with its process however that ends. So a folder of ours without a lock is one that
a killed run left. Others can plant folders and links under such names; what is not a folder of ours that nobody else may open stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import typing as t
from pathlib import Path

PREFIX = "regcred-run-"


@contextlib.contextmanager
def secret_folder() -> t.Iterator[Path]:
    """A new folder that nobody else may open, gone afterwards with all that is in it."""
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        while not _is_locked(folder, stack):  # another run took it for one that was left
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def remove_left_folders() -> None:
    """Remove what killed runs of the same user left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.ExitStack() as stack:
            if _is_locked(folder, stack):
                shutil.rmtree(folder, ignore_errors=True)


def _is_locked(folder: Path, stack: contextlib.ExitStack) -> bool:
    """Lock a folder until the stack is closed, if it is there, ours alone, and nobody else has."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    stack.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        there = folder.lstat()
    except OSError:
        return False
    opened = os.fstat(descriptor)
    is_ours = opened.st_uid == os.geteuid() and stat.S_IMODE(opened.st_mode) == stat.S_IRWXU
    return is_ours and (opened.st_dev, opened.st_ino) == (there.st_dev, there.st_ino)
