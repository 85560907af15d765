"""Processes in a folder that is made like /proc, whose programs are files of ours."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from pathlib import Path


def show_process(proc: Path, pid: int | str, *command: str, users: t.Sequence[int] = ()) -> Path:
    """
    A process, and its folder.

    Args:
        proc: The folder that is made like /proc.
        pid: Its number.
        command: Its arguments; it runs a program of that name.
        users: The four users that it has; by default all are whoever runs the tests.
    """
    folder = proc / str(pid)
    (folder / "ns").mkdir(parents=True)
    (folder / "cmdline").write_bytes("\0".join([*command, ""]).encode())
    uids = "\t".join(map(str, users or [os.geteuid()] * 4))
    (folder / "status").write_text(f"Name:\tx\nUid:\t{uids}\nGid:\t0\t0\t0\t0\n", encoding="utf-8")
    program = proc.parent / "programs" / command[0].split()[0].rpartition("/")[2]
    program.parent.mkdir(exist_ok=True)
    program.touch(mode=0o755)
    program.chmod(0o755)
    (folder / "exe").symlink_to(program)
    return folder
