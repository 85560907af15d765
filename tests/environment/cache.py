"""
Where slow things are kept between runs, and how runs beside each other share them.

Everything lives under one folder, ``${XDG_CACHE_HOME:-~/.cache}/regcred``; deleting it costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import typing as t
from pathlib import Path

COMPLETE = ".complete"


def cache_root() -> Path:
    """The cache folder, made when it is not there (mode 0700)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    root = Path(base) / "regcred"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


@contextlib.contextmanager
def locked(path: Path, *, while_waiting: str) -> t.Iterator[None]:
    """
    Hold an exclusive lock on ``path`` (made when missing); it ends with the process, so a killed run blocks nobody.

    Args:
        path: The lock file.
        while_waiting: What to tell the user when somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(while_waiting, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def build_once(folder: Path, build: t.Callable[[Path], None], *, what: str) -> Path:
    """
    Fill ``folder`` by ``build(folder)`` unless an earlier run has done so completely.

    A folder counts only when its marker file is there, which is written last: what a broken run left is thrown away.

    Args:
        folder: The result; its name must change whenever its contents would.
        build: Called with the empty folder, under a lock that other runs wait for.
        what: What is being built, for the message to a run that waits.
    """
    marker = folder / COMPLETE
    if marker.exists():
        return folder
    with locked(
        folder.with_name(folder.name + ".lock"), while_waiting=f"waiting for another run that is making {what}"
    ):
        if not marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            build(folder)
            marker.touch()
    return folder
