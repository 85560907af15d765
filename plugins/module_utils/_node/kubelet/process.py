# Copyright (c) 2026, the regcred.kubernetes authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubelet that runs on this machine, as its process shows it."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._domain.kubelet.command import (
    DEFAULT_ROOT_DIR,
    KUBELET_PROGRAMS,
    KubeletCommand,
    kubelet_command,
    option_in_command,
    option_in_file,
    root_dir_in_file,
    root_dir_of_sockets,
)
from ..file.file import text_at
from ..file.problems import NodeFileError
from ..proc import PROC, Process, link_of, processes_of, text_of


@dataclass(frozen=True)
class RunningKubelet:
    """
    A kubelet, as it was when it was looked at.

    Attributes:
        pid: Its process.
        root_dir: Where it keeps what it has, and looks for its docker config first.
        working_directory: Where it was started; ``None`` when that cannot be read.
        home: Its ``$HOME``, empty when it has none; ``None`` when that cannot be read.
        is_certain: Whether ``root_dir`` was seen, or it is known that nothing else was asked for.
        hides_options: Whether it may have got options that are not seen.
        service: The service that it belongs to, such as ``kubelet`` or ``rke2-agent``.
        started: When it was started, in seconds of this machine's clock; ``None`` when that cannot be seen.
        option: Looks up an option with its dashes, as ``--config``; ``None`` where it was not given.
        unread: Why the file with its options is not read, so that none of them is known; ``None`` where it is, or there is none.
    """

    pid: int
    root_dir: str
    working_directory: str | None
    home: str | None
    is_certain: bool = True
    hides_options: bool = field(default=False, compare=False)
    service: str = field(default="", compare=False)
    started: float | None = field(default=None, compare=False)
    option: t.Callable[[str], str | None] = field(default=lambda _name: None, repr=False, compare=False)
    unread: NodeFileError | None = field(default=None, compare=False)


def running_kubelets(proc: Path = PROC) -> list[RunningKubelet]:
    """
    The kubelets of this machine, ordered by process; those in containers, whose files are others, do not count.

    Args:
        proc: Where processes are seen.
    """
    own_mounts = link_of(proc / "self" / "ns" / "mnt")
    found = processes_of(KUBELET_PROGRAMS, lambda process: _seen(process, own_mounts), proc)
    return [kubelet for kubelet in found if kubelet is not None]


def _seen(process: Process, own_mounts: str | None) -> RunningKubelet | None:
    cmdline = process.cmdline
    command = kubelet_command(cmdline)
    if command is None:
        return None
    environment = process.environment
    options_file = command.options_file
    options, unread = None, None
    try:
        options = text_at(Path(options_file)) if options_file is not None else None
    except NodeFileError as error:
        unread = error
    root_dir, is_certain = _root_dir(process, command, options, environment)
    working_directory = link_of(process.folder / "cwd")
    root_dir = os.path.normpath(os.path.join(working_directory or "/", root_dir or DEFAULT_ROOT_DIR))  # noqa: PTH118  # an absolute second part counts alone
    if not _has_our_files(process.folder, root_dir, own_mounts):
        return None

    def option(name: str) -> str | None:
        if options_file is None:
            return option_in_command(cmdline, name)
        return option_in_file(options or "", environment or {}, name)

    return RunningKubelet(
        pid=process.pid,
        root_dir=root_dir,
        working_directory=working_directory,
        home=None if environment is None else environment.get("HOME", ""),
        is_certain=is_certain,
        hides_options=command.hides_options,
        service=process.service,
        started=process.started,
        option=option,
        unread=unread,
    )


def _root_dir(
    process: Process, command: KubeletCommand, options: str | None, environment: t.Mapping[str, str] | None
) -> tuple[str | None, bool]:
    """Its ``--root-dir`` where it has one, and whether that is certain."""
    if command.options_file is not None:
        found = root_dir_in_file(options, environment or {}) if options is not None else None
        return found, options is not None and (environment is not None or found is None)
    if command.root_dir is None and command.hides_options:
        found = root_dir_of_sockets(text_of(process.folder / "net" / "unix") or "", process.sockets)
        return found, found is not None
    return command.root_dir, True


def _has_our_files(folder: Path, root_dir: str, own_mounts: str | None) -> bool:
    """Whether the kubelet's folder is the one that has this name here; what cannot be seen is taken to be."""
    try:
        theirs, ours = (folder / "root" / root_dir.lstrip("/")).stat(), Path(root_dir).stat()
    except PermissionError:
        return True
    except OSError:
        mounts = link_of(folder / "ns" / "mnt")
        return None in (own_mounts, mounts) or own_mounts == mounts
    return (theirs.st_dev, theirs.st_ino) == (ours.st_dev, ours.st_ino)
