# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubelet that runs on this machine, as its process shows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.regcred.kubernetes.plugins.module_utils._domain.kubelet_command import (
    DEFAULT_ROOT_DIR,
    KubeletCommand,
    kubelet_command,
    option_in_command,
    option_in_file,
    root_dir_in_file,
    root_dir_of_sockets,
)
from ansible_collections.regcred.kubernetes.plugins.module_utils._node.proc import (
    PROC,
    environment_of,
    link_of,
    text_of,
)


@dataclass(frozen=True)
class RunningKubelet:
    """
    A kubelet.

    Args:
        pid: Its process.
        root_dir: Where it keeps what it has, and looks for its docker config first.
        working_directory: Where it was started; ``None`` when that cannot be read.
        home: Its ``$HOME``, empty when it has none; ``None`` when that cannot be read.
        is_certain: Whether ``root_dir`` was seen, or it is known that nothing else was asked for.
    """

    pid: int
    root_dir: str
    working_directory: str | None
    home: str | None
    is_certain: bool = True


def running_kubelets(proc: Path = PROC) -> list[RunningKubelet]:
    """
    The kubelets of this machine, ordered by process; those in containers, whose files are others, do not count.

    Args:
        proc: Where processes are seen.
    """
    found = []
    for folder in sorted(proc.glob("[0-9]*"), key=lambda each: int(each.name)):
        command = kubelet_command(text_of(folder / "cmdline") or "")
        if command is not None and _is_trusted(folder):
            kubelet = _seen(folder, command)
            found += [kubelet] if _has_our_files(folder, kubelet.root_dir) else []
    return found


def kubelet_option(pid: int, option: str, proc: Path = PROC) -> str | None:
    """
    What a kubelet was told by an option, as ``--config``; ``None`` when nothing can be seen.

    Args:
        pid: Its process.
        option: With its dashes; looked up in the file that stands for its command line where there is one.
        proc: Where processes are seen.
    """
    folder = proc / str(pid)
    cmdline = text_of(folder / "cmdline") or ""
    command = kubelet_command(cmdline)
    if command is None or command.options_file is None:
        return option_in_command(cmdline, option)
    return option_in_file(text_of(Path(command.options_file)) or "", environment_of(folder) or {}, option)


def _seen(folder: Path, command: KubeletCommand) -> RunningKubelet:
    environment = environment_of(folder)
    working_directory = link_of(folder / "cwd")
    root_dir, is_certain = command.root_dir, True
    if command.options_file is not None:
        options = text_of(Path(command.options_file))
        root_dir = root_dir_in_file(options, environment or {}) if options is not None else None
        is_certain = options is not None and (environment is not None or root_dir is None)
    elif root_dir is None and command.hides_options:
        root_dir = root_dir_of_sockets(text_of(folder / "net" / "unix") or "")
        is_certain = root_dir is not None
    return RunningKubelet(
        pid=int(folder.name),
        root_dir=os.path.normpath(os.path.join(working_directory or "/", root_dir or DEFAULT_ROOT_DIR)),  # noqa: PTH118  # an absolute second part counts alone
        working_directory=working_directory,
        home=None if environment is None else environment.get("HOME", ""),
        is_certain=is_certain,
    )


def _has_our_files(folder: Path, root_dir: str) -> bool:
    """Whether the kubelet's folder is the one that has this name here; what cannot be seen is taken to be."""
    try:
        theirs, ours = (folder / "root" / root_dir.lstrip("/")).stat(), Path(root_dir).stat()
    except PermissionError:
        return True
    except OSError:
        return not _is_elsewhere(folder)
    return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)


def _is_elsewhere(folder: Path) -> bool:
    """Whether a process has mounts of its own."""
    own = link_of(folder.parent / "self" / "ns" / "mnt")
    other = link_of(folder / "ns" / "mnt")
    return None not in (own, other) and own != other


def _is_trusted(folder: Path) -> bool:
    """Whether a process is root's or ours: anybody can call a program kubelet, and have us write where its options say."""
    try:
        return folder.stat().st_uid in (0, os.geteuid())
    except OSError:
        return False
